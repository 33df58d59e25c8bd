// The canonical user id of an account, as listings show it.
#pragma once

#include <string>

#include "aws/hash.h"
#include "s3/names.h"

namespace s3dr::cloud {

// 64 hex digits; always the same for an account.
inline std::string owner_id(const s3::AccountId& account) {
  return aws::sha256_hex("canonical user of " + account.text());
}

}  // namespace s3dr::cloud
