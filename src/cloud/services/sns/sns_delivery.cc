#include "cloud/services/sns/sns_delivery.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "base/encoding.h"
#include "cloud/services/common/targets.h"
#include "cloud/services/metrics/metric_store.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t batch_max = 32;
constexpr milliseconds wait_max{60'000};
constexpr std::string_view principal = "sns.amazonaws.com";
constexpr std::size_t raw_attributes_max = 10;  // SQS takes no more

std::string message_for(const SubscriptionRow& subscription, const Publication& publication) {
  const auto own = publication.per_protocol.find(subscription.protocol);
  return own == publication.per_protocol.end() ? publication.message : own->second;
}

json::object told_attributes(const MessageAttributes& attributes) {
  json::object told;
  for (const auto& [name, attribute] : attributes) {
    told[name] = {{"Type", attribute.type},
                  {"Value", attribute.is_binary() ? to_base64(attribute.value) : attribute.value}};
  }
  return told;
}

// The result of one attempt, for the log and for a dead letter.
struct Refusal {
  std::string code, message;
};

Refusal refusal_of(Handed handed) {
  if (handed == Handed::no_target) return {"InvalidTarget", "There is no such endpoint in this region."};
  return {"AccessDenied", "The endpoint's policy does not let " + std::string(principal) + " in."};
}

// SNS acts for the owner of the topic, whoever made the subscription.
std::string topic_account(const SubscriptionRow& subscription) {
  const auto topic = aws::parse_arn(subscription.topic_arn);
  return topic ? topic->account : subscription.account;
}

std::optional<std::string> dead_letter_target(const SubscriptionRow& subscription) {
  const auto set = subscription.attributes.find("RedrivePolicy");
  if (set == subscription.attributes.end()) return std::nullopt;
  try {
    return std::string(json::parse(set->second).as_object().at("deadLetterTargetArn").as_string());
  } catch (const std::exception&) {
    throw Error(ErrorKind::corrupt, "the redrive policy of " + subscription.arn + " cannot be read");
  }
}

Delivery addressed(const SubscriptionRow& subscription, const DeliveryRow& row) {
  Delivery delivery;
  delivery.target_arn = subscription.endpoint;
  delivery.principal = std::string(principal);
  delivery.source_arn = subscription.topic_arn;
  delivery.source_account = topic_account(subscription);
  if (subscription.protocol == "lambda")
    delivery.payload = lambda_event(subscription, row);
  else
    delivery.payload =
        subscription.raw() ? message_for(subscription, row.publication) : sqs_envelope(subscription, row);
  return delivery;
}

// Raw messages keep their attributes, with types cloud/services/common/targets.h knows nothing of.
void set_attributes(cloud::Connection& db, const std::string& message, const MessageAttributes& attributes) {
  db.prepare("UPDATE sqs_message SET attributes = ? WHERE id = ?")
      .bind(to_attributes_column(attributes), message)
      .run();
}

// False: there is no dead-letter queue, or it takes nothing either.
bool put_into_dead_letters(cloud::Connection& db, const SubscriptionRow& subscription, const DeliveryRow& row,
                           const Refusal& refusal, Instant now) {
  const auto target = dead_letter_target(subscription);
  if (!target) return false;
  Delivery letter;
  letter.target_arn = *target;
  letter.payload =
      subscription.raw() ? message_for(subscription, row.publication) : sqs_envelope(subscription, row);
  letter.attributes = {{"RequestID", row.publication.message_id},
                       {"ErrorCode", refusal.code},
                       {"ErrorMessage", refusal.message}};
  letter.principal = std::string(principal);
  letter.source_arn = subscription.topic_arn;
  letter.source_account = topic_account(subscription);
  return hand_over(db, letter, now, row.id) == Handed::taken;
}

void count_metric(cloud::Connection& db, const SubscriptionRow& subscription, std::string name, Instant now) {
  const auto topic = aws::parse_arn(subscription.topic_arn);
  if (!topic) return;
  record_metric(db, {topic->account, "AWS/SNS", std::move(name), {{"TopicName", topic->resource}}, "Count"},
                StatisticSet::of(1), now);
}

// The result of a delivery. It is logged after the commit.
struct Settled {
  std::string subscription;
  std::optional<Refusal> refusal;
  bool in_dead_letters = false;
};

Settled give_up(cloud::Connection& db, const SubscriptionRow& subscription, const DeliveryRow& row,
                Refusal refusal, Instant now) {
  Settled settled{subscription.arn, std::move(refusal), false};
  settled.in_dead_letters = put_into_dead_letters(db, subscription, row, *settled.refusal, now);
  count_metric(db, subscription, "NumberOfNotificationsFailed", now);
  delete_delivery(db, row.id);
  return settled;
}

Settled attempt(cloud::Connection& db, const DeliveryRow& row, Instant now) {
  const auto subscription = find_subscription(db, row.subscription);
  if (!subscription) {  // unsubscribed since the row was read
    delete_delivery(db, row.id);
    return {};
  }
  const bool raw_to_queue = subscription->protocol == "sqs" && subscription->raw();
  if (raw_to_queue && row.publication.attributes.size() > raw_attributes_max) {
    return give_up(db, *subscription, row,
                   {"InvalidParameterValue", "A raw message has more attributes than a queue takes."}, now);
  }
  const Handed handed = hand_over(db, addressed(*subscription, row), now, row.id);
  if (handed != Handed::taken) return give_up(db, *subscription, row, refusal_of(handed), now);
  if (raw_to_queue) set_attributes(db, row.id, row.publication.attributes);
  count_metric(db, *subscription, "NumberOfNotificationsDelivered", now);
  delete_delivery(db, row.id);
  return {subscription->arn, std::nullopt, false};
}

void tell(cloud::RegionContext& region, const DeliveryRow& row, const Settled& settled) {
  if (!settled.refusal) return;
  region.log.write(
      settled.in_dead_letters ? LogLevel::warning : LogLevel::error,
      settled.in_dead_letters ? "notification put into the dead-letter queue" : "notification dropped",
      {{"message", row.publication.message_id},
       {"subscription", settled.subscription},
       {"why", settled.refusal->message}});
}

// For a delivery that failed for a reason of the region itself, such as a full disk. Plans the next attempt,
// or gives up when no retries are left.
Task<> try_again_later(cloud::RegionContext& region, const SnsRetryOptions& options, const DeliveryRow& row,
                       const std::string& why) {
  const Instant now = region.clock.now();
  const auto pause = pause_after(options, row.attempts + 1);
  region.log.warning("notification not delivered", {{"message", row.publication.message_id},
                                                    {"attempt", std::to_string(row.attempts + 1)},
                                                    {"error", why}});
  const Settled settled = co_await region.database.write([&](cloud::Connection& db) -> Settled {
    if (pause) {
      postpone_sns_delivery(db, row.id, now + *pause);
      return {};
    }
    const auto subscription = find_subscription(db, row.subscription);
    if (!subscription) return {};
    return give_up(db, *subscription, row, {"ServerError", why}, now);
  });
  tell(region, row, settled);
}

// Delivers all rows in one transaction, which costs one commit.
// False: it failed, so each row has to be tried alone.
Task<bool> deliver_together(cloud::RegionContext& region, const std::vector<DeliveryRow>& rows) {
  const Instant now = region.clock.now();
  std::vector<Settled> settled;
  try {
    settled = co_await region.database.write([&](cloud::Connection& db) {
      std::vector<Settled> all;
      for (const DeliveryRow& row : rows) all.push_back(attempt(db, row, now));
      return all;
    });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    co_return false;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) tell(region, rows[i], settled[i]);
  co_return true;
}

Task<> deliver(cloud::RegionContext& region, const SnsRetryOptions& options, const DeliveryRow& row) {
  const Instant now = region.clock.now();
  std::string failure;
  try {
    const Settled settled =
        co_await region.database.write([&](cloud::Connection& db) { return attempt(db, row, now); });
    tell(region, row, settled);
    co_return;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error.what();
  }
  co_await try_again_later(region, options, row, failure);
}

}  // namespace

