// From a published message to its subscribers: what each one gets, and the worker that hands it over. The
// worker retries a failed delivery. When the retries are used up, it puts the message into the subscription's
// dead-letter queue. Messages are not signed: the fields for the signature and its URLs are there, but empty.
#pragma once

#include <optional>
#include <string>

#include "base/notifier.h"
#include "cloud/services/sns/sns_store.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// The retries of a delivery that could not be handed over.
// A target that is gone or that refuses is not tried again.
// The defaults are AWS's for lambda and sqs: 3 at once, 2 after 1 s each, 10 with pauses that grow to 20 s,
// 100,000 after 20 s each.
struct SnsRetryOptions {
  int immediate = 3;
  int early = 2;
  milliseconds early_pause{1'000};
  int growing = 10;
  int late = 100'000;
  milliseconds late_pause{20'000};
};
// The pause before the next attempt after `attempts` failures (≥ 1); nullopt: there is no further attempt.
std::optional<milliseconds> pause_after(const SnsRetryOptions& options, std::int64_t attempts);

// The event that a function gets: {"Records":[{"EventSource":"aws:sns", …}]}
std::string lambda_event(const SubscriptionRow& subscription, const DeliveryRow& delivery);
// The body of the message that a queue gets, unless delivery is raw: {"Type":"Notification", …}
std::string sqs_envelope(const SubscriptionRow& subscription, const DeliveryRow& delivery);

// Hands over what is due. Runs until cancelled. `wake` is notified when something was published.
Task<> deliver_notifications(cloud::RegionContext& region, SnsRetryOptions options, Notifier& wake);

}  // namespace s3dr::services
