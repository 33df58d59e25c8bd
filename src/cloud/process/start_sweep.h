// What a region sets right when it starts: traces of a crash between two stores that cannot commit together.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cloud/store/context.h"

namespace s3dr::cloud {

struct StartSweep {
  std::size_t bodies_removed = 0;  // body files that no row refers to
  std::size_t names_released =
      0;  // names claimed for a bucket that was never finished, or is deleted already
  std::size_t names_reclaimed = 0;  // buckets whose name the global plane had lost
};

// To be called before the first request. May be repeated. Logs a bucket whose name belongs to another region
// meanwhile, and leaves it alone. `bodies_in_use`: the services' (cloud/door/service.h).
StartSweep sweep_at_start(RegionContext& region, const std::vector<std::string>& bodies_in_use);

}  // namespace s3dr::cloud
