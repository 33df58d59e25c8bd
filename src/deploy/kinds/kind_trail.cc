// A CloudTrail trail that logs management calls which write. Without a trail, EventBridge hears of no bucket
// call.
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

// "WriteOnly", "All", "ReadOnly" of the selector that includes management events; empty: none does.
std::string management_events(const json::value& selectors) {
  for (const json::value& selector : list_at(selectors, {"EventSelectors"})) {
    if (at(selector, {"IncludeManagementEvents"}) == json::value(true))
      return text_at(selector, {"ReadWriteType"});
  }
  return "";
}

class TrailKind : public ResourceKind {
 public:
  explicit TrailKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    json::object ask{{"trailNameList", json::array{json::string(resource.name)}},
                     {"includeShadowTrails", false}};
    const json::value answer = co_await calls_.json(cloudtrail_service, "DescribeTrails", std::move(ask));
    const json::array& trails = list_at(answer, {"trailList"});
    if (trails.empty()) co_return std::nullopt;
    const json::value trail = trails.front();
    json::object which{{"Name", resource.name}};
    const json::value status = co_await calls_.json(cloudtrail_service, "GetTrailStatus", which);
    json::object whose{{"TrailName", resource.name}};
    const json::value selectors =
        co_await calls_.json(cloudtrail_service, "GetEventSelectors", std::move(whose));
    json::object tags_of_which{{"ResourceIdList", json::array{json::string(resource.arn)}}};
    const json::value tags = co_await calls_.json(cloudtrail_service, "ListTags", std::move(tags_of_which));
    const json::array& tag_lists = list_at(tags, {"ResourceTagList"});
    json::object live_tags;
    if (!tag_lists.empty()) live_tags = tags_of_list(list_at(tag_lists.front(), {"TagsList"}));
    json::object properties{{"bucket", text_at(trail, {"S3BucketName"})},
                            {"multi_region", at(trail, {"IsMultiRegionTrail"}) == json::value(true)},
                            {"management_events", management_events(selectors)},
                            {"logging", at(status, {"IsLogging"}) == json::value(true)}};
    co_return live_with_tags(std::move(properties), std::move(live_tags));
  }

  Task<> create(Resource resource) override {
    json::object body = trail_of(resource);
    body["TagsList"] = list_of_tags(tags_of(resource.properties));
    co_await calls_.json(cloudtrail_service, "CreateTrail", std::move(body), Repeatable::only_unsent);
    co_await select_and_start(resource);
  }

  Task<> update(Resource resource, Live, std::vector<FieldChange> fields) override {
    if (concerns(fields, "tags")) {
      json::object tag{{"ResourceId", resource.arn},
                       {"TagsList", list_of_tags(tags_of(resource.properties))}};
      co_await calls_.json(cloudtrail_service, "AddTags", std::move(tag));
    }
    if (concerns(fields, "bucket") || concerns(fields, "multi_region"))
      co_await calls_.json(cloudtrail_service, "UpdateTrail", trail_of(resource));
    co_await select_and_start(resource);
  }

  Task<> remove(Resource resource) override {
    json::object body{{"Name", resource.name}};
    co_await calls_.json_if_found(cloudtrail_service, "DeleteTrail", std::move(body));
  }

 private:
  static json::object trail_of(const Resource& resource) {
    return {{"Name", resource.name},
            {"S3BucketName", resource.properties.at("bucket")},
            // Both or neither: a trail of several regions has to include the events of global services.
            {"IncludeGlobalServiceEvents", resource.properties.at("multi_region")},
            {"IsMultiRegionTrail", resource.properties.at("multi_region")}};
  }

  Task<> select_and_start(Resource resource) {
    json::array selectors;
    selectors.push_back(json::object{{"ReadWriteType", resource.properties.at("management_events")},
                                     {"IncludeManagementEvents", true},
                                     {"DataResources", json::array()}});
    json::object body{{"TrailName", resource.name}, {"EventSelectors", std::move(selectors)}};
    co_await calls_.json(cloudtrail_service, "PutEventSelectors", std::move(body));
    json::object which{{"Name", resource.name}};
    co_await calls_.json(cloudtrail_service, "StartLogging", std::move(which));
  }

  ServiceCalls calls_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_trail_kind(client::ServiceClient& client) {
  return std::make_unique<TrailKind>(client);
}

}  // namespace s3dr::deploy
