#include "cloud/services/sns/sns_store.h"

#include <utility>

#include "aws/hash.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "cloud/services/common/service_ids.h"
#include "cloud/store/rows.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

std::int64_t ms(Instant instant) {
  return instant.time_since_epoch().count();
}

TopicRow topic_of(const cloud::Statement& row) {
  return {row.integer(0), row.text(1), row.text(2), from_tags_column(row.text(3)),
          from_tags_column(row.text(4))};
}

SubscriptionRow subscription_of(const cloud::Statement& row) {
  return {row.integer(0), row.text(1), row.integer(2), row.text(3),
          row.text(4),    row.text(5), row.text(6),    from_tags_column(row.text(7))};
}

constexpr cloud::Rows<TopicRow> topic_rows = {"SELECT id, account, name, attributes, tags FROM sns_topic ",
                                              topic_of};
constexpr cloud::Rows<SubscriptionRow> subscription_rows = {
    "SELECT id, arn, topic, topic_arn, account, protocol, endpoint, attributes FROM sns_subscription ",
    subscription_of};

std::string publication_column(const Publication& publication) {
  json::object object{{"id", publication.message_id}, {"message", publication.message}};
  if (publication.subject) object["subject"] = *publication.subject;
  if (!publication.per_protocol.empty())
    object["protocols"] = json::parse(to_tags_column(publication.per_protocol));
  object["attributes"] = json::parse(to_attributes_column(publication.attributes));
  return json::serialize(object);
}

Publication publication_of(const std::string& text) {
  try {
    const json::value value = json::parse(text);
    const json::object& object = value.as_object();
    Publication publication;
    publication.message_id = std::string(object.at("id").as_string());
    publication.message = std::string(object.at("message").as_string());
    if (const json::value* subject = object.if_contains("subject"))
      publication.subject = std::string(subject->as_string());
    if (const json::value* protocols = object.if_contains("protocols"))
      publication.per_protocol = from_tags_column(json::serialize(*protocols));
    publication.attributes = from_attributes_column(json::serialize(object.at("attributes")));
    return publication;
  } catch (const std::exception&) {
    throw Error(ErrorKind::corrupt, "a published message cannot be read");
  }
}

}  // namespace

const std::string_view sns_schema = R"sql(
CREATE TABLE IF NOT EXISTS sns_topic (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  attributes TEXT NOT NULL DEFAULT '{}',        -- JSON, as SetTopicAttributes takes them, Policy included
  tags TEXT NOT NULL DEFAULT '{}',
  UNIQUE (account, name)
);
CREATE TABLE IF NOT EXISTS sns_subscription (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  arn TEXT NOT NULL UNIQUE,
  topic INTEGER NOT NULL REFERENCES sns_topic(id) ON DELETE CASCADE,
  topic_arn TEXT NOT NULL,
  account TEXT NOT NULL,
  protocol TEXT NOT NULL,                       -- "lambda" or "sqs"
  endpoint TEXT NOT NULL,
  attributes TEXT NOT NULL DEFAULT '{}',
  UNIQUE (topic, protocol, endpoint)
);
-- One row for each subscription and message. It is written in the transaction that answers Publish and stays
-- until the message is handed over.
CREATE TABLE IF NOT EXISTS sns_delivery (
  id TEXT PRIMARY KEY,
  subscription INTEGER NOT NULL REFERENCES sns_subscription(id) ON DELETE CASCADE,
  publication TEXT NOT NULL,                    -- JSON
  published_ms INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS sns_delivery_due ON sns_delivery (due_ms, id);
CREATE INDEX IF NOT EXISTS sns_delivery_subscription ON sns_delivery (subscription);
)sql";

bool SubscriptionRow::raw() const {
  const auto set = attributes.find("RawMessageDelivery");
  return set != attributes.end() && set->second == "true";
}

std::optional<TopicRow> find_topic(cloud::Connection& db, const std::string& account,
                                   const std::string& name) {
  return topic_rows.find(db, "WHERE account = ? AND name = ?", account, name);
}

std::vector<TopicRow> list_topics(cloud::Connection& db, const std::string& account, std::int64_t after,
                                  std::size_t limit) {
  return topic_rows.all(db, "WHERE account = ? AND id > ? ORDER BY id LIMIT ?", account, after, limit);
}

std::int64_t add_topic(cloud::Connection& db, const TopicRow& topic) {
  db.prepare("INSERT INTO sns_topic (account, name, attributes, tags) VALUES (?, ?, ?, ?)")
      .bind(topic.account, topic.name, to_tags_column(topic.attributes), to_tags_column(topic.tags))
      .run();
  return db.last_insert_id();
}

void save_topic(cloud::Connection& db, const TopicRow& topic) {
  db.prepare("UPDATE sns_topic SET attributes = ?, tags = ? WHERE id = ?")
      .bind(to_tags_column(topic.attributes), to_tags_column(topic.tags), topic.id)
      .run();
}

