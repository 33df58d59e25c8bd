// ports::BucketStore over HTTP. What each answer means is here; signing, repeating and redirects are in
// s3_client.h.
#pragma once

#include <memory>

#include "client/s3/s3_client.h"
#include "ports/bucket_store.h"

namespace s3dr::client {

// `client` outlives the store. `account` is sent as the expected owner of every bucket.
std::unique_ptr<ports::BucketStore> make_bucket_store(S3Client& client, s3::AccountId account);

// nullopt: no bucket of that name exists anywhere (404 to HEAD). Raises denied when it exists and is not
// `owner`'s. The region is that of x-amz-bucket-region, or the one that answered a redirect; a bucket in a
// region without a known endpoint is returned with its region, its owner unchecked.
Task<std::optional<s3::BucketHead>> head_bucket(S3Client& client, s3::BucketName bucket, s3::AccountId owner);

}  // namespace s3dr::client
