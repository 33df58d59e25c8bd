// Reads an EventBridge envelope (a CloudTrail call or an aws.tag change) as a hint: which buckets to look at.
// No decision follows from the facts in it. One thing of it is kept: what a call wrote as a bucket's replication rules,
// because nobody else has it once it was overwritten (dr/replication_edits.h). Any bytes are accepted. An event that
// is not understood names no bucket. Source: docs/protocol.md, Events.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dr/replication_edits.h"
#include "s3/names.h"

namespace s3dr::dr {

struct EventHint {
  std::vector<s3::BucketName> buckets;  // without repeats; empty: nothing to look at
  std::string event_name;               // "PutBucketTagging"; for the log
  std::string region;                   // where it happened; empty: it does not say
  // A time at which the call has changed a setting of the buckets; nullopt: it changed none.
  std::optional<Instant> setting_changed;
  std::string id;               // the envelope's id, as correlation id
  std::string ignored_because;  // "a failed call"; empty when buckets were found
  // The call replaced or removed the replication configuration of the one bucket. nullopt: it did not, or the event
  // does not say what was written (CloudTrail leaves out what is longer than 100 KB).
  std::optional<ReplicationEdit> edit;
};

constexpr std::size_t event_bytes_max = 256 * 1024;

// Never throws because of what the text says.
EventHint read_event(std::string_view json);

// An edit of the rules concerns the source if the event says so, or if it names no region (not every store does).
bool concerns_source(const EventHint& hint, const s3::Region& source_region);

}  // namespace s3dr::dr
