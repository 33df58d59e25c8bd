#include "cloud/services/sqs/sqs_messages.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <list>
#include <set>
#include <utility>
#include <vector>

#include "aws/hash.h"
#include "base/encoding.h"
#include "base/notifier.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/service_ids.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/metrics/metric_store.h"
#include "cloud/services/sqs/sqs_request.h"
#include "cloud/services/sqs/sqs_store.h"

namespace s3dr::services {
namespace json = boost::json;

struct MessageWaiters::State {
  std::list<Notifier*> waiting;
};

MessageWaiters::MessageWaiters() : state_(std::make_shared<State>()) {}
MessageWaiters::~MessageWaiters() = default;

void MessageWaiters::notify_all() {
  for (Notifier* notifier : state_->waiting) notifier->notify();
}

namespace {

constexpr std::size_t entries_max = 10;
constexpr std::int64_t messages_max = 10;
constexpr std::size_t batch_bytes_max = 1'048'576;
constexpr std::size_t attributes_max = 10;

// From its creation to its end this object is notified of every message that arrives.
class Waiting {
 public:
  Waiting(const MessageWaiters& waiters, const boost::asio::any_io_executor& executor)
      : state_(waiters.state()), notifier_(executor) {
    place_ = state_->waiting.insert(state_->waiting.end(), &notifier_);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { state_->waiting.erase(place_); }
  Task<> wait(Clock& clock, milliseconds limit) { return notifier_.wait(clock, limit); }

 private:
  std::shared_ptr<MessageWaiters::State> state_;
  Notifier notifier_;
  std::list<Notifier*>::iterator place_;
};

// Refuses characters that XML cannot contain: a receiver that uses XML could not get the message.
void check_characters(const std::string& text, const std::string& where) {
  const auto forbidden = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  };
  if (std::ranges::any_of(text, forbidden) || text.find("\xEF\xBF\xBE") != std::string::npos ||
      text.find("\xEF\xBF\xBF") != std::string::npos)
    throw sqs_error("InvalidMessageContents", "Invalid binary character was found in the " + where + ".");
}

MessageAttributes read_attributes(const json::object& given) {
  MessageAttributes attributes;
  const json::value* value = given.if_contains("MessageAttributes");
  if (value == nullptr || value->is_null()) return attributes;
  if (!value->is_object()) throw sqs_error("InvalidParameterValue", "MessageAttributes must be a map.");
  for (const auto& [key, entry] : value->get_object()) {
    const std::string name(key);
    if (!entry.is_object())
      throw sqs_error("InvalidParameterValue", "The message attribute \"" + name + "\" must be an object.");
    const json::object& fields = entry.get_object();
    MessageAttribute attribute;
    attribute.type = optional_text(fields, "DataType").value_or("");
    attribute.value =
        optional_text(fields, attribute.is_binary() ? "BinaryValue" : "StringValue").value_or("");
    check_characters(attribute.type, "message attribute \"" + name + "\"");
    if (attribute.is_binary())
      attribute.value = from_base64(attribute.value).value_or("");
    else
      check_characters(attribute.value, "message attribute \"" + name + "\"");
    if (const auto why = why_refused(name, attribute)) throw sqs_error("InvalidParameterValue", *why);
    attributes[name] = std::move(attribute);
  }
  if (attributes.size() > attributes_max)
    throw sqs_error("InvalidParameterValue", "Number of message attributes [" +
                                                 std::to_string(attributes.size()) +
                                                 "] exceeds the allowed maximum [10].");
  return attributes;
}

void check_body(const std::string& body) {
  if (body.empty())
    throw sqs_error("MissingParameter", "The request must contain the parameter MessageBody.");
  check_characters(body, "message body");
}

// One message as a request gives it; the id is the service's.
NewMessage read_message(const json::object& given, const QueueRow& queue,
                        const cloud::ServiceRequest& request, Random& random) {
  for (const char* name : {"MessageGroupId", "MessageDeduplicationId"}) {
    if (optional_text(given, name))
      throw sqs_error("InvalidParameterValue", "The request include parameter " + std::string(name) +
                                                   " that is only for FIFO queues.");
  }
  if (const json::value* system = given.if_contains("MessageSystemAttributes");
      system != nullptr && system->is_object() && !system->get_object().empty())
    throw sqs_error("UnsupportedOperation", "MessageSystemAttributes are not supported yet.", 501);
  NewMessage message;
  message.id = new_uuid(random);
  message.body = optional_text(given, "MessageBody").value_or("");
  check_body(message.body);
  message.attributes = read_attributes(given);
  message.sender = request.caller.user_id;
  message.delay =
      std::chrono::seconds(integer_between(given, "DelaySeconds", 0, 900, queue.number("DelaySeconds")));
  const std::int64_t most = queue.number("MaximumMessageSize");
  if (message.body.size() + size_of(message.attributes) > static_cast<std::size_t>(most))
    throw sqs_error("InvalidParameterValue",
                    "One or more parameters are invalid. Reason: Message must be shorter than " +
                        std::to_string(most) + " bytes.");
  return message;
}

json::object sent(const NewMessage& message) {
  json::object answer{{"MessageId", message.id}, {"MD5OfMessageBody", to_hex(aws::md5(message.body))}};
  if (!message.attributes.empty()) answer["MD5OfMessageAttributes"] = md5_of(message.attributes);
  return answer;
}

void count_metric(cloud::Connection& db, const QueueRow& queue, std::string name, std::size_t count,
                  Instant now) {
  if (count == 0) return;
  record_metric(db, {queue.account, "AWS/SQS", std::move(name), {{"QueueName", queue.name}}, "Count"},
                StatisticSet::of(static_cast<double>(count)), now);
}

// The objects of "Entries", their ids checked.
std::vector<const json::object*> read_entries(const json::object& given) {
  const json::value* value = given.if_contains("Entries");
  if (value == nullptr || !value->is_array() || value->get_array().empty())
    throw sqs_error("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (value->get_array().size() > entries_max)
    throw sqs_error("TooManyEntriesInBatchRequest",
                    "Maximum number of entries per request are 10. You have sent " +
                        std::to_string(value->get_array().size()) + ".");
  std::vector<const json::object*> entries;
  std::set<std::string> ids;
  for (const json::value& entry : value->get_array()) {
    if (!entry.is_object()) throw sqs_error("InvalidParameterValue", "An entry must be an object.");
    const std::string id = optional_text(entry.get_object(), "Id").value_or("");
    const bool well_formed = !id.empty() && id.size() <= 80 && has_only(id, "_-");
    if (!well_formed)
      throw sqs_error("InvalidBatchEntryId",
                      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                      "It can be at most 80 letters long.");
    if (!ids.insert(id).second) throw sqs_error("BatchEntryIdsNotDistinct", "Id " + id + " repeated.");
    entries.push_back(&entry.get_object());
  }
  return entries;
}

json::object failed_entry(const std::string& id, const ServiceError& error) {
  return {{"Id", id},
          {"SenderFault", error.status < 500},
          {"Code", error.code.substr(error.code.find('#') + 1)},
          {"Message", error.message}};
}

json::object batch_answer(json::array successful, json::array failed) {
  return {{"Successful", std::move(successful)}, {"Failed", std::move(failed)}};
}

std::string require_receipt(const json::object& given, const QueueRow& queue) {
  const std::string receipt = optional_text(given, "ReceiptHandle").value_or("");
  if (receipt.empty())
    throw sqs_error("MissingParameter", "The request must contain the parameter ReceiptHandle.");
  if (!is_receipt_of(queue.id, receipt))
    throw sqs_error("ReceiptHandleIsInvalid", "The input receipt handle \"" + receipt.substr(0, 100) +
                                                  "\" is not a valid receipt handle.");
  return receipt;
}

// What to do with one entry's receipt; a ServiceError is that entry's failure alone.
using ReceiptChange = std::function<void(cloud::Connection&, const QueueRow&, const json::object& entry)>;

Task<json::value> change_batch(cloud::RegionContext& region, const json::object& given,
                               ReceiptChange change) {
  const auto entries = read_entries(given);
  co_return co_await region.database.write([&](cloud::Connection& db) -> json::value {
    const QueueRow queue = require_queue(db, given);
    json::array successful, failed;
    for (const json::object* entry : entries) {
      const std::string id = require_text(*entry, "Id");
      try {
        change(db, queue, *entry);
        successful.push_back(json::object{{"Id", id}});
      } catch (const ServiceError& error) {
        failed.push_back(failed_entry(id, error));
      }
    }
    return batch_answer(std::move(successful), std::move(failed));
  });
}

ReceiptChange deletion(Instant now) {
  return [now](cloud::Connection& db, const QueueRow& queue, const json::object& entry) {
    const bool gone = delete_message(db, queue.id, require_receipt(entry, queue));
    count_metric(db, queue, "NumberOfMessagesDeleted", gone ? 1 : 0, now);
  };
}

ReceiptChange visibility_change(Instant now) {
  return [now](cloud::Connection& db, const QueueRow& queue, const json::object& entry) {
    const std::string receipt = require_receipt(entry, queue);
    if (!optional_integer(entry, "VisibilityTimeout"))
      throw sqs_error("MissingParameter", "The request must contain the parameter VisibilityTimeout.");
    const milliseconds timeout =
        std::chrono::seconds(integer_between(entry, "VisibilityTimeout", 0, 43'200, 0));
    if (change_visibility(db, queue.id, receipt, timeout, now) == VisibilityChange::not_in_flight)
      throw sqs_error("MessageNotInflight", "The message referred to isn't in flight.");
  };
}

bool asked_for(const std::vector<std::string>& wanted, std::string_view name) {
  return std::ranges::any_of(wanted, [&](const std::string& text) {
    if (text == "All" || text == ".*" || text == name) return true;
    return text.ends_with(".*") && name.starts_with(std::string_view(text).substr(0, text.size() - 1));
  });
}

struct Wanted {
  std::vector<std::string> system, attributes;
};

json::object told_message(const ReceivedMessage& message, const Wanted& wanted) {
  json::object told{{"MessageId", message.id},
                    {"ReceiptHandle", message.receipt},
                    {"MD5OfBody", to_hex(aws::md5(message.body))},
                    {"Body", message.body}};
  const auto text = [](Instant instant) { return std::to_string(instant.time_since_epoch().count()); };
  json::object system;
  const auto tell = [&](std::string_view name, const std::string& value) {
    if (asked_for(wanted.system, name) && !value.empty()) system[name] = value;
  };
  tell("SenderId", message.sender);
  tell("SentTimestamp", text(message.sent));
  tell("ApproximateReceiveCount", std::to_string(message.receives));
  tell("ApproximateFirstReceiveTimestamp", text(message.first_received));
  tell("DeadLetterQueueSourceArn", message.dead_letter_source);
  if (!system.empty()) told["Attributes"] = std::move(system);
  json::object attributes;
  MessageAttributes told_attributes;
  for (const auto& [name, attribute] : message.attributes) {
    if (!asked_for(wanted.attributes, name)) continue;
    told_attributes[name] = attribute;
    attributes[name] =
        attribute.is_binary()
            ? json::object{{"DataType", attribute.type}, {"BinaryValue", to_base64(attribute.value)}}
            : json::object{{"DataType", attribute.type}, {"StringValue", attribute.value}};
  }
  if (!attributes.empty()) {
    told["MessageAttributes"] = std::move(attributes);
    told["MD5OfMessageAttributes"] = md5_of(told_attributes);
  }
  return told;
}

}  // namespace

Task<json::value> send_message(cloud::RegionContext& region, const MessageWaiters&,
                               const cloud::ServiceRequest& request, const json::object& given) {
  const Instant now = region.clock.now();
  const QueueRow queue = require_queue(region.database.reader(), given);
  const NewMessage message = read_message(given, queue, request, region.random);
  co_await region.database.write([&](cloud::Connection& db) {
    const QueueRow at = require_queue(db, given);
    add_message(db, at.id, message, now);
    count_metric(db, at, "NumberOfMessagesSent", 1, now);
  });
  region.wake_services();
  co_return sent(message);
}

Task<json::value> send_message_batch(cloud::RegionContext& region, const MessageWaiters&,
                                     const cloud::ServiceRequest& request, const json::object& given) {
  const Instant now = region.clock.now();
  const QueueRow queue = require_queue(region.database.reader(), given);
  std::vector<NewMessage> messages;
  json::array successful, failed;
  std::size_t bytes = 0;
  for (const json::object* entry : read_entries(given)) {
    const std::string id = require_text(*entry, "Id");
    try {
      messages.push_back(read_message(*entry, queue, request, region.random));
      bytes += messages.back().body.size() + size_of(messages.back().attributes);
      json::object answer = sent(messages.back());
      answer["Id"] = id;
      successful.push_back(std::move(answer));
    } catch (const ServiceError& error) {
      failed.push_back(failed_entry(id, error));
    }
  }
  if (bytes > batch_bytes_max)
    throw sqs_error("BatchRequestTooLong",
                    "Batch requests cannot be longer than 1048576 bytes. You have sent " +
                        std::to_string(bytes) + " bytes.");
  co_await region.database.write([&](cloud::Connection& db) {
    const QueueRow at = require_queue(db, given);
    for (const NewMessage& message : messages) add_message(db, at.id, message, now);
    count_metric(db, at, "NumberOfMessagesSent", messages.size(), now);
  });
  region.wake_services();
  co_return batch_answer(std::move(successful), std::move(failed));
}

Task<json::value> receive_message(cloud::RegionContext& region, const MessageWaiters& waiters,
                                  const cloud::ServiceRequest& request, const json::object& given) {
  const QueueRow named = require_queue(region.database.reader(), given);
  const std::int64_t most = integer_between(given, "MaxNumberOfMessages", 1, messages_max, 1);
  const milliseconds patience = std::chrono::seconds(
      integer_between(given, "WaitTimeSeconds", 0, 20, named.number("ReceiveMessageWaitTimeSeconds")));
  const milliseconds visibility = std::chrono::seconds(
      integer_between(given, "VisibilityTimeout", 0, 43'200, named.number("VisibilityTimeout")));
  Wanted wanted{text_list(given, "MessageSystemAttributeNames", sqs_words),
                text_list(given, "MessageAttributeNames", sqs_words)};
  for (std::string& name : text_list(given, "AttributeNames", sqs_words))
    wanted.system.push_back(std::move(name));

  Waiting waiting(waiters, co_await boost::asio::this_coro::executor);
  const milliseconds until = region.clock.uptime() + patience;
  std::vector<ReceivedMessage> received;
  while (true) {
    const QueueRow queue = require_queue(region.database.reader(), given);
    const Instant now = region.clock.now();
    if (has_visible_message(region.database.reader(), queue, now)) {
      std::vector<std::string> receipts;
      for (std::int64_t i = 0; i < most; ++i) receipts.push_back(region.random.hex(32));
      const std::string name = region.options.region.text();
      received = co_await region.database.write([&](cloud::Connection& db) {
        auto taken = receive_messages(db, queue, name, receipts, visibility, now);
        count_metric(db, queue, "NumberOfMessagesReceived", taken.size(), now);
        return taken;
      });
      region.wake_services();  // some may have moved to a dead-letter queue
    }
    const milliseconds left = until - region.clock.uptime();
    if (!received.empty() || left <= milliseconds(0)) break;
    const auto next = next_visible(region.database.reader(), queue, now);
    const milliseconds pause =
        next ? std::clamp<milliseconds>(*next - region.clock.now(), milliseconds(1), left) : left;
    co_await waiting.wait(region.clock, pause);
  }
  json::array messages;
  for (const ReceivedMessage& message : received) messages.push_back(told_message(message, wanted));
  json::object answer;
  if (!messages.empty()) answer["Messages"] = std::move(messages);
  co_return answer;
}

Task<json::value> delete_message_operation(cloud::RegionContext& region, const MessageWaiters&,
                                           const cloud::ServiceRequest&, const json::object& given) {
  const ReceiptChange change = deletion(region.clock.now());
  co_await region.database.write([&](cloud::Connection& db) { change(db, require_queue(db, given), given); });
  co_return json::object();
}

Task<json::value> delete_message_batch(cloud::RegionContext& region, const MessageWaiters&,
                                       const cloud::ServiceRequest&, const json::object& given) {
  co_return co_await change_batch(region, given, deletion(region.clock.now()));
}

Task<json::value> change_message_visibility(cloud::RegionContext& region, const MessageWaiters&,
                                            const cloud::ServiceRequest&, const json::object& given) {
  const ReceiptChange change = visibility_change(region.clock.now());
  co_await region.database.write([&](cloud::Connection& db) { change(db, require_queue(db, given), given); });
  region.wake_services();
  co_return json::object();
}

Task<json::value> change_message_visibility_batch(cloud::RegionContext& region, const MessageWaiters&,
                                                  const cloud::ServiceRequest&, const json::object& given) {
  json::value answer = co_await change_batch(region, given, visibility_change(region.clock.now()));
  region.wake_services();
  co_return answer;
}

}  // namespace s3dr::services
