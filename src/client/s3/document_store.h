// ports::DocumentStore over HTTP: small objects of one bucket, changed by If-Match / If-None-Match only.
#pragma once

#include <memory>

#include "client/s3/s3_client.h"
#include "ports/document_store.h"

namespace s3dr::client {

// `client` outlives the store. `account` must own `bucket`. The store must honour conditional PUT (AWS,
// MinIO, versitygw, the embedded cloud, …). Other stores accept the write and ignore the condition.
std::unique_ptr<ports::DocumentStore> make_document_store(S3Client& client, s3::AccountId account,
                                                          s3::BucketName bucket);

}  // namespace s3dr::client
