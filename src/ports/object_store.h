// Objects of one account in one region: the reads of verification. Writing is client/s3/object_writer.h.
// The functions never get an ObjectStore (docs/architecture.md, The flow). They have a DocumentStore for the
// record.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/body.h"
#include "base/task.h"
#include "s3/names.h"
#include "s3/object_version.h"
#include "s3/tag.h"

namespace s3dr::ports {

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // One page; raises not_found (NoSuchBucket).
  virtual Task<s3::VersionPage> list_object_versions(s3::BucketName bucket,
                                                     s3::VersionListOptions options) = 0;
  // nullopt: that version does not exist. For a delete marker it raises invalid (MethodNotAllowed).
  virtual Task<std::optional<s3::ObjectHead>> head_object(s3::BucketName bucket, s3::ObjectKey key,
                                                          s3::VersionId version) = 0;
  virtual Task<std::optional<s3::TagSet>> get_object_tagging(s3::BucketName bucket, s3::ObjectKey key,
                                                             s3::VersionId version) = 0;
  // The body of one version as a stream; nullopt: no such version. `head.size` is its Content-Length.
  struct Opened {
    s3::ObjectHead head;
    std::unique_ptr<BodyReader> body;
  };
  virtual Task<std::optional<Opened>> get_object(s3::BucketName bucket, s3::ObjectKey key,
                                                 s3::VersionId version) = 0;
};

}  // namespace s3dr::ports
