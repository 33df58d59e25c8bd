// Bucket configuration of one account in one region, as the functions see it. Implemented over HTTP in
// client/s3. Every call carries the expected bucket owner where the store supports it. A bucket of another
// account is `denied`. An expected absence is nullopt. Every other failure is an Error, with one of these kinds
// among others:
// - not_found (NoSuchBucket)
// - denied
// - throttled
// - unavailable
// - unsupported (501)
// - outcome_unknown
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "s3/bucket.h"
#include "s3/bucket_setting.h"
#include "s3/names.h"
#include "s3/object_version.h"
#include "s3/replication_configuration.h"
#include "s3/tag.h"

namespace s3dr::ports {

class BucketStore {
 public:
  virtual ~BucketStore() = default;

  virtual s3::Region region() const = 0;
  virtual s3::AccountId account() const = 0;

  // nullopt: no bucket of that name exists anywhere. For a bucket in another region, the result names that
  // region.
  virtual Task<std::optional<s3::BucketHead>> head_bucket(s3::BucketName bucket) = 0;
  // Our own buckets (of every region the store lists), paged. Empty token: from the start.
  virtual Task<s3::BucketPage> list_buckets(std::string continuation_token) = 0;

  // When the bucket was made, by the list of buckets. A hint: AWS changes it on some edits. nullopt: not listed.
  virtual Task<std::optional<Instant>> bucket_created(s3::BucketName bucket) = 0;
  // When this version was made, by a listing, so no right to read objects is needed. nullopt: it is not there.
  virtual Task<std::optional<Instant>> version_created(s3::BucketName bucket, s3::ObjectKey key,
                                                       s3::VersionId version) = 0;

  // nullopt: no tag set (NoSuchTagSet). Raises not_found for NoSuchBucket.
  virtual Task<std::optional<s3::TagSet>> get_bucket_tagging(s3::BucketName bucket) = 0;
  virtual Task<s3::Versioning> get_bucket_versioning(s3::BucketName bucket) = 0;
  // nullopt: none set.
  virtual Task<std::optional<s3::ReplicationConfiguration>> get_bucket_replication(s3::BucketName bucket) = 0;

  // One page: which versions there are and in which storage class. No object is read.
  virtual Task<s3::VersionPage> list_object_versions(s3::BucketName bucket,
                                                     s3::VersionListOptions options) = 0;

  // The JSON text of the bucket's policy; nullopt: none (NoSuchBucketPolicy).
  virtual Task<std::optional<std::string>> get_bucket_policy(s3::BucketName bucket) = 0;

  // One setting as its document (s3/bucket_setting.h). nullopt: not set.
  virtual Task<std::optional<std::string>> get_bucket_setting(s3::BucketName bucket,
                                                              s3::SettingKind kind) = 0;

  // Writes. The implementation repeats idempotent configuration PUTs. It does not repeat create_bucket.
  // create_bucket creates in region(). Returns true: created. Returns false: it is ours already
  // (BucketAlreadyOwnedByYou). Raises denied with the code BucketAlreadyExists when it is another account's.
  // `object_lock`: versions in it may be locked.
  virtual Task<bool> create_bucket(s3::BucketName bucket, s3::TagSet tags, bool object_lock) = 0;
  Task<bool> create_bucket(s3::BucketName bucket, s3::TagSet tags) {
    return create_bucket(std::move(bucket), std::move(tags), false);
  }
  virtual Task<> put_bucket_versioning(s3::BucketName bucket, s3::Versioning versioning) = 0;
  virtual Task<> put_bucket_replication(s3::BucketName bucket,
                                        s3::ReplicationConfiguration configuration) = 0;
  // Replaces the whole policy. S3 has no conditional PUT of a policy. `text` is JSON.
  virtual Task<> put_bucket_policy(s3::BucketName bucket, std::string text) = 0;
  // nullopt: it is removed.
  virtual Task<> put_bucket_setting(s3::BucketName bucket, s3::SettingKind kind,
                                    std::optional<std::string> document) = 0;
  virtual Task<> put_bucket_tagging(s3::BucketName bucket, s3::TagSet tags) = 0;
  // S3 Control; atomic per key. Raises unsupported where the store has no S3 Control.
  virtual Task<> tag_resource(s3::BucketName bucket, s3::TagSet tags) = 0;
  virtual Task<> untag_resource(s3::BucketName bucket, std::vector<std::string> keys) = 0;
};

}  // namespace s3dr::ports
