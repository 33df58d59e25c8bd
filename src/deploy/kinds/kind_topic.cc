// SNS topics and the subscriptions of functions to them.
#include "base/error.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/policy_document.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

json::object map_of(const QueryAnswer& answer) {
  json::object result;
  for (const pugi::xml_node entry : elements_of(answer.at({"Attributes"})))
    result[aws::xml::child_text(entry, "key")] = aws::xml::child_text(entry, "value");
  return result;
}

class TopicKind : public ResourceKind {
 public:
  explicit TopicKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    Form form{{"TopicArn", resource.arn}};
    const auto answer = co_await calls_.query_if_found("sns", "GetTopicAttributes", std::move(form));
    if (!answer) co_return std::nullopt;
    const json::object attributes = map_of(*answer);
    json::object properties{{"display_name", text_at(attributes, {"DisplayName"})},
                            {"policy", normal_policy_of_text(text_at(attributes, {"Policy"}))}};
    Form whose{{"ResourceArn", resource.arn}};
    const auto tags = co_await calls_.query_if_found("sns", "ListTagsForResource", std::move(whose));
    if (!tags) co_return std::nullopt;
    json::object live_tags;
    for (const pugi::xml_node tag : elements_of(tags->at({"Tags"})))
      live_tags[aws::xml::child_text(tag, "Key")] = aws::xml::child_text(tag, "Value");
    co_return live_with_tags(std::move(properties), std::move(live_tags));
  }

  // Without attributes: CreateTopic returns an existing topic, but fails if its tags or attributes differ.
  Task<> create(Resource resource) override {
    Form form{{"Name", resource.name}};
    add_tags(form, tags_of(resource.properties));
    client::ServiceCall call =
        client::query_call("sns", "CreateTopic", "2010-03-31", std::move(form), Repeatable::only_unsent);
    const auto outcome = co_await calls_.client().call(std::move(call));
    if (!outcome) {
      Error error = outcome.error();
      if (error.code() == "InvalidParameter" && error.message().find("already exists") != std::string::npos) {
        throw Error(ErrorKind::precondition_failed, error.message()).with_code(error.code());
      }
      throw error;
    }
    co_await set(resource, "DisplayName", text_at(resource.properties, {"display_name"}));
    co_await set(resource, "Policy", json::serialize(resource.properties.at("policy")));
  }

  Task<> update(Resource resource, Live, std::vector<FieldChange> fields) override {
    if (concerns(fields, "tags")) {
      Form form{{"ResourceArn", resource.arn}};
      add_tags(form, tags_of(resource.properties));
      co_await calls_.query("sns", "TagResource", std::move(form));
    }
    if (concerns(fields, "display_name"))
      co_await set(resource, "DisplayName", text_at(resource.properties, {"display_name"}));
    if (concerns(fields, "policy"))
      co_await set(resource, "Policy", json::serialize(resource.properties.at("policy")));
  }

  Task<> remove(Resource resource) override {
    Form form{{"TopicArn", resource.arn}};
    co_await calls_.query_if_found("sns", "DeleteTopic", std::move(form));
  }

 private:
  Task<> set(Resource resource, std::string name, std::string value) {
    Form form{
        {"TopicArn", resource.arn}, {"AttributeName", std::move(name)}, {"AttributeValue", std::move(value)}};
    co_await calls_.query("sns", "SetTopicAttributes", std::move(form));
  }

  ServiceCalls calls_;
};

class SubscriptionKind : public ResourceKind {
 public:
  explicit SubscriptionKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    const std::string arn = co_await arn_of(resource);
    if (arn.empty()) co_return std::nullopt;
    Form form{{"SubscriptionArn", arn}};
    const auto answer = co_await calls_.query_if_found("sns", "GetSubscriptionAttributes", std::move(form));
    if (!answer) co_return std::nullopt;
    const json::object attributes = map_of(*answer);
    const json::value redrive = normal_policy_of_text(text_at(attributes, {"RedrivePolicy"}));
    Live live;
    live.properties = {{"topic", resource.properties.at("topic")},
                       {"protocol", resource.properties.at("protocol")},
                       {"endpoint", resource.properties.at("endpoint")},
                       {"dead_letters", text_at(redrive, {"deadLetterTargetArn"})}};
    // Settings that would keep messages from the function.
    for (const char* filter : {"FilterPolicy", "RawMessageDelivery"}) {
      const std::string value = text_at(attributes, {filter});
      if (!value.empty() && value != "false" && value != "{}") live.properties[filter] = value;
    }
    co_return live;
  }

  Task<> create(Resource resource) override {
    Form form{{"TopicArn", text_at(resource.properties, {"topic"})},
              {"Protocol", text_at(resource.properties, {"protocol"})},
              {"Endpoint", text_at(resource.properties, {"endpoint"})},
              {"ReturnSubscriptionArn", "true"},
              {"Attributes.entry.1.key", "RedrivePolicy"},
              {"Attributes.entry.1.value", redrive_policy(resource)}};
    co_await calls_.query("sns", "Subscribe", std::move(form));
  }

  Task<> update(Resource resource, Live live, std::vector<FieldChange> fields) override {
    const std::string arn = co_await arn_of(resource);
    if (concerns(fields, "dead_letters")) co_await set(arn, "RedrivePolicy", redrive_policy(resource));
    if (live.properties.contains("FilterPolicy")) co_await set(arn, "FilterPolicy", "{}");
    if (live.properties.contains("RawMessageDelivery")) co_await set(arn, "RawMessageDelivery", "false");
  }

  Task<> remove(Resource resource) override {
    const std::string arn = co_await arn_of(resource);
    if (arn.empty()) co_return;
    Form form{{"SubscriptionArn", arn}};
    co_await calls_.query_if_found("sns", "Unsubscribe", std::move(form));
  }

 private:
  static std::string redrive_policy(const Resource& resource) {
    return json::serialize(json::object{{"deadLetterTargetArn", resource.properties.at("dead_letters")}});
  }

  Task<> set(std::string arn, std::string name, std::string value) {
    Form form{{"SubscriptionArn", std::move(arn)},
              {"AttributeName", std::move(name)},
              {"AttributeValue", std::move(value)}};
    co_await calls_.query("sns", "SetSubscriptionAttributes", std::move(form));
  }

  // Empty: the function is not subscribed (or there is no such topic).
  Task<std::string> arn_of(Resource resource) {
    const std::string endpoint = text_at(resource.properties, {"endpoint"});
    std::string token;
    do {
      Form form{{"TopicArn", text_at(resource.properties, {"topic"})}};
      if (!token.empty()) form["NextToken"] = token;
      const auto page = co_await calls_.query_if_found("sns", "ListSubscriptionsByTopic", std::move(form));
      if (!page) co_return "";
      for (const pugi::xml_node item : elements_of(page->at({"Subscriptions"}))) {
        const std::string arn = aws::xml::child_text(item, "SubscriptionArn");
        if (aws::xml::child_text(item, "Endpoint") == endpoint && arn.starts_with("arn:")) co_return arn;
      }
      token = page->text({"NextToken"});
    } while (!token.empty());
    co_return "";
  }

  ServiceCalls calls_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_topic_kind(client::ServiceClient& client) {
  return std::make_unique<TopicKind>(client);
}

std::unique_ptr<ResourceKind> make_subscription_kind(client::ServiceClient& client) {
  return std::make_unique<SubscriptionKind>(client);
}

}  // namespace s3dr::deploy
