#include "cloud/services/sns/sns_service.h"

#include <boost/asio/this_coro.hpp>
#include <optional>
#include <set>
#include <utility>

#include "cloud/services/common/query_protocol.h"
#include "cloud/services/common/service_ids.h"
#include "cloud/services/metrics/metric_store.h"
#include "cloud/services/sns/sns_request.h"
#include "cloud/services/sns/sns_store.h"

namespace s3dr::services {
namespace {

constexpr std::size_t body_bytes_limit = 2 * 1024 * 1024;  // 256 KiB, every byte of it escaped
constexpr std::size_t page_size = 100;
constexpr std::size_t entries_max = 10;
// An answer that could have members and has none. SDKs expect its element nevertheless.
const std::string empty_result = "\n";
constexpr std::string_view name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

void check_topic_name(const std::string& name) {
  if (name.ends_with(".fifo")) throw not_implemented("A FIFO topic");
  if (name.empty() || name.size() > 256 || name.find_first_not_of(name_characters) != std::string::npos)
    throw invalid_parameter("Topic Name", "it is 1 to 256 letters, digits, hyphens and underscores");
}

// The position from which a listing continues.
std::int64_t after_of(const QueryForm& form) {
  const std::string token = form.get("NextToken").value_or("");
  if (token.empty()) return 0;
  if (token.size() > 18 || token.find_first_not_of("0123456789") != std::string::npos)
    throw invalid_parameter("NextToken", "it is none of this listing");
  return std::stoll(token);
}

std::string entries_xml(std::string_view name, const NamedTexts& texts) {
  std::string entries;
  for (const auto& [key, value] : texts)
    entries += xml_nested("entry", xml_element("key", key) + xml_element("value", value));
  return xml_nested(name, entries);
}

// Setting an attribute to the empty text takes it away.
void set_or_erase(NamedTexts& attributes, const std::string& name, const std::string& value) {
  if (value.empty())
    attributes.erase(name);
  else
    attributes[name] = value;
}

ResourceTags checked_tags(ResourceTags tags) {
  if (const auto why = why_refused(tags)) throw invalid_parameter("Tags", *why);
  return tags;
}

// A function or queue of this account and region: others would have to confirm.
void check_endpoint(const cloud::ServiceRequest& request, const std::string& region,
                    const std::string& protocol, const std::string& endpoint) {
  const auto arn = aws::parse_arn(endpoint);
  const bool fits =
      arn && arn->service == protocol && (protocol == "sqs" || arn->resource.starts_with("function:"));
  if (!fits)
    throw invalid_parameter(protocol == "sqs" ? "SQS endpoint ARN" : "Lambda endpoint ARN", "malformed");
  if (arn->region != region) throw not_implemented("Delivery to another region");
  if (arn->account != request.caller.account.text()) throw not_implemented("Delivery to another account");
}

bool holds_all(const NamedTexts& has, const NamedTexts& given) {
  for (const auto& [name, value] : given) {
    const auto found = has.find(name);
    if ((found == has.end() ? "" : found->second) != value) return false;
  }
  return true;
}

class SnsService : public cloud::Service {
 public:
  SnsService(cloud::RegionContext& region, SnsRetryOptions options) : region_(region), options_(options) {
    api_.name_space = "http://sns.amazonaws.com/doc/2010-03-31/";
    api_.operations = {
        {"CreateTopic", operation_of(this, &SnsService::create_topic)},
        {"DeleteTopic", operation_of(this, &SnsService::remove_topic)},
        {"ListTopics", operation_of(this, &SnsService::topics)},
        {"GetTopicAttributes", operation_of(this, &SnsService::get_topic_attributes)},
        {"SetTopicAttributes", operation_of(this, &SnsService::set_topic_attributes)},
        {"Subscribe", operation_of(this, &SnsService::subscribe)},
        {"Unsubscribe", operation_of(this, &SnsService::unsubscribe)},
        {"ListSubscriptions", operation_of(this, &SnsService::subscriptions)},
        {"ListSubscriptionsByTopic", operation_of(this, &SnsService::subscriptions_by_topic)},
        {"GetSubscriptionAttributes", operation_of(this, &SnsService::get_subscription_attributes)},
        {"SetSubscriptionAttributes", operation_of(this, &SnsService::set_subscription_attributes)},
        {"Publish", operation_of(this, &SnsService::publish_one)},
        {"PublishBatch", operation_of(this, &SnsService::publish_batch)},
        {"TagResource", operation_of(this, &SnsService::tag)},
        {"UntagResource", operation_of(this, &SnsService::untag)},
        {"ListTagsForResource", operation_of(this, &SnsService::list_tags)}};
  }

