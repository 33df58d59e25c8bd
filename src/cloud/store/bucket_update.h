// For changes of a bucket's row within a transaction: the bucket may have been deleted since it was looked
// up.
#pragma once

#include "cloud/store/context.h"

namespace s3dr::cloud {

// The row as the transaction sees it. Refuses NoSuchBucket.
BucketRow require_row(Connection& db, std::int64_t bucket);

}  // namespace s3dr::cloud
