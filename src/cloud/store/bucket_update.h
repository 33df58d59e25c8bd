// For changes of a bucket's row within a transaction.
// The bucket may have been deleted since the request looked it up.
#pragma once

#include "cloud/store/context.h"

namespace s3dr::cloud {

// The row as the transaction sees it. Refuses NoSuchBucket.
BucketRow require_row(Connection& db, std::int64_t bucket);

}  // namespace s3dr::cloud