  std::string_view signing_name() const override { return "sns"; }
  std::size_t body_bytes_max() const override { return body_bytes_limit; }
  Task<HttpResponse> handle(cloud::ServiceRequest request) override {
    return answer_query(api_, std::move(request));
  }
  std::string resource_policy(const std::string& arn) override {
    const auto parsed = aws::parse_arn(arn);
    if (!parsed || parsed->region != name()) return "";
    const auto topic = find_topic(reader(), parsed->account, parsed->resource);
    if (!topic) return "";
    const auto set = topic->attributes.find("Policy");
    return set == topic->attributes.end() ? "" : set->second;
  }
  bool works() const override { return true; }
  void wake() override {
    if (wake_) wake_->notify();
  }
  Task<> run() override {
    wake_.emplace(co_await boost::asio::this_coro::executor);
    co_await deliver_notifications(region_, options_, *wake_);
  }

 private:
  const std::string& name() const { return region_.options.region.text(); }
  cloud::Connection& reader() { return region_.database.reader(); }

  Task<std::string> create_topic(const cloud::ServiceRequest& request, const QueryForm& form) {
    TopicRow wanted;
    wanted.account = request.caller.account.text();
    wanted.name = form.require("Name");
    check_topic_name(wanted.name);
    wanted.tags = checked_tags(form.tags());
    for (const auto& [attribute, value] : form.map("Attributes")) {
      if (check_topic_attribute(region_.global, attribute, value)) wanted.attributes[attribute] = value;
    }
    co_await region_.database.write([&](cloud::Connection& db) {
      const auto topic = find_topic(db, wanted.account, wanted.name);
      if (!topic) {
        add_topic(db, wanted);
        return;
      }
      if (!holds_all(topic->attributes, wanted.attributes))
        throw invalid_parameter("Attributes", "Topic already exists with different attributes");
      if (!holds_all(topic->tags, wanted.tags))
        throw invalid_parameter("Tags", "Topic already exists with different tags");
    });
    co_return xml_element("TopicArn", wanted.arn(name()));
  }

  Task<std::string> remove_topic(const cloud::ServiceRequest& request, const QueryForm& form) {
    const std::string arn = form.require("TopicArn");
    co_await region_.database.write([&](cloud::Connection& db) {
      const aws::Arn parsed = checked_topic_arn(name(), arn);
      if (!find_topic(db, parsed.account, parsed.resource)) return;  // gone already
      delete_topic(db, require_topic(db, name(), arn).id);
    });
    co_return "";
  }

  Task<std::string> topics(const cloud::ServiceRequest& request, const QueryForm& form) {
    const auto rows = list_topics(reader(), request.caller.account.text(), after_of(form), page_size + 1);
    std::string xml = "<Topics>";
    for (std::size_t i = 0; i < rows.size() && i < page_size; ++i)
      xml += "<member>" + xml_element("TopicArn", rows[i].arn(name())) + "</member>";
    xml += "</Topics>";
    if (rows.size() > page_size) xml += xml_element("NextToken", std::to_string(rows[page_size - 1].id));
    co_return xml;
  }

  Task<std::string> get_topic_attributes(const cloud::ServiceRequest& request, const QueryForm& form) {
    const TopicRow topic = require_topic(reader(), name(), form.require("TopicArn"));
    co_return entries_xml("Attributes", told_topic_attributes(reader(), name(), topic));
  }

  Task<std::string> set_topic_attributes(const cloud::ServiceRequest& request, const QueryForm& form) {
    const std::string arn = form.require("TopicArn");
    const std::string attribute = form.require("AttributeName");
    const std::string value = form.get("AttributeValue").value_or("");
    const bool kept = check_topic_attribute(region_.global, attribute, value);
    co_await region_.database.write([&](cloud::Connection& db) {
      TopicRow topic = require_topic(db, name(), arn);
      if (!kept) return;
      set_or_erase(topic.attributes, attribute, value);
      save_topic(db, topic);
    });
    co_return "";
  }

