// Bucket configuration of one account in one region, as the functions see it. Implemented over HTTP by
// client/. Every call carries the expected bucket owner where the store supports it; a bucket of another
// account is `denied`. Expected absences are nullopt; everything else that is not an answer is an Error, with
// these kinds among others:
//   not_found (NoSuchBucket)  denied  throttled  unavailable  unsupported (501)  outcome_unknown
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "s3/bucket.h"
#include "s3/names.h"
#include "s3/replication_configuration.h"
#include "s3/tag.h"

namespace s3dr::ports {

class BucketStore {
 public:
  virtual ~BucketStore() = default;

  virtual s3::Region region() const = 0;
  virtual s3::AccountId account() const = 0;

  // nullopt: no bucket of that name exists anywhere. A bucket in another region is returned with that region.
  virtual Task<std::optional<s3::BucketHead>> head_bucket(s3::BucketName bucket) = 0;
  // Our own buckets (of every region the store lists), paged. Empty token: from the start.
  virtual Task<s3::BucketPage> list_buckets(std::string continuation_token) = 0;

  // nullopt: no tag set (NoSuchTagSet). Raises not_found for NoSuchBucket.
  virtual Task<std::optional<s3::TagSet>> get_bucket_tagging(s3::BucketName bucket) = 0;
  virtual Task<s3::Versioning> get_bucket_versioning(s3::BucketName bucket) = 0;
  // nullopt: none set.
  virtual Task<std::optional<s3::ReplicationConfiguration>> get_bucket_replication(s3::BucketName bucket) = 0;

  // The JSON text of the bucket's policy; nullopt: none (NoSuchBucketPolicy).
  virtual Task<std::optional<std::string>> get_bucket_policy(s3::BucketName bucket) = 0;

  // Writes. Idempotent configuration PUTs are repeated by the implementation; create_bucket is not.
  // create_bucket: the region is region(). Already ours (BucketAlreadyOwnedByYou) → returns false; created →
  // true. Somebody else's (BucketAlreadyExists) → denied with that code.
  virtual Task<bool> create_bucket(s3::BucketName bucket, s3::TagSet tags) = 0;
  virtual Task<> put_bucket_versioning(s3::BucketName bucket, s3::Versioning versioning) = 0;
  virtual Task<> put_bucket_replication(s3::BucketName bucket,
                                        s3::ReplicationConfiguration configuration) = 0;
  // The whole policy; there is no conditional PUT of one. `text` is JSON.
  virtual Task<> put_bucket_policy(s3::BucketName bucket, std::string text) = 0;
  virtual Task<> put_bucket_tagging(s3::BucketName bucket, s3::TagSet tags) = 0;
  // S3 Control; atomic per key. Raises unsupported where the store has no S3 Control.
  virtual Task<> tag_resource(s3::BucketName bucket, s3::TagSet tags) = 0;
  virtual Task<> untag_resource(s3::BucketName bucket, std::vector<std::string> keys) = 0;
};

}  // namespace s3dr::ports
