// Topics, subscriptions and deliveries in the region's database: what SNS does within one transaction. Other
// services publish through it too (alarms). Requests and their errors: sns_service. Handing over:
// sns_delivery.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/services/common/message_attributes.h"
#include "cloud/services/common/resource_tags.h"
#include "cloud/store/database.h"

namespace s3dr::services {

extern const std::string_view sns_schema;

using NamedTexts = std::map<std::string, std::string>;

struct TopicRow {
  std::int64_t id = 0;
  std::string account, name;
  NamedTexts attributes;  // only those set
  ResourceTags tags;
  std::string arn(const std::string& region) const {
    return "arn:aws:sns:" + region + ":" + account + ":" + name;
  }
};

struct SubscriptionRow {
  std::int64_t id = 0;
  std::string arn;  // the topic's ARN with an id at its end
  std::int64_t topic = 0;
  std::string topic_arn, account, protocol, endpoint;
  NamedTexts attributes;  // RedrivePolicy, RawMessageDelivery
  bool raw() const;
};

std::optional<TopicRow> find_topic(cloud::Connection& db, const std::string& account,
                                   const std::string& name);
std::vector<TopicRow> list_topics(cloud::Connection& db, const std::string& account, std::int64_t after,
                                  std::size_t limit);
std::int64_t add_topic(cloud::Connection& db, const TopicRow& topic);
void save_topic(cloud::Connection& db, const TopicRow& topic);
void delete_topic(cloud::Connection& db, std::int64_t id);  // with its subscriptions and their deliveries

std::optional<SubscriptionRow> find_subscription(cloud::Connection& db, const std::string& arn);
std::optional<SubscriptionRow> find_subscription(cloud::Connection& db, std::int64_t id);
std::optional<SubscriptionRow> find_subscription(cloud::Connection& db, std::int64_t topic,
                                                 const std::string& protocol, const std::string& endpoint);
// The subscriptions of a topic, whoever made them. If `topic` is 0: the subscriptions that the account made.
std::vector<SubscriptionRow> list_subscriptions(cloud::Connection& db, const std::string& account,
                                                std::int64_t topic, std::int64_t after, std::size_t limit);
std::int64_t count_subscriptions(cloud::Connection& db, std::int64_t topic);
void add_subscription(cloud::Connection& db, const SubscriptionRow& subscription);
void save_subscription(cloud::Connection& db, const SubscriptionRow& subscription);
void delete_subscription(cloud::Connection& db, std::int64_t id);

// What a publisher sent.
struct Publication {
  std::string message_id;  // new, in the form 8-4-4-4-12
  std::optional<std::string> subject;
  std::string message;
  NamedTexts per_protocol;  // MessageStructure "json": protocol → its message, if it differs
  MessageAttributes attributes;
};

// Writes one delivery for each subscription and returns their number.
// Call region.wake_services after the commit.
std::size_t publish(cloud::Connection& db, const TopicRow& topic, const Publication& publication,
                    Instant now);

struct DeliveryRow {
  std::string id;
  std::int64_t subscription = 0;
  Publication publication;
  Instant published{};
  std::int64_t attempts = 0;
};
std::vector<DeliveryRow> due_deliveries(cloud::Connection& db, Instant now, std::size_t limit);
std::optional<Instant> next_delivery(cloud::Connection& db);
void postpone_sns_delivery(cloud::Connection& db, const std::string& id, Instant due);  // counts an attempt
void delete_delivery(cloud::Connection& db, const std::string& id);

}  // namespace s3dr::services
