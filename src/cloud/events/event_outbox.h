// The outbox: events committed with the change they tell of, until the EventBridge service takes them over
// (cloud/services/events/events_routing.h; in a region without it they wait). Those of S3 are CloudTrail-shaped
// (docs/protocol.md, Events).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cloud/store/context.h"

namespace s3dr::cloud {

struct ManagementEvent {
  std::string event_name;          // "PutBucketTagging"
  std::string request_parameters;  // JSON object text, built by cloud/events/event_json.h
  std::string bucket;              // may be empty
  std::string error_code;          // empty: the call succeeded
  std::string error_message;
};

// Writes the envelope into the outbox; call inside the same Database::write as the change, while the bucket's
// row is there, then wake_events() after it. The caller's account is told and, of another account's bucket
// that was changed, its owner (aws CloudTrail: `sharedEventID` is in both).
void record_event(Connection& db, RegionContext& region, const Request& request,
                  const ManagementEvent& event);

// Puts an event that is ready, in the envelope of EventBridge, into the outbox. The same rules hold.
void put_in_outbox(Connection& db, const RegionContext& region, const std::string& event, Instant now);

// What waits, and what was lost because the outbox was full. For status and tests.
struct OutboxState {
  std::uint64_t waiting = 0;
  std::uint64_t dropped = 0;
};
OutboxState outbox_state(RegionContext& region);

}  // namespace s3dr::cloud
