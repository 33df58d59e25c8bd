#include "sim/world/scenario.h"

namespace s3dr::sim {

Counts zero_counts(std::span<const Fault> faults, std::initializer_list<const char*> further) {
  Counts counts;
  for (const Fault fault : faults) counts[std::string(to_string(fault))] = 0;
  for (const char* name : further) counts[name] = 0;
  return counts;
}

}  // namespace s3dr::sim
