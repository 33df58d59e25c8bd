// ports::BucketStore over HTTP. Here: what each answer means. Signing, repeating and redirects are in
// s3_client.h.
#pragma once

#include <memory>

#include "client/s3/s3_client.h"
#include "ports/bucket_store.h"
#include "s3/object_version.h"

namespace s3dr::client {

// `client` outlives the store. `account` is sent as the expected owner of every bucket.
std::unique_ptr<ports::BucketStore> make_bucket_store(S3Client& client, s3::AccountId account);

// nullopt: no bucket of that name exists anywhere (404 to HEAD). Raises denied when the bucket exists and is
// not `owner`'s. The region comes from x-amz-bucket-region, or it is the one that answered a redirect. For a
// bucket in a region without a known endpoint, the region is returned and the owner is unchecked.
Task<std::optional<s3::BucketHead>> head_bucket(S3Client& client, s3::BucketName bucket, s3::AccountId owner);

// One page. Raises not_found (NoSuchBucket), and corrupt for a page that is cut off and says no place to go on from.
Task<s3::VersionPage> list_object_versions(S3Client& client, s3::BucketName bucket, s3::AccountId owner,
                                           s3::VersionListOptions options);

}  // namespace s3dr::client
