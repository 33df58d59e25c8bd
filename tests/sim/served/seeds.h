// Many seeds over several processes. A seed that takes its process with it (a broken invariant, a crash) or
// never ends is a failure of that seed, not of the run.
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

// What a seed is the life of.
struct SeedKind {
  ScenarioResult (*run)(std::uint64_t seed, Log* log);
  std::string replay;  // the command that runs one seed again, up to its number
  const std::map<std::string, std::uint64_t>& counts;  // every name that may come up
};

// Every 50th seed runs twice and has to leave the same trace.
SeedsReport run_seeds(const std::vector<std::uint64_t>& seeds, int jobs, const SeedKind& kind);

// One seed a line, `#` begins a comment. Raises invalid when there is no such file.
std::vector<std::uint64_t> read_seeds(const std::string& path);

}  // namespace s3dr::sim
