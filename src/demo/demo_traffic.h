// What the demo writes to its bucket: the upload before the tag, and new, overwritten and deleted objects in
// small numbers while the backfill runs.
#pragma once

#include <cstdint>
#include <functional>

#include "base/task.h"
#include "client/s3/object_writer.h"
#include "demo/demo_content.h"

namespace s3dr::app {

struct UploadProgress {
  std::uint64_t objects = 0;
  std::uint64_t objects_total = 0;
  std::uint64_t bytes = 0;
};

// Uploads the tree, the odd keys and one generated object of `large_bytes` in parts, several at a time.
// `changed` may throw to stop it.
Task<UploadProgress> upload_all(client::ObjectWriter& writer, s3::BucketName bucket, const Tree& tree,
                                std::uint64_t large_bytes,
                                std::function<void(const UploadProgress&)> changed);

// What keep_writing() has done. `stop` ends it after its present step.
struct Traffic {
  std::uint64_t created = 0, overwritten = 0, deleted = 0;
  bool stop = false;
  std::uint64_t total() const { return created + overwritten + deleted; }
};

// Creates, overwrites and deletes objects: some that upload_all() left, and the same few again and again.
Task<> keep_writing(client::ObjectWriter& writer, s3::BucketName bucket, const Tree& tree, Traffic& traffic);

}  // namespace s3dr::app
