// Moves events from the delivery queue to functions and queues of this region, and handles events that cannot
// be delivered. Not here: API destinations (events_http.h).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "cloud/services/bus/delivery_queue.h"

namespace s3dr::services {

// Why an event is given up. Source of the names: EventBridge User Guide, "Using dead-letter queues".
struct GivenUp {
  std::string error_code;  // "NO_RESOURCE", "NO_PERMISSIONS", "INVALID_PARAMETER", …
  std::string error_message;
  std::string exhausted;  // "MaximumRetryAttempts", "MaximumEventAgeInSeconds"; empty: it must not be retried
};

// For the log. The database's thread must not write to the log, so losses are returned.
struct Loss {
  std::string rule_arn, target_arn, why;
  bool in_dead_letter_queue = false;
};

// Removes the delivery. Its event goes to the target's dead-letter queue. If there is none, or it does not
// take the event, the event is dropped and counted. Call inside Database::write.
Loss give_up(cloud::Connection& db, const EventDelivery& delivery, const GivenUp& why, Instant now);
void log_loss(Log& log, const Loss& loss);

// The target's RetryPolicy. Default: 185 more attempts, within 24 hours.
struct DeliveryPolicy {
  std::int64_t retries_max = 185;
  std::chrono::seconds age_max{86'400};
};
DeliveryPolicy policy_of(const EventDelivery& delivery);

// The pause after a failed attempt: an eighth of the event's age, at least `base`, with jitter. So a pause is
// short compared with the time already passed, and 185 attempts last for 24 hours.
milliseconds retry_pause(milliseconds age, milliseconds base, Random& random);

// The JSON that goes to the target, or why there is none.
std::expected<std::string, GivenUp> payload_of(const EventDelivery& delivery);

struct HandedOver {
  int taken = 0;  // events taken by functions and queues, dead-letter queues included
  std::vector<Loss> losses;
};
// Delivers one batch of what is due within the region, in one transaction.
// Nothing is lost or delivered twice.
Task<HandedOver> hand_over_batch(cloud::RegionContext& region);

}  // namespace s3dr::services
