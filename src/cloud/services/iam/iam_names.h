// What IAM and STS accept as a name.
#pragma once

#include <string_view>

#include "cloud/services/common/texts.h"

namespace s3dr::services {

// [\w+=,.@-]+
inline bool is_iam_name(std::string_view text) {
  return !text.empty() && has_only(text, "_+=,.@-");
}

}  // namespace s3dr::services
