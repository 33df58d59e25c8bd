#include "cloud/services/sqs/sqs_service.h"

#include <algorithm>
#include <utility>

#include "aws/arn.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/sqs/sqs_attributes.h"
#include "cloud/services/sqs/sqs_messages.h"
#include "cloud/services/sqs/sqs_protocol.h"
#include "cloud/services/sqs/sqs_request.h"
#include "cloud/services/sqs/sqs_store.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t body_bytes_limit = 8 * 1024 * 1024;  // 1 MiB of text, every byte of it escaped
constexpr milliseconds expiry_interval{60'000};
constexpr std::int64_t page_max = 1000;

bool is_queue_name(const std::string& name) {
  return !name.empty() && name.size() <= 80 && has_only(name, "_-");
}

std::string require_queue_name(const json::object& given) {
  const std::string name = optional_text(given, "QueueName").value_or("");
  if (name.empty()) throw sqs_error("MissingParameter", "The request must contain the parameter QueueName.");
  return name;
}

json::object attributes_of(const json::object& given) {
  const json::object* attributes = optional_object(given, "Attributes", sqs_words);
  return attributes != nullptr ? *attributes : json::object();
}

ResourceTags checked_tags(ResourceTags tags) {
  if (const auto why = why_refused(tags)) throw sqs_error("InvalidParameterValue", *why);
  return tags;
}

class SqsService : public cloud::Service {
 public:
  explicit SqsService(cloud::RegionContext& region)
      : region_(region),
        protocols_({{"CreateQueue", operation_of(this, &SqsService::create_queue)},
                    {"DeleteQueue", operation_of(this, &SqsService::delete_queue)},
                    {"GetQueueUrl", operation_of(this, &SqsService::get_queue_url)},
                    {"ListQueues", operation_of(this, &SqsService::list)},
                    {"GetQueueAttributes", operation_of(this, &SqsService::get_attributes)},
                    {"SetQueueAttributes", operation_of(this, &SqsService::set_attributes)},
                    {"PurgeQueue", operation_of(this, &SqsService::purge)},
                    {"TagQueue", operation_of(this, &SqsService::tag)},
                    {"UntagQueue", operation_of(this, &SqsService::untag)},
                    {"ListQueueTags", operation_of(this, &SqsService::list_tags)},
                    {"SendMessage", of_messages(&send_message)},
                    {"SendMessageBatch", of_messages(&send_message_batch)},
                    {"ReceiveMessage", of_messages(&receive_message)},
                    {"DeleteMessage", of_messages(&delete_message_operation)},
                    {"DeleteMessageBatch", of_messages(&delete_message_batch)},
                    {"ChangeMessageVisibility", of_messages(&change_message_visibility)},
                    {"ChangeMessageVisibilityBatch", of_messages(&change_message_visibility_batch)}}) {}

  std::string_view signing_name() const override { return "sqs"; }
  std::size_t body_bytes_max() const override { return body_bytes_limit; }
  std::string resource_policy(const std::string& arn) override {
    const auto parsed = aws::parse_arn(arn);
    if (!parsed || parsed->region != region_name()) return "";
    const auto queue = find_queue(region_.database.reader(), parsed->account, parsed->resource);
    return queue ? text_or_empty(queue->attributes, "Policy") : "";
  }
  bool works() const override { return true; }
  void wake() override { waiters_.notify_all(); }

  Task<HttpResponse> handle(cloud::ServiceRequest request) override {
    co_return co_await protocols_.answer(std::move(request));
  }

  // Removes expired messages that nobody fetches. A receiver never gets an expired one anyway.
  Task<> run() override {
    while (true) {
      const Instant now = region_.clock.now();
      co_await region_.database.write([&](cloud::Connection& db) { delete_expired(db, now); });
      co_await region_.clock.sleep(expiry_interval);
    }
  }

 private:
  JsonOperation of_messages(SqsOperation* operation) {
    return [this, operation](const cloud::ServiceRequest& request, const json::object& given) {
      return operation(region_, waiters_, request, given);
    };
  }

  const std::string& region_name() const { return region_.options.region.text(); }

  Task<json::value> create_queue(const cloud::ServiceRequest& request, const json::object& given) {
    const std::string name = require_queue_name(given);
    if (name.ends_with(".fifo"))
      throw sqs_error("UnsupportedOperation", "FIFO queues are not supported yet.", 501);
    if (!is_queue_name(name))
      throw sqs_error("InvalidParameterValue",
                      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
    const json::object attributes = attributes_of(given);
    const ResourceTags tags = checked_tags(text_map(given, "tags", sqs_words));
    const std::string account = request.caller.account.text();
    const Instant now = region_.clock.now();
    co_await region_.database.write([&](cloud::Connection& db) {
      const json::object checked = checked_attributes(db, attributes, region_name(), account);
      auto queue = find_queue(db, account, name);
      if (queue) {
        const std::string differing = differing_attribute(*queue, checked);
        if (differing.empty()) return;
        throw sqs_error(
            "QueueNameExists",
            "A queue already exists with the same name and a different value for attribute " + differing);
      }
      db.prepare("INSERT INTO sqs_queue (account, name, created_ms) VALUES (?, ?, ?)")
          .bind(account, name, now.time_since_epoch().count())
          .run();
      queue = find_queue(db, account, name);
      apply_attributes(*queue, checked);
      queue->tags = tags;
      queue->modified = now;
      save_queue(db, *queue);
    });
    co_return json::object{{"QueueUrl", queue_url(request, account, name)}};
  }

  Task<json::value> delete_queue(const cloud::ServiceRequest& request, const json::object& given) {
    co_await region_.database.write([&](cloud::Connection& db) {
      const QueueRow queue = require_own_queue(db, request, given);
      db.prepare("DELETE FROM sqs_message WHERE queue = ?").bind(queue.id).run();
      db.prepare("DELETE FROM sqs_queue WHERE id = ?").bind(queue.id).run();
    });
    region_.wake_services();  // those who wait for its messages
    co_return json::object();
  }

  Task<json::value> get_queue_url(const cloud::ServiceRequest& request, const json::object& given) {
    const std::string name = require_queue_name(given);
    const std::string own = request.caller.account.text();
    const std::string account = optional_text(given, "QueueOwnerAWSAccountId").value_or(own);
    if (!find_queue(region_.database.reader(), account, name))
      throw sqs_error("QueueDoesNotExist", "The specified queue does not exist.");
    co_return json::object{{"QueueUrl", queue_url(request, account, name)}};
  }

  Task<json::value> list(const cloud::ServiceRequest& request, const json::object& given) {
    const std::string account = request.caller.account.text();
    const auto limit = integer_between(given, "MaxResults", 1, page_max, page_max);
    const auto queues =
        list_queues(region_.database.reader(), account, optional_text(given, "QueueNamePrefix").value_or(""),
                    optional_text(given, "NextToken").value_or(""), static_cast<std::size_t>(limit) + 1);
    json::array urls;
    json::object answer;
    for (const QueueRow& queue : queues) {
      if (urls.size() == static_cast<std::size_t>(limit)) {
        // Without MaxResults AWS lists the first thousand and gives no token for the others.
        if (given.contains("MaxResults")) answer["NextToken"] = queues[urls.size() - 1].name;
        break;
      }
      urls.emplace_back(queue_url(request, account, queue.name));
    }
    if (!urls.empty()) answer["QueueUrls"] = std::move(urls);
    co_return answer;
  }

  Task<json::value> get_attributes(const cloud::ServiceRequest& request, const json::object& given) {
    cloud::Connection& db = region_.database.reader();
    json::object told = told_attributes(db, require_queue(db, given), region_name(),
                                        text_list(given, "AttributeNames", sqs_words), region_.clock.now());
    json::object answer;
    if (!told.empty()) answer["Attributes"] = std::move(told);
    co_return answer;
  }

  Task<json::value> set_attributes(const cloud::ServiceRequest& request, const json::object& given) {
    const json::object attributes = attributes_of(given);
    if (attributes.empty())
      throw sqs_error("MissingParameter", "The request must contain the parameter Attributes.");
    const Instant now = region_.clock.now();
    co_await region_.database.write([&](cloud::Connection& db) {
      QueueRow queue = require_own_queue(db, request, given);
      apply_attributes(queue, checked_attributes(db, attributes, region_name(), queue.account));
      queue.modified = now;
      save_queue(db, queue);
    });
    region_.wake_services();
    co_return json::object();
  }

  Task<json::value> purge(const cloud::ServiceRequest& request, const json::object& given) {
    co_await region_.database.write([&](cloud::Connection& db) {
      db.prepare("DELETE FROM sqs_message WHERE queue = ?").bind(require_queue(db, given).id).run();
    });
    co_return json::object();
  }

  Task<json::value> tag(const cloud::ServiceRequest& request, const json::object& given) {
    const ResourceTags added = text_map(given, "Tags", sqs_words);
    if (added.empty()) throw sqs_error("MissingParameter", "The request must contain the parameter Tags.");
    co_await region_.database.write([&](cloud::Connection& db) {
      QueueRow queue = require_own_queue(db, request, given);
      for (const auto& [key, value] : added) queue.tags[key] = value;
      queue.tags = checked_tags(std::move(queue.tags));
      save_queue(db, queue);
    });
    co_return json::object();
  }

  Task<json::value> untag(const cloud::ServiceRequest& request, const json::object& given) {
    const std::vector<std::string> keys = text_list(given, "TagKeys", sqs_words);
    co_await region_.database.write([&](cloud::Connection& db) {
      QueueRow queue = require_own_queue(db, request, given);
      for (const std::string& key : keys) queue.tags.erase(key);
      save_queue(db, queue);
    });
    co_return json::object();
  }

  Task<json::value> list_tags(const cloud::ServiceRequest& request, const json::object& given) {
    json::object tags;
    for (const auto& [key, value] : require_own_queue(region_.database.reader(), request, given).tags)
      tags[key] = value;
    json::object answer;
    if (!tags.empty()) answer["Tags"] = std::move(tags);
    co_return answer;
  }

  cloud::RegionContext& region_;
  MessageWaiters waiters_;
  SqsProtocols protocols_;
};

}  // namespace

std::unique_ptr<cloud::Service> make_sqs_service(cloud::RegionContext& region) {
  return std::make_unique<SqsService>(region);
}

}  // namespace s3dr::services
