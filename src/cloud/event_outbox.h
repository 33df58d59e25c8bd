// CloudTrail-shaped EventBridge events (docs/protocol.md, Events), committed with the change they tell of.
#pragma once

#include <string>
#include <string_view>

#include "cloud/context.h"

namespace s3dr::cloud {

struct ManagementEvent {
  std::string event_name;          // "PutBucketTagging"
  std::string request_parameters;  // JSON object text, built by cloud/event_json.h
  std::string bucket;              // may be empty
  std::string error_code;          // empty: the call succeeded
  std::string error_message;
};

// Writes the envelope into the outbox; call inside the same Database::write as the change, then wake_events()
// after it.
void record_event(Connection& db, RegionContext& region, const Request& request,
                  const ManagementEvent& event);

}  // namespace s3dr::cloud
