// Which source a bucket of the destination region is the replica of: for events that name the replica
// (deleted, its policy or versioning changed). The mark on the bucket tells it, or the record of the source.
// Reads only.
#pragma once

#include <optional>

#include "base/task.h"
#include "functions/context.h"
#include "s3/names.h"

namespace s3dr::functions {

// nullopt: the bucket is no replica of a source of this policy. A bucket that is gone has no mark: then the
// records are searched, the likeliest one first. Raises what the stores raise: then nothing is known, look
// again.
Task<std::optional<s3::BucketName>> source_of_replica(Context context, s3::BucketName replica);

}  // namespace s3dr::functions
