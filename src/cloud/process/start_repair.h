// Repairs at the start of a region what a crash left behind between two stores that cannot commit together,
// and checks the counts that are kept.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cloud/store/context.h"

namespace s3dr::cloud {

struct StartRepair {
  std::size_t bodies_removed = 0;   // body files that no row refers to
  std::size_t names_released = 0;   // claimed names of buckets that were never finished or are deleted
  std::size_t names_reclaimed = 0;  // buckets whose name the global plane had lost
  std::size_t jobs_recounted =
      0;  // batch jobs whose counts did not equal their tasks: never, unless there is a defect
};

// Needs: called before the first request. May be repeated. A bucket whose name now belongs to another region
// is logged and left alone. `bodies_in_use`: the bodies of the services (cloud/door/service.h).
StartRepair repair_at_start(RegionContext& region, const std::vector<std::string>& bodies_in_use);

}  // namespace s3dr::cloud
