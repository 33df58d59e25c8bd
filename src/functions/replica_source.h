// Which source a bucket of the destination region is the replica of: for events that name the replica
// (deleted, its policy or versioning changed). The mark on the bucket tells it, or the record of the source.
// Reads only.
#pragma once

#include <cstddef>
#include <optional>

#include "base/task.h"
#include "functions/context.h"
#include "s3/names.h"

namespace s3dr::functions {

struct ReplicaSource {
  std::optional<s3::BucketName> source;  // nullopt: the bucket is no replica of a source of this policy …
  bool cut_off = false;                  // … or nobody knows: there are more records than are searched
};

// Anybody's deleted bucket may be asked for, and each record is one read. The sweep looks at every record anyway.
constexpr std::size_t searched_records_max = 1'000;

// A bucket that is gone has no mark: then the records are searched, the likeliest one first. Raises what the stores
// raise: then nothing is known, look again.
Task<ReplicaSource> source_of_replica(Context context, s3::BucketName replica);

}  // namespace s3dr::functions