  Task<std::string> subscribe(const cloud::ServiceRequest& request, const QueryForm& form) {
    SubscriptionRow wanted;
    wanted.topic_arn = form.require("TopicArn");
    wanted.protocol = form.require("Protocol");
    wanted.endpoint = form.get("Endpoint").value_or("");
    wanted.account = request.caller.account.text();
    require_topic(reader(), name(), wanted.topic_arn);
    if (wanted.protocol != "lambda" && wanted.protocol != "sqs")
      throw not_implemented("Protocol " + wanted.protocol);
    check_endpoint(request, name(), wanted.protocol, wanted.endpoint);
    for (const auto& [attribute, value] : form.map("Attributes")) {
      if (check_subscription_attribute(request, name(), wanted.protocol, attribute, value))
        wanted.attributes[attribute] = value;
    }
    wanted.arn = wanted.topic_arn + ":" + new_uuid(region_.random);
    const std::string arn = co_await region_.database.write([&](cloud::Connection& db) {
      wanted.topic = require_topic(db, name(), wanted.topic_arn).id;
      const auto there = find_subscription(db, wanted.topic, wanted.protocol, wanted.endpoint);
      if (there && !holds_all(told_subscription_attributes(*there), wanted.attributes))
        throw invalid_parameter("Attributes", "Subscription already exists with different attributes");
      if (there) return there->arn;
      add_subscription(db, wanted);
      return wanted.arn;
    });
    co_return xml_element("SubscriptionArn", arn);
  }

  Task<std::string> unsubscribe(const cloud::ServiceRequest& request, const QueryForm& form) {
    const std::string arn = form.require("SubscriptionArn");
    co_await region_.database.write([&](cloud::Connection& db) {
      if (!find_subscription(db, arn) && aws::parse_arn(arn)) return;  // gone already
      delete_subscription(db, require_subscription(db, request, arn).id);
    });
    co_return "";
  }

  std::string subscriptions_xml(const std::vector<SubscriptionRow>& rows) {
    std::string xml = "<Subscriptions>";
    for (std::size_t i = 0; i < rows.size() && i < page_size; ++i) {
      xml += "<member>" + xml_element("SubscriptionArn", rows[i].arn) +
             xml_element("Owner", rows[i].account) + xml_element("Protocol", rows[i].protocol) +
             xml_element("Endpoint", rows[i].endpoint) + xml_element("TopicArn", rows[i].topic_arn) +
             "</member>";
    }
    xml += "</Subscriptions>";
    if (rows.size() > page_size) xml += xml_element("NextToken", std::to_string(rows[page_size - 1].id));
    return xml;
  }

  Task<std::string> subscriptions(const cloud::ServiceRequest& request, const QueryForm& form) {
    co_return subscriptions_xml(
        list_subscriptions(reader(), request.caller.account.text(), 0, after_of(form), page_size + 1));
  }

  Task<std::string> subscriptions_by_topic(const cloud::ServiceRequest& request, const QueryForm& form) {
    const TopicRow topic = require_topic(reader(), name(), form.require("TopicArn"));
    co_return subscriptions_xml(list_subscriptions(reader(), "", topic.id, after_of(form), page_size + 1));
  }

  Task<std::string> get_subscription_attributes(const cloud::ServiceRequest& request, const QueryForm& form) {
    const SubscriptionRow row = require_subscription(reader(), request, form.require("SubscriptionArn"));
    co_return entries_xml("Attributes", told_subscription_attributes(row));
  }

  Task<std::string> set_subscription_attributes(const cloud::ServiceRequest& request, const QueryForm& form) {
    const std::string arn = form.require("SubscriptionArn");
    const std::string attribute = form.require("AttributeName");
    const std::string value = form.get("AttributeValue").value_or("");
    co_await region_.database.write([&](cloud::Connection& db) {
      SubscriptionRow row = require_subscription(db, request, arn);
      if (!check_subscription_attribute(request, name(), row.protocol, attribute, value)) return;
      set_or_erase(row.attributes, attribute, value);
      save_subscription(db, row);
    });
    co_return "";
  }

  void publish_all(cloud::Connection& db, const TopicRow& topic, const std::vector<Publication>& publications,
                   Instant now) {
    for (const Publication& publication : publications) publish(db, topic, publication, now);
    if (publications.empty()) return;
    record_metric(
        db, {topic.account, "AWS/SNS", "NumberOfMessagesPublished", {{"TopicName", topic.name}}, "Count"},
        StatisticSet::of(static_cast<double>(publications.size())), now);
  }

