// A large object in parts, several at a time, from one source. Built on the steps of object_writer.h.
#pragma once

#include <cstdint>

#include "client/s3/object_writer.h"

namespace s3dr::client {

struct MultipartOptions {
  std::uint64_t part_bytes = 16 * 1024 * 1024;  // raised where 10,000 parts would not do
  std::size_t parallel_max = 4;
};

// Uploads `source` and returns the new version. Memory: one buffer a part under way, whatever the size. When
// something fails the upload is aborted, also when we are cancelled; when the answer to the last step is
// lost, a look at the object's ETag decides, and what cannot be told is outcome_unknown (nothing is aborted
// then).
Task<PutResult> upload_in_parts(ObjectWriter& writer, s3::BucketName bucket, s3::ObjectKey key,
                                BodySource source, PutOptions options = {}, MultipartOptions parts = {});

// A single PUT up to `part_bytes`, parts above.
Task<PutResult> upload(ObjectWriter& writer, s3::BucketName bucket, s3::ObjectKey key, BodySource source,
                       PutOptions options = {}, MultipartOptions parts = {});

}  // namespace s3dr::client
