// One seed is one life of the system: users work while faults and deaths happen at random. Then the faults
// stop, and everything must become right again (sim/world/watch.h says what that means).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>

#include "base/log.h"
#include "sim/world/network.h"

namespace s3dr::sim {

using Counts = std::map<std::string, std::uint64_t>;  // faults and other things that happened, by name

struct ScenarioResult {
  std::uint64_t trace = 0;
  std::uint64_t requests = 0;
  Counts counts;
  std::string failure;  // empty: passed
};

// Zero for each of the faults and of the further names.
Counts zero_counts(std::span<const Fault> faults, std::initializer_list<const char*> further);

// Every name that `counts` may have. Over many seeds each of them must happen.
const Counts& all_counts();

ScenarioResult run_scenario(std::uint64_t seed, Log* log);

}  // namespace s3dr::sim