  Task<std::string> publish_one(const cloud::ServiceRequest& request, const QueryForm& form) {
    if (form.get("PhoneNumber")) throw not_implemented("Publishing to a phone number");
    const std::string arn = form.get("TopicArn") ? form.require("TopicArn") : form.require("TargetArn");
    require_topic(reader(), name(), arn);
    const std::vector<Publication> publications{read_publication(form, "", region_.random)};
    const Instant now = region_.clock.now();
    co_await region_.database.write(
        [&](cloud::Connection& db) { publish_all(db, require_topic(db, name(), arn), publications, now); });
    region_.wake_services();
    co_return xml_element("MessageId", publications.at(0).message_id);
  }

  Task<std::string> publish_batch(const cloud::ServiceRequest& request, const QueryForm& form) {
    const std::string arn = form.require("TopicArn");
    require_topic(reader(), name(), arn);
    const std::string entries = "PublishBatchRequestEntries.member";
    const std::vector<std::string> ids = form.list(entries, "Id");
    if (ids.empty()) throw ServiceError{"EmptyBatchRequest", "The batch request contains no entries.", 400};
    if (ids.size() > entries_max)
      throw ServiceError{"TooManyEntriesInBatchRequest", "The batch request contains more than 10 entries.",
                         400};
    if (std::set<std::string>(ids.begin(), ids.end()).size() != ids.size())
      throw ServiceError{"BatchEntryIdsNotDistinct", "Two entries of the batch have the same Id.", 400};
    std::vector<Publication> publications;
    std::string successful, failed;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i].empty() || ids[i].size() > 80 ||
          ids[i].find_first_not_of(name_characters) != std::string::npos)
        throw ServiceError{"InvalidBatchEntryId", "The Id of a batch entry is not allowed.", 400};
      try {
        publications.push_back(
            read_publication(form, entries + "." + std::to_string(i + 1) + ".", region_.random));
        bytes += size_of(publications.back());
        successful += "<member>" + xml_element("Id", ids[i]) +
                      xml_element("MessageId", publications.back().message_id) + "</member>";
      } catch (const ServiceError& error) {
        failed += "<member>" + xml_element("Id", ids[i]) + xml_element("Code", error.code) +
                  xml_element("Message", error.message) + xml_element("SenderFault", "true") + "</member>";
      }
    }
    if (bytes > publication_bytes_max)
      throw ServiceError{"BatchRequestTooLong",
                         "The length of all the messages put together is over the limit.", 400};
    const Instant now = region_.clock.now();
    co_await region_.database.write(
        [&](cloud::Connection& db) { publish_all(db, require_topic(db, name(), arn), publications, now); });
    region_.wake_services();
    co_return "<Successful>" + successful + "</Successful><Failed>" + failed + "</Failed>";
  }

  TopicRow require_resource(cloud::Connection& db, const cloud::ServiceRequest& request,
                            const QueryForm& form) {
    const std::string text = form.require("ResourceArn");
    const aws::Arn arn = checked_topic_arn(name(), text);
    // Not among what a topic's policy can grant.
    if (arn.account != request.caller.account.text()) {
      throw ServiceError{"AuthorizationError",
                         "User: " + request.caller.arn + " is not authorized on resource: " + text, 403};
    }
    if (!find_topic(db, arn.account, arn.resource))
      throw ServiceError{"ResourceNotFound", "Resource does not exist", 404};
    return require_topic(db, name(), text);
  }

  Task<std::string> tag(const cloud::ServiceRequest& request, const QueryForm& form) {
    const ResourceTags added = form.tags();
    co_await region_.database.write([&](cloud::Connection& db) {
      TopicRow topic = require_resource(db, request, form);
      for (const auto& [key, value] : added) topic.tags[key] = value;
      topic.tags = checked_tags(std::move(topic.tags));
      save_topic(db, topic);
    });
    co_return empty_result;
  }

  Task<std::string> untag(const cloud::ServiceRequest& request, const QueryForm& form) {
    co_await region_.database.write([&](cloud::Connection& db) {
      TopicRow topic = require_resource(db, request, form);
      for (const std::string& key : form.list("TagKeys.member")) topic.tags.erase(key);
      save_topic(db, topic);
    });
    co_return empty_result;
  }

  Task<std::string> list_tags(const cloud::ServiceRequest& request, const QueryForm& form) {
    co_return xml_tags(require_resource(reader(), request, form).tags);
  }

  cloud::RegionContext& region_;
  SnsRetryOptions options_;
  std::optional<Notifier> wake_;
  QueryApi api_;
};

}  // namespace

std::unique_ptr<cloud::Service> make_sns_service(cloud::RegionContext& region, SnsRetryOptions options) {
  return std::make_unique<SnsService>(region, options);
}

}  // namespace s3dr::services
