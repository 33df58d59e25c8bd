// Queues and their messages in the region's database: what SQS does within one transaction. Other services
// send messages through cloud/services/common/targets.h. Requests and their errors: sqs_service.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/services/common/message_attributes.h"
#include "cloud/services/common/resource_tags.h"
#include "cloud/store/database.h"

namespace s3dr::services {

struct QueueRow {
  std::int64_t id = 0;
  std::string account, name;
  boost::json::object attributes;  // name → text, only those set
  ResourceTags tags;
  Instant created{}, modified{};

  // The value in effect: the one that was set, else the service's default.
  std::int64_t number(std::string_view attribute) const;
  milliseconds retention() const;
};

// "arn:aws:sqs:us-west-2:111122223333:name"
std::string queue_arn(const std::string& region, const QueueRow& queue);

std::optional<QueueRow> find_queue(cloud::Connection& db, const std::string& account,
                                   const std::string& name);
// At most `limit` queues with that prefix in order of name, with names after `after`.
std::vector<QueueRow> list_queues(cloud::Connection& db, const std::string& account,
                                  const std::string& prefix, const std::string& after, std::size_t limit);
std::vector<QueueRow> all_queues(cloud::Connection& db);        // of every account
void save_queue(cloud::Connection& db, const QueueRow& queue);  // attributes, tags, time of change

struct QueueCounts {
  std::int64_t visible = 0, in_flight = 0, delayed = 0;
};
QueueCounts count_messages(cloud::Connection& db, const QueueRow& queue, Instant now);

struct NewMessage {
  std::string id, body;
  MessageAttributes attributes;
  std::string sender;
  milliseconds delay{0};
};
void add_message(cloud::Connection& db, std::int64_t queue, const NewMessage& message, Instant now);

struct ReceivedMessage {
  std::string id, body, receipt;
  MessageAttributes attributes;
  std::string sender, dead_letter_source;
  Instant sent{}, first_received{};
  std::int64_t receives = 0;
};
// Returns visible messages, at most one for each of `receipts`, and hides them until `now + visibility`.
// A message that was received as often as the queue's RedrivePolicy allows is moved to the dead-letter queue
// instead; it keeps its id and its age. If that queue no longer exists, the message stays and is returned.
std::vector<ReceivedMessage> receive_messages(cloud::Connection& db, const QueueRow& queue,
                                              const std::string& region,
                                              const std::vector<std::string>& receipts,
                                              milliseconds visibility, Instant now);
bool has_visible_message(cloud::Connection& db, const QueueRow& queue, Instant now);
// When the next hidden or delayed message becomes visible; nullopt: there is none.
std::optional<Instant> next_visible(cloud::Connection& db, const QueueRow& queue, Instant now);

// True: the message was deleted. An old receipt deletes nothing, as on AWS.
bool delete_message(cloud::Connection& db, std::int64_t queue, const std::string& receipt);
enum class VisibilityChange { done, not_in_flight };
VisibilityChange change_visibility(cloud::Connection& db, std::int64_t queue, const std::string& receipt,
                                   milliseconds visibility, Instant now);

// Deletes the messages of all queues that are older than their queue's MessageRetentionPeriod.
void delete_expired(cloud::Connection& db, Instant now);

// A receipt names its queue and its message; the rest is random.
// A text that cannot be read is not a receipt of the queue.
std::string make_receipt(std::int64_t queue, const std::string& message, const std::string& random);
bool is_receipt_of(std::int64_t queue, const std::string& receipt);

struct RedrivePolicy {
  std::string account, queue;  // of the dead-letter queue
  std::int64_t receives_max = 0;
};
// The RedrivePolicy in the queue's attributes; nullopt: none.
std::optional<RedrivePolicy> redrive_policy_of(const QueueRow& queue);

}  // namespace s3dr::services
