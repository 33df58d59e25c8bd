// The calls of S3 that change what we look at, by the names that CloudTrail gives them. One table: the rules of a deployment
// match by it (deploy/declare/declare_rules.cc), and read_event reads by it (event.h). Some names differ from the API's.
// Source: docs/protocol/events-and-trails.md.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "s3/bucket_setting.h"

namespace s3dr::dr {

struct WatchedCall {
  std::string_view name;                   // "PutBucketPublicAccessBlock"
  bool at_source = true;                   // source_bucket_check is told of it
  bool at_replica = true;                  // destination_bucket_check is told of it
  std::optional<s3::SettingKind> setting;  // which one it changes; nullopt: none
};

const std::vector<WatchedCall>& watched_calls();  // a name stands there once
// nullptr: the call changes nothing that we look at.
const WatchedCall* watched_call(std::string_view name);

}  // namespace s3dr::dr
