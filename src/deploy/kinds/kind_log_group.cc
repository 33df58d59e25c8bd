// CloudWatch Logs groups with their retention.
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

class LogGroupKind : public ResourceKind {
 public:
  explicit LogGroupKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    const json::value group = co_await find(resource.name);
    if (group.is_null()) co_return std::nullopt;
    // Without a retention it is kept for ever, and the field is missing.
    json::object properties{{"retention_days", number_at(group, {"retentionInDays"})}};
    json::object ask{{"resourceArn", resource.arn}};
    const auto tags = co_await calls_.json_if_found(logs_service, "ListTagsForResource", std::move(ask));
    if (!tags) co_return std::nullopt;
    const json::value& map = at(*tags, {"tags"});
    co_return live_with_tags(std::move(properties), map.is_object() ? map.get_object() : json::object());
  }

  Task<> create(Resource resource) override {
    json::object body{{"logGroupName", resource.name}, {"tags", tags_of(resource.properties)}};
    co_await calls_.json(logs_service, "CreateLogGroup", std::move(body), Repeatable::only_unsent);
    co_await put_retention(resource);
  }

  Task<> update(Resource resource, Live, std::vector<FieldChange> fields) override {
    if (concerns(fields, "tags")) {
      json::object tag{{"resourceArn", resource.arn}, {"tags", tags_of(resource.properties)}};
      co_await calls_.json(logs_service, "TagResource", std::move(tag));
    }
    if (concerns(fields, "retention_days")) co_await put_retention(resource);
  }

  Task<> remove(Resource resource) override {
    json::object body{{"logGroupName", resource.name}};
    co_await calls_.json_if_found(logs_service, "DeleteLogGroup", std::move(body));
  }

 private:
  Task<> put_retention(Resource resource) {
    json::object body{{"logGroupName", resource.name},
                      {"retentionInDays", resource.properties.at("retention_days")}};
    co_await calls_.json(logs_service, "PutRetentionPolicy", std::move(body));
  }

  // The listing is by prefix; null: no group of exactly this name.
  Task<json::value> find(std::string name) {
    std::string token;
    do {
      json::object body{{"logGroupNamePrefix", name}};
      if (!token.empty()) body["nextToken"] = token;
      const json::value page = co_await calls_.json(logs_service, "DescribeLogGroups", std::move(body));
      for (const json::value& group : list_at(page, {"logGroups"})) {
        if (text_at(group, {"logGroupName"}) == name) co_return group;
      }
      token = text_at(page, {"nextToken"});
    } while (!token.empty());
    co_return json::value();
  }

  ServiceCalls calls_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_log_group_kind(client::ServiceClient& client) {
  return std::make_unique<LogGroupKind>(client);
}

}  // namespace s3dr::deploy
