#include "cloud/services/events/events_delivery.h"

#include <algorithm>
#include <utility>

#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/targets.h"
#include "cloud/services/events/event_input.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr int batch_deliveries_max = 64;
constexpr std::string_view principal = "events.amazonaws.com";

Delivery to_target(const EventDelivery& delivery, std::string arn, std::string payload) {
  Delivery made;
  made.target_arn = std::move(arn);
  made.payload = std::move(payload);
  made.principal = principal;
  made.source_arn = delivery.rule_arn;
  made.source_account = delivery.account;
  return made;
}

std::optional<std::string> dead_letter_queue(const EventDelivery& delivery) {
  const json::object* configured = optional_object(delivery.target, "DeadLetterConfig");
  return configured == nullptr ? std::nullopt : optional_text(*configured, "Arn");
}

// If the database fails while one event is handed over, the other events must not wait forever.
void try_again_later(cloud::Connection& db, const EventDelivery& delivery, const std::string& why,
                     const cloud::RegionOptions& options, Instant now, HandedOver& result) {
  const DeliveryPolicy policy = policy_of(delivery);
  if (now - delivery.queued >= policy.age_max) {
    result.losses.push_back(give_up(db, delivery, {"INTERNAL_ERROR", why, "MaximumEventAgeInSeconds"}, now));
  } else if (delivery.attempts >= policy.retries_max) {
    result.losses.push_back(give_up(db, delivery, {"INTERNAL_ERROR", why, "MaximumRetryAttempts"}, now));
  } else {
    postpone_delivery(db, delivery.id, now + options.retry_cap);
  }
}

void hand_over_one(cloud::Connection& db, const EventDelivery& delivery, const cloud::RegionOptions& options,
                   Instant now, HandedOver& result) {
  std::string failure;
  std::optional<GivenUp> no_payload;
  Handed handed = Handed::no_target;
  try {
    auto payload = payload_of(delivery);
    if (payload) {
      handed = hand_over(db, to_target(delivery, delivery.target_arn, std::move(*payload)), now, delivery.id);
    } else {
      no_payload = std::move(payload.error());
    }
  } catch (const Error& error) {
    failure = error.what();
  }
  if (!failure.empty()) return try_again_later(db, delivery, failure, options, now, result);
  if (no_payload) {
    result.losses.push_back(give_up(db, delivery, *no_payload, now));
    return;
  }
  if (handed == Handed::taken) {
    remove_delivery(db, delivery.id);
    ++result.taken;
  } else if (handed == Handed::not_allowed) {
    result.losses.push_back(
        give_up(db, delivery,
                {"NO_PERMISSIONS", "The target's policy does not let events.amazonaws.com in.", ""}, now));
  } else {
    result.losses.push_back(
        give_up(db, delivery, {"NO_RESOURCE", "The target does not exist in this region.", ""}, now));
  }
}

}  // namespace

Loss give_up(cloud::Connection& db, const EventDelivery& delivery, const GivenUp& why, Instant now) {
  Loss loss{delivery.rule_arn, delivery.target_arn, why.error_code + ": " + why.error_message, false};
  if (const auto queue = dead_letter_queue(delivery)) {
    Delivery letter = to_target(delivery, *queue, delivery.event);
    letter.attributes = {{"RULE_ARN", delivery.rule_arn},
                         {"TARGET_ARN", delivery.target_arn},
                         {"ERROR_CODE", why.error_code},
                         {"ERROR_MESSAGE", why.error_message},
                         {"RETRY_ATTEMPTS", std::to_string(delivery.attempts)}};
    if (!why.exhausted.empty()) letter.attributes["EXHAUSTED_RETRY_CONDITION"] = why.exhausted;
    loss.in_dead_letter_queue =
        hand_over(db, letter, now, uuid_of(delivery.id + "|dead letter")) == Handed::taken;
  }
  if (!loss.in_dead_letter_queue) count_dropped(db, 1);
  remove_delivery(db, delivery.id);
  return loss;
}

void log_loss(Log& log, const Loss& loss) {
  log.write(loss.in_dead_letter_queue ? LogLevel::warning : LogLevel::error,
            loss.in_dead_letter_queue ? "event given up: in the dead-letter queue" : "event dropped",
            {{"rule", loss.rule_arn}, {"target", loss.target_arn}, {"why", loss.why}});
}

DeliveryPolicy policy_of(const EventDelivery& delivery) {
  DeliveryPolicy policy;
  const json::object* given = optional_object(delivery.target, "RetryPolicy");
  if (given == nullptr) return policy;
  policy.retries_max = optional_integer(*given, "MaximumRetryAttempts").value_or(policy.retries_max);
  policy.age_max = std::chrono::seconds(
      optional_integer(*given, "MaximumEventAgeInSeconds").value_or(policy.age_max.count()));
  return policy;
}

milliseconds retry_pause(milliseconds age, milliseconds base, Random& random) {
  const std::int64_t whole = std::max<std::int64_t>({age.count() / 8, base.count(), 1});
  return milliseconds(whole - whole / 2 +
                      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(whole / 2 + 1))));
}

std::expected<std::string, GivenUp> payload_of(const EventDelivery& delivery) {
  auto payload = target_input(delivery.target, stored_object(delivery.event),
                              {delivery.rule_arn, delivery.rule_name, delivery.queued});
  if (payload) return std::move(*payload);
  return std::unexpected(GivenUp{"INVALID_PARAMETER",
                                 "What the input transformer makes of the event is larger than " +
                                     std::to_string(input_bytes_max) + " bytes.",
                                 ""});
}

Task<HandedOver> hand_over_batch(cloud::RegionContext& region) {
  const Instant now = region.clock.now();
  if (due_deliveries(region.database.reader(), Reached::in_region, now, 1).empty()) co_return HandedOver();
  co_return co_await region.database.write([&](cloud::Connection& db) {
    HandedOver result;
    for (const EventDelivery& delivery : due_deliveries(db, Reached::in_region, now, batch_deliveries_max))
      hand_over_one(db, delivery, region.options, now, result);
    for (const Loss& loss : result.losses) result.taken += loss.in_dead_letter_queue ? 1 : 0;
    return result;
  });
}

}  // namespace s3dr::services
