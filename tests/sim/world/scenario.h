// One seed is one life of the system: users work while faults and deaths happen at random. Then the faults
// stop, and everything must become right again (sim/world/watch.h says what that means).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/log.h"

namespace s3dr::sim {

struct ScenarioResult {
  std::uint64_t trace = 0;
  std::uint64_t requests = 0;
  std::map<std::string, std::uint64_t> counts;  // faults and other things that happened, by name
  std::string failure;                          // empty: passed
};

// Every name that `counts` may have. Over many seeds each of them must happen.
const std::map<std::string, std::uint64_t>& all_counts();

ScenarioResult run_scenario(std::uint64_t seed, Log* log);

}  // namespace s3dr::sim
