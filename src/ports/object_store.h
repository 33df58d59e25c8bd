// Objects of one account in one region: what verification reads, and what the demo and `protect` write.
// The functions never get one of these (docs/architecture.md, The flow); they have a DocumentStore for the
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
  // nullopt: that version does not exist. Not for delete markers (MethodNotAllowed → invalid).
  virtual Task<std::optional<s3::ObjectHead>> head_object(s3::BucketName bucket, s3::ObjectKey key,
                                                          s3::VersionId version) = 0;
  virtual Task<std::optional<s3::TagSet>> get_object_tagging(s3::BucketName bucket, s3::ObjectKey key,
                                                             s3::VersionId version) = 0;
  // The body of one version as a stream; nullopt: no such version. `size` is its Content-Length.
  struct Opened {
    s3::ObjectHead head;
    std::unique_ptr<BodyReader> body;
  };
  virtual Task<std::optional<Opened>> get_object(s3::BucketName bucket, s3::ObjectKey key,
                                                 s3::VersionId version) = 0;
};

}  // namespace s3dr::ports