std::optional<milliseconds> pause_after(const SnsRetryOptions& options, std::int64_t attempts) {
  std::int64_t left = attempts - 1;
  if (left < options.immediate) return milliseconds(0);
  left -= options.immediate;
  if (left < options.early) return options.early_pause;
  left -= options.early;
  if (left < options.growing) {
    const milliseconds span = options.late_pause - options.early_pause;
    return options.early_pause + span * left / std::max(1, options.growing - 1);
  }
  left -= options.growing;
  if (left < options.late) return options.late_pause;
  return std::nullopt;
}

std::string lambda_event(const SubscriptionRow& subscription, const DeliveryRow& delivery) {
  const Publication& published = delivery.publication;
  json::object sns{{"Type", "Notification"},
                   {"MessageId", published.message_id},
                   {"TopicArn", subscription.topic_arn},
                   {"Subject", nullptr},
                   {"Message", message_for(subscription, published)},
                   {"Timestamp", to_iso8601(delivery.published)},
                   {"SignatureVersion", "1"},
                   {"Signature", ""},
                   {"SigningCertUrl", ""},
                   {"UnsubscribeUrl", ""},
                   {"MessageAttributes", told_attributes(published.attributes)}};
  if (published.subject) sns["Subject"] = *published.subject;
  const json::object record{{"EventSource", "aws:sns"},
                            {"EventVersion", "1.0"},
                            {"EventSubscriptionArn", subscription.arn},
                            {"Sns", std::move(sns)}};
  return json::serialize(json::object{{"Records", json::array{record}}});
}

std::string sqs_envelope(const SubscriptionRow& subscription, const DeliveryRow& delivery) {
  const Publication& published = delivery.publication;
  json::object envelope{
      {"Type", "Notification"}, {"MessageId", published.message_id}, {"TopicArn", subscription.topic_arn}};
  if (published.subject) envelope["Subject"] = *published.subject;
  envelope["Message"] = message_for(subscription, published);
  envelope["Timestamp"] = to_iso8601(delivery.published);
  envelope["SignatureVersion"] = "1";
  envelope["Signature"] = "";
  envelope["SigningCertURL"] = "";
  envelope["UnsubscribeURL"] = "";
  if (!published.attributes.empty()) envelope["MessageAttributes"] = told_attributes(published.attributes);
  return json::serialize(envelope);
}

Task<> deliver_notifications(cloud::RegionContext& region, SnsRetryOptions options, Notifier& wake) {
  while (true) {
    const Instant now = region.clock.now();
    const auto due = due_deliveries(region.database.reader(), now, batch_max);
    if (due.empty()) {
      const auto next = next_delivery(region.database.reader());
      co_await wake.wait(region.clock,
                         next ? std::clamp<milliseconds>(*next - now, milliseconds(1), wait_max) : wait_max);
      continue;
    }
    if (!co_await deliver_together(region, due)) {
      for (const DeliveryRow& row : due) co_await deliver(region, options, row);
    }
    region.wake_services();
  }
}

}  // namespace s3dr::services
