#include "cloud/services/sqs/sqs_store.h"

#include <algorithm>
#include <charconv>

#include "aws/arn.h"
#include "base/encoding.h"
#include "base/error.h"
#include "cloud/store/rows.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

std::int64_t ms(Instant instant) {
  return instant.time_since_epoch().count();
}

Instant instant(std::int64_t milliseconds_since_epoch) {
  return Instant(milliseconds(milliseconds_since_epoch));
}

QueueRow row_of(const cloud::Statement& statement) {
  QueueRow row;
  row.id = statement.integer(0);
  row.account = statement.text(1);
  row.name = statement.text(2);
  json::error_code malformed;
  json::value attributes = json::parse(statement.text(3), malformed);
  if (malformed || !attributes.is_object())
    throw Error(ErrorKind::corrupt, "the attributes of queue " + row.name + " cannot be read");
  row.attributes = std::move(attributes.as_object());
  row.tags = from_tags_column(statement.text(4));
  row.created = instant(statement.integer(5));
  row.modified = instant(statement.integer(6));
  return row;
}

std::int64_t default_number(std::string_view attribute) {
  if (attribute == "VisibilityTimeout") return 30;
  if (attribute == "MessageRetentionPeriod") return 345'600;
  if (attribute == "MaximumMessageSize") return 1'048'576;
  return 0;  // DelaySeconds, ReceiveMessageWaitTimeSeconds
}

// Moves a message that was received too often to the dead-letter queue.
bool move_to_dead_letters(cloud::Connection& db, const QueueRow& queue, const std::string& region,
                          const RedrivePolicy& policy, const std::string& message, Instant now) {
  const auto target = find_queue(db, policy.account, policy.queue);
  if (!target) return false;
  db.prepare(
        "UPDATE sqs_message SET queue = ?, receives = 0, receipt = '', first_received_ms = 0, visible_ms = "
        "?, "
        "dead_letter_source = ? WHERE id = ?")
      .bind(target->id, ms(now), queue_arn(region, queue), message)
      .run();
  return true;
}

std::vector<ReceivedMessage> visible_messages(cloud::Connection& db, const QueueRow& queue, Instant now,
                                              std::size_t limit) {
  std::vector<ReceivedMessage> messages;
  auto rows = db.prepare(
      "SELECT id, body, attributes, sender, dead_letter_source, sent_ms, first_received_ms, receives "
      "FROM sqs_message WHERE queue = ? AND visible_ms <= ? AND sent_ms > ? ORDER BY visible_ms, id LIMIT ?");
  rows.bind(queue.id, ms(now), ms(now - queue.retention()), limit);
  while (rows.step()) {
    ReceivedMessage message;
    message.id = rows.text(0);
    message.body = rows.text(1);
    message.attributes = from_attributes_column(rows.text(2));
    message.sender = rows.text(3);
    message.dead_letter_source = rows.text(4);
    message.sent = instant(rows.integer(5));
    message.first_received = instant(rows.integer(6));
    message.receives = rows.integer(7);
    messages.push_back(std::move(message));
  }
  return messages;
}

constexpr cloud::Rows<QueueRow> queue_rows = {
    "SELECT id, account, name, attributes, tags, created_ms, modified_ms FROM sqs_queue ", row_of};

}  // namespace

