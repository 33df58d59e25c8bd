// Reads an EventBridge envelope (a CloudTrail call or an aws.tag change) as a hint: which buckets to look at.
// The facts in it (tags, rules) are not even parsed. Any bytes are accepted. An event that is not understood
// names no bucket. Source: docs/protocol.md, Events.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "s3/names.h"

namespace s3dr::dr {

struct EventHint {
  std::vector<s3::BucketName> buckets;  // without repeats; empty: nothing to look at
  std::string event_name;               // "PutBucketTagging"; for the log
  std::string region;                   // where it happened; empty: it does not say
  std::string id;                       // the envelope's id, as correlation id
  std::string ignored_because;          // "failed call: AccessDenied"; empty when buckets were found
};

constexpr std::size_t event_bytes_max = 256 * 1024;

// Never throws because of what the text says.
EventHint read_event(std::string_view json);

}  // namespace s3dr::dr
