// A place: an account in a region. Source buckets are in one place, replicas in another.
#pragma once

#include "s3/names.h"

namespace s3dr::dr {

struct Place {
  s3::AccountId account;
  s3::Region region;
  bool operator==(const Place&) const = default;
};

}  // namespace s3dr::dr