std::int64_t QueueRow::number(std::string_view attribute) const {
  const json::value* set = attributes.if_contains(attribute);
  std::int64_t value = default_number(attribute);
  if (set != nullptr && set->is_string()) {
    const std::string_view text = set->get_string();
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  return value;
}

milliseconds QueueRow::retention() const {
  return std::chrono::seconds(number("MessageRetentionPeriod"));
}

std::string queue_arn(const std::string& region, const QueueRow& queue) {
  return "arn:aws:sqs:" + region + ":" + queue.account + ":" + queue.name;
}

std::optional<QueueRow> find_queue(cloud::Connection& db, const std::string& account,
                                   const std::string& name) {
  return queue_rows.find(db, "WHERE account = ? AND name = ?", account, name);
}

std::vector<QueueRow> list_queues(cloud::Connection& db, const std::string& account,
                                  const std::string& prefix, const std::string& after, std::size_t limit) {
  return queue_rows.all(db, "WHERE account = ? AND name > ? AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
                        account, after, prefix.size(), prefix, limit);
}

std::vector<QueueRow> all_queues(cloud::Connection& db) {
  return queue_rows.all(db, "");
}

void save_queue(cloud::Connection& db, const QueueRow& queue) {
  db.prepare("UPDATE sqs_queue SET attributes = ?, tags = ?, modified_ms = ? WHERE id = ?")
      .bind(json::serialize(queue.attributes), to_tags_column(queue.tags), ms(queue.modified), queue.id)
      .run();
}

QueueCounts count_messages(cloud::Connection& db, const QueueRow& queue, Instant now) {
  auto row = db.prepare(
      "SELECT TOTAL(visible_ms <= ?2), TOTAL(visible_ms > ?2 AND receives > 0), "
      "TOTAL(visible_ms > ?2 AND receives = 0) FROM sqs_message WHERE queue = ?1 AND sent_ms > ?3");
  row.bind(queue.id, ms(now), ms(now - queue.retention()));
  if (!row.step()) return {};
  return {row.integer(0), row.integer(1), row.integer(2)};
}

void add_message(cloud::Connection& db, std::int64_t queue, const NewMessage& message, Instant now) {
  db.prepare(
        "INSERT INTO sqs_message (id, queue, body, attributes, sender, sent_ms, visible_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(message.id, queue, message.body, to_attributes_column(message.attributes), message.sender,
            ms(now), ms(now + message.delay))
      .run();
}

std::vector<ReceivedMessage> receive_messages(cloud::Connection& db, const QueueRow& queue,
                                              const std::string& region,
                                              const std::vector<std::string>& receipts,
                                              milliseconds visibility, Instant now) {
  std::vector<ReceivedMessage> received;
  const auto policy = redrive_policy_of(queue);
  bool moved = true;
  while (moved && received.size() < receipts.size()) {
    moved = false;
    for (ReceivedMessage& message : visible_messages(db, queue, now, receipts.size() - received.size())) {
      if (std::ranges::any_of(received, [&](const auto& other) { return other.id == message.id; })) continue;
      if (policy && message.receives >= policy->receives_max &&
          move_to_dead_letters(db, queue, region, *policy, message.id, now)) {
        moved = true;
        continue;
      }
      message.receipt = make_receipt(queue.id, message.id, receipts[received.size()]);
      message.receives += 1;
      if (message.first_received == Instant{}) message.first_received = now;
      db.prepare(
            "UPDATE sqs_message SET receives = ?, receipt = ?, first_received_ms = ?, visible_ms = ? WHERE "
            "id = ?")
          .bind(message.receives, message.receipt, ms(message.first_received), ms(now + visibility),
                message.id)
          .run();
      received.push_back(std::move(message));
    }
  }
  return received;
}

bool has_visible_message(cloud::Connection& db, const QueueRow& queue, Instant now) {
  auto row =
      db.prepare("SELECT 1 FROM sqs_message WHERE queue = ? AND visible_ms <= ? AND sent_ms > ? LIMIT 1");
  row.bind(queue.id, ms(now), ms(now - queue.retention()));
  return row.step();
}

std::optional<Instant> next_visible(cloud::Connection& db, const QueueRow& queue, Instant now) {
  auto row = db.prepare("SELECT MIN(visible_ms) FROM sqs_message WHERE queue = ? AND visible_ms > ?");
  row.bind(queue.id, ms(now));
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return instant(row.integer(0));
}

bool delete_message(cloud::Connection& db, std::int64_t queue, const std::string& receipt) {
  const std::string text = from_base64(receipt).value_or("");
  const std::string id = text.substr(0, text.find('/'));
  db.prepare("DELETE FROM sqs_message WHERE id = ? AND queue = ? AND receipt = ?")
      .bind(id, queue, receipt)
      .run();
  return db.changed_rows() > 0;
}

VisibilityChange change_visibility(cloud::Connection& db, std::int64_t queue, const std::string& receipt,
                                   milliseconds visibility, Instant now) {
  const std::string text = from_base64(receipt).value_or("");
  db.prepare(
        "UPDATE sqs_message SET visible_ms = ? WHERE id = ? AND queue = ? AND receipt = ? AND visible_ms > ?")
      .bind(ms(now + visibility), text.substr(0, text.find('/')), queue, receipt, ms(now))
      .run();
  return db.changed_rows() > 0 ? VisibilityChange::done : VisibilityChange::not_in_flight;
}

void delete_expired(cloud::Connection& db, Instant now) {
  for (const QueueRow& queue : all_queues(db)) {
    db.prepare("DELETE FROM sqs_message WHERE queue = ? AND sent_ms <= ?")
        .bind(queue.id, ms(now - queue.retention()))
        .run();
  }
}

std::string make_receipt(std::int64_t queue, const std::string& message, const std::string& random) {
  return to_base64(message + "/" + std::to_string(queue) + "/" + random);
}

bool is_receipt_of(std::int64_t queue, const std::string& receipt) {
  const auto text = from_base64(receipt);
  return text && text->find("/" + std::to_string(queue) + "/") != std::string::npos;
}

std::optional<RedrivePolicy> redrive_policy_of(const QueueRow& queue) {
  const json::value* set = queue.attributes.if_contains("RedrivePolicy");
  if (set == nullptr) return std::nullopt;
  try {
    const json::value value = json::parse(set->as_string());
    const auto arn = aws::parse_arn(value.as_object().at("deadLetterTargetArn").as_string());
    if (!arn) return std::nullopt;
    return RedrivePolicy{arn->account, arn->resource, value.as_object().at("maxReceiveCount").as_int64()};
  } catch (const std::exception&) {
    throw Error(ErrorKind::corrupt, "the redrive policy of queue " + queue.name + " cannot be read");
  }
}

}  // namespace s3dr::services
