// Ids as AWS's services write them.
#pragma once

#include <string>

#include "base/random.h"

namespace s3dr::services {

// "1b4e28ba-2fa1-41d2-883f-0016d3cca427": 8-4-4-4-12 hex digits.
inline std::string new_uuid(Random& random) {
  std::string id = random.hex(32);
  for (const std::size_t at : {8, 13, 18, 23}) id.insert(at, 1, '-');
  return id;
}

}  // namespace s3dr::services
