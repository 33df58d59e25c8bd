// Uploads a large object in parts, several at a time, from one source. Uses the steps of object_writer.h.
#pragma once

#include <cstdint>

#include "client/s3/object_writer.h"

namespace s3dr::client {

struct MultipartOptions {
  std::uint64_t part_bytes = 16 * 1024 * 1024;  // grows for an object that would need more than 10,000 parts
  std::size_t parallel_max = 4;
};

// Uploads `source` and returns the new version. Memory: one buffer for each part under way, whatever the
// size.
// - If something fails or the caller is cancelled, the upload is aborted.
// - If the answer to the last step is lost, a look at the object's ETag decides. If that does not tell
//   either, raises outcome_unknown and aborts nothing.
Task<PutResult> upload_in_parts(ObjectWriter& writer, s3::BucketName bucket, s3::ObjectKey key,
                                BodySource source, PutOptions options = {}, MultipartOptions parts = {});

// A single PUT for up to `part_bytes`, parts for more.
Task<PutResult> upload(ObjectWriter& writer, s3::BucketName bucket, s3::ObjectKey key, BodySource source,
                       PutOptions options = {}, MultipartOptions parts = {});

}  // namespace s3dr::client
