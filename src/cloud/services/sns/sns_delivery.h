// From a published message to its subscribers: what each of them gets, and the worker that hands it over,
// tries again and, at the end, puts it into the subscription's dead-letter queue. Messages are not signed:
// the fields of the signature and the URLs are there and empty.
#pragma once

#include <optional>
#include <string>

#include "base/notifier.h"
#include "cloud/services/sns/sns_store.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// Retries of a delivery that could not be handed over; a target that is gone or refuses is not tried again.
// The defaults are AWS's for lambda and sqs: 3 at once, 2 after 1 s, 10 growing to 20 s, 100,000 after 20 s.
struct SnsRetryOptions {
  int immediate = 3;
  int early = 2;
  milliseconds early_pause{1'000};
  int growing = 10;
  int late = 100'000;
  milliseconds late_pause{20'000};
};
// The pause before the next attempt, `attempts` having failed (≥ 1); nullopt: there is none.
std::optional<milliseconds> pause_after(const SnsRetryOptions& options, std::int64_t attempts);

// The event of a function: {"Records":[{"EventSource":"aws:sns", …}]}
std::string lambda_event(const SubscriptionRow& subscription, const DeliveryRow& delivery);
// The body of a queue's message, unless delivery is raw: {"Type":"Notification", …}
std::string sqs_envelope(const SubscriptionRow& subscription, const DeliveryRow& delivery);

// Hands over what is due, until cancelled. `wake`: something was published.
Task<> deliver_notifications(cloud::RegionContext& region, SnsRetryOptions options, Notifier& wake);

}  // namespace s3dr::services