void delete_topic(cloud::Connection& db, std::int64_t id) {
  db.prepare("DELETE FROM sns_topic WHERE id = ?").bind(id).run();
}

std::optional<SubscriptionRow> find_subscription(cloud::Connection& db, const std::string& arn) {
  return subscription_rows.find(db, "WHERE arn = ?", arn);
}

std::optional<SubscriptionRow> find_subscription(cloud::Connection& db, std::int64_t id) {
  return subscription_rows.find(db, "WHERE id = ?", id);
}

std::optional<SubscriptionRow> find_subscription(cloud::Connection& db, std::int64_t topic,
                                                 const std::string& protocol, const std::string& endpoint) {
  return subscription_rows.find(db, "WHERE topic = ? AND protocol = ? AND endpoint = ?", topic, protocol,
                                endpoint);
}

std::vector<SubscriptionRow> list_subscriptions(cloud::Connection& db, const std::string& account,
                                                std::int64_t topic, std::int64_t after, std::size_t limit) {
  return subscription_rows.all(
      db, "WHERE (?2 <> 0 OR account = ?1) AND (?2 = 0 OR topic = ?2) AND id > ?3 ORDER BY id LIMIT ?4",
      account, topic, after, limit);
}

std::int64_t count_subscriptions(cloud::Connection& db, std::int64_t topic) {
  auto row = db.prepare("SELECT COUNT(*) FROM sns_subscription WHERE topic = ?");
  row.bind(topic);
  return row.step() ? row.integer(0) : 0;
}

void add_subscription(cloud::Connection& db, const SubscriptionRow& subscription) {
  db.prepare(
        "INSERT INTO sns_subscription (arn, topic, topic_arn, account, protocol, endpoint, attributes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(subscription.arn, subscription.topic, subscription.topic_arn, subscription.account,
            subscription.protocol, subscription.endpoint, to_tags_column(subscription.attributes))
      .run();
}

void save_subscription(cloud::Connection& db, const SubscriptionRow& subscription) {
  db.prepare("UPDATE sns_subscription SET attributes = ? WHERE id = ?")
      .bind(to_tags_column(subscription.attributes), subscription.id)
      .run();
}

void delete_subscription(cloud::Connection& db, std::int64_t id) {
  db.prepare("DELETE FROM sns_subscription WHERE id = ?").bind(id).run();
}

std::size_t publish(cloud::Connection& db, const TopicRow& topic, const Publication& publication,
                    Instant now) {
  std::vector<std::pair<std::int64_t, std::string>> subscriptions;
  {
    auto rows = db.prepare("SELECT id, arn FROM sns_subscription WHERE topic = ?");
    rows.bind(topic.id);
    while (rows.step()) subscriptions.emplace_back(rows.integer(0), rows.text(1));
  }
  const std::string column = publication_column(publication);
  for (const auto& [id, arn] : subscriptions) {
    // The id is computed, so that a delivery handed over twice is taken once
    // (cloud/services/common/targets.h).
    const std::string delivery = as_uuid(aws::sha256_hex(publication.message_id + arn));
    db.prepare(
          "INSERT INTO sns_delivery (id, subscription, publication, published_ms, due_ms) VALUES (?, ?, ?, "
          "?, ?)")
        .bind(delivery, id, column, ms(now), ms(now))
        .run();
  }
  return subscriptions.size();
}

std::vector<DeliveryRow> due_deliveries(cloud::Connection& db, Instant now, std::size_t limit) {
  std::vector<DeliveryRow> deliveries;
  auto rows = db.prepare(
      "SELECT id, subscription, publication, published_ms, attempts FROM sns_delivery WHERE due_ms <= ? "
      "ORDER BY due_ms, id LIMIT ?");
  rows.bind(ms(now), limit);
  while (rows.step()) {
    deliveries.push_back({rows.text(0), rows.integer(1), publication_of(rows.text(2)),
                          Instant(milliseconds(rows.integer(3))), rows.integer(4)});
  }
  return deliveries;
}

std::optional<Instant> next_delivery(cloud::Connection& db) {
  auto row = db.prepare("SELECT MIN(due_ms) FROM sns_delivery");
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return Instant(milliseconds(row.integer(0)));
}

void postpone_sns_delivery(cloud::Connection& db, const std::string& id, Instant due) {
  db.prepare("UPDATE sns_delivery SET attempts = attempts + 1, due_ms = ? WHERE id = ?")
      .bind(ms(due), id)
      .run();
}

void delete_delivery(cloud::Connection& db, const std::string& id) {
  db.prepare("DELETE FROM sns_delivery WHERE id = ?").bind(id).run();
}

}  // namespace s3dr::services
