// SQS queues, used as dead letter queues.
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/policy_document.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

json::object attributes_of(const json::object& properties) {
  // In SQS every attribute is a text.
  return {{"MessageRetentionPeriod", std::to_string(number_at(properties, {"retention_seconds"}))},
          {"Policy", json::serialize(properties.at("policy"))}};
}

class QueueKind : public ResourceKind {
 public:
  explicit QueueKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    const std::string url = co_await url_of(resource.name);
    if (url.empty()) co_return std::nullopt;
    json::object ask{{"QueueUrl", url}, {"AttributeNames", json::array{"All"}}};
    const auto answer = co_await calls_.json_if_found(sqs_service, "GetQueueAttributes", std::move(ask));
    if (!answer) co_return std::nullopt;
    json::object properties{
        {"retention_seconds", normal_number(at(*answer, {"Attributes", "MessageRetentionPeriod"}))},
        {"policy", normal_policy_of_text(text_at(*answer, {"Attributes", "Policy"}))}};
    json::object whose{{"QueueUrl", url}};
    const auto tags = co_await calls_.json_if_found(sqs_service, "ListQueueTags", std::move(whose));
    if (!tags) co_return std::nullopt;
    const json::value& map = at(*tags, {"Tags"});
    co_return live_with_tags(std::move(properties), map.is_object() ? map.get_object() : json::object());
  }

  Task<> create(Resource resource) override {
    json::object body{{"QueueName", resource.name},
                      {"Attributes", attributes_of(resource.properties)},
                      {"tags", tags_of(resource.properties)}};
    co_await calls_.json(sqs_service, "CreateQueue", std::move(body), Repeatable::only_unsent);
  }

  Task<> update(Resource resource, Live, std::vector<FieldChange> fields) override {
    const std::string url = co_await url_of(resource.name);
    if (concerns(fields, "tags")) {
      json::object tag{{"QueueUrl", url}, {"Tags", tags_of(resource.properties)}};
      co_await calls_.json(sqs_service, "TagQueue", std::move(tag));
    }
    json::object body{{"QueueUrl", url}, {"Attributes", attributes_of(resource.properties)}};
    co_await calls_.json(sqs_service, "SetQueueAttributes", std::move(body));
  }

  Task<> remove(Resource resource) override {
    const std::string url = co_await url_of(resource.name);
    if (url.empty()) co_return;
    json::object body{{"QueueUrl", url}};
    co_await calls_.json_if_found(sqs_service, "DeleteQueue", std::move(body));
  }

 private:
  // Empty: there is no such queue.
  Task<std::string> url_of(std::string name) {
    json::object body{{"QueueName", name}};
    const auto answer = co_await calls_.json_if_found(sqs_service, "GetQueueUrl", std::move(body));
    co_return answer ? text_at(*answer, {"QueueUrl"}) : std::string();
  }

  ServiceCalls calls_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_queue_kind(client::ServiceClient& client) {
  return std::make_unique<QueueKind>(client);
}

}  // namespace s3dr::deploy
