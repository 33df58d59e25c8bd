// From the targets' queue to functions and queues of this region, and what happens to events that cannot be
// delivered. API destinations: events_http.h.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "cloud/services/bus/events_store.h"

namespace s3dr::services {

// Why an event is given up. Source of the names: EventBridge User Guide, "Using dead-letter queues".
struct GivenUp {
  std::string error_code;  // "NO_RESOURCE", "NO_PERMISSIONS", "INVALID_PARAMETER", …
  std::string error_message;
  std::string exhausted;  // "MaximumRetryAttempts", "MaximumEventAgeInSeconds"; empty: not to be retried
};

// For the log, which must not be written to on the database's thread.
struct Loss {
  std::string rule_arn, target_arn, why;
  bool in_dead_letter_queue = false;
};

// Removes the delivery: its event goes to the target's dead-letter queue or, where there is none or it does
// not take it, is dropped and counted. Call inside Database::write.
Loss give_up(cloud::Connection& db, const EventDelivery& delivery, const GivenUp& why, Instant now);
void log_loss(Log& log, const Loss& loss);

// The target's RetryPolicy: by default 185 attempts more and 24 hours.
struct DeliveryPolicy {
  std::int64_t retries_max = 185;
  std::chrono::seconds age_max{86'400};
};
DeliveryPolicy policy_of(const EventDelivery& delivery);

// How long after a failed attempt the next one comes: an eighth of the event's age, at least `base`, with
// jitter. So the wait is short against what has passed already, and 185 attempts reach over 24 hours.
milliseconds retry_pause(milliseconds age, milliseconds base, Random& random);

// The JSON that goes to the target, or why there is none.
std::expected<std::string, GivenUp> payload_of(const EventDelivery& delivery);

struct HandedOver {
  int taken = 0;  // by functions and queues, dead-letter queues included
  std::vector<Loss> losses;
};
// One batch of what is due within the region, in one transaction; nothing of it is lost or done twice.
Task<HandedOver> hand_over_batch(cloud::RegionContext& region);

}  // namespace s3dr::services
