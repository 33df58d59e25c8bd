// The documents of s3/bucket_setting.h over HTTP: two calls for all kinds. Part of ports::BucketStore
// (client/s3/bucket_store.h).
#pragma once

#include <optional>
#include <string>

#include "base/task.h"
#include "client/s3/s3_client.h"
#include "s3/bucket_setting.h"
#include "s3/names.h"

namespace s3dr::client {

// nullopt: not set. The family `by_id` is one document (s3::joined_parts). The minimum size of S3's transitions is a
// header: here it is a child <TransitionDefaultMinimumObjectSize> of the lifecycle configuration, both ways.
// Raises unsupported where the store does not have the kind, and corrupt for what is no such document.
Task<std::optional<std::string>> get_bucket_setting(S3Client& client, s3::BucketName bucket,
                                                    s3::AccountId owner, s3::SettingKind kind);

// Replaces the whole setting; nullopt: removes it. May be repeated. Of the family `by_id`: puts each configuration that
// differs, and deletes what is not in the document. A DELETE is sent only where a read has shown the setting just before:
// raises what the read raises, unsupported too. Raises invalid for a text that is no such document.
Task<> put_bucket_setting(S3Client& client, s3::BucketName bucket, s3::AccountId owner, s3::SettingKind kind,
                          std::optional<std::string> document);

}  // namespace s3dr::client
