// Ids as AWS's services write them.
#pragma once

#include <string>

#include "base/random.h"

namespace s3dr::services {

// "1b4e28ba-2fa1-41d2-883f-0016d3cca427": the first 32 of the hex digits, as 8-4-4-4-12.
inline std::string as_uuid(std::string hex) {
  hex.resize(32);
  for (const std::size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
  return hex;
}

inline std::string new_uuid(Random& random) {
  return as_uuid(random.hex(32));
}

}  // namespace s3dr::services
