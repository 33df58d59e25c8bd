// Runs many seeds in several processes. If a seed ends its process (a broken invariant, a crash) or never
// ends, that seed has failed. The run continues.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/world/scenario.h"

namespace s3dr::sim {

struct SeedFailure {
  std::uint64_t seed = 0;
  std::string why;
};

struct SeedsReport {
  std::uint64_t passed = 0;
  std::uint64_t requests = 0;
  std::vector<SeedFailure> failures;
  std::map<std::string, std::uint64_t> counts;
  double seconds = 0;
};

// A kind of scenario that seeds are run with.
struct SeedKind {
  ScenarioResult (*run)(std::uint64_t seed, Log* log);
  std::string replay;  // the command that runs one seed again, up to its number
  const std::map<std::string, std::uint64_t>& counts;  // every name that may come up
};

// Runs the seeds. Every 50th seed runs twice and must leave the same trace.
SeedsReport run_seeds(const std::vector<std::uint64_t>& seeds, int jobs, const SeedKind& kind);

// Reads a file with one seed per line; `#` begins a comment. Raises invalid when there is no such file.
std::vector<std::uint64_t> read_seeds(const std::string& path);

}  // namespace s3dr::sim
