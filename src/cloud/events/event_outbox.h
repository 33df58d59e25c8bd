// The outbox: an event commits together with the change it reports, and waits here for the EventBridge
// service (cloud/services/events/events_routing.h). In a region without that service the events stay here.
// The events of S3 have CloudTrail's form (docs/protocol.md, Events).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cloud/store/context.h"
#include "s3/names.h"
#include "s3/tag.h"

namespace s3dr::cloud {

struct ManagementEvent {
  std::string event_name;          // "PutBucketTagging"
  std::string request_parameters;  // JSON object text, built by cloud/events/event_json.h
  std::string bucket;              // may be empty
  std::string error_code;          // empty: the call succeeded
  std::string error_message;
};

// Writes the event's envelope into the outbox. Call it in the same Database::write as the change, while the
// bucket's row exists. Call wake_events() after that write.
// The event goes to the caller's account. If the call changed another account's bucket, the bucket's owner
// gets the event too (AWS CloudTrail: `sharedEventID` is in both).
void record_event(Connection& db, RegionContext& region, const Request& request,
                  const ManagementEvent& event);

// Likewise "Tag Change on Resource" of the source `aws.tag`, to the bucket's owner: AWS sends it without a trail
// (docs/protocol.md, Events). Writes nothing when no tag differs.
struct TagChange {
  s3::AccountId owner;
  std::string bucket;
  s3::TagSet before, after;
};
void record_tag_change(Connection& db, RegionContext& region, const Request& request,
                       const TagChange& change);

// Puts an event that is already in EventBridge's envelope into the outbox. The same rules hold.
void put_in_outbox(Connection& db, const RegionContext& region, const std::string& event, Instant now);

// How many events wait, and how many were lost because the outbox was full. For status and tests.
struct OutboxState {
  std::uint64_t waiting = 0;
  std::uint64_t dropped = 0;
};
OutboxState outbox_state(RegionContext& region);

}  // namespace s3dr::cloud
