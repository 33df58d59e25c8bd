// EventBridge rules with their targets. A rule of ours has our targets and no others.
#include "base/error.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

// PutTargets and RemoveTargets answer 200 even on failure; the body holds the errors.
void check_entries(const json::value& answer, const Resource& resource) {
  if (number_at(answer, {"FailedEntryCount"}) == 0) return;
  const json::array& failed = list_at(answer, {"FailedEntries"});
  const json::value first = failed.empty() ? json::value() : failed.front();
  throw Error(ErrorKind::invalid, "a target was refused: " + text_at(first, {"ErrorMessage"}))
      .with_code(text_at(first, {"ErrorCode"}))
      .with_resource(resource.arn);
}

json::object normal_target(const json::value& target) {
  json::object result;
  for (const auto& [key, value] : target.as_object()) {
    if (key == "Id" || key == "RetryPolicy" || key == "DeadLetterConfig") continue;
    result[key == "Arn" ? "arn" : std::string(key)] = value;
  }
  result["attempts_max"] = normal_number(at(target, {"RetryPolicy", "MaximumRetryAttempts"}));
  result["event_age_max_seconds"] = normal_number(at(target, {"RetryPolicy", "MaximumEventAgeInSeconds"}));
  result["dead_letters"] = text_at(target, {"DeadLetterConfig", "Arn"});
  return result;
}

class RuleKind : public ResourceKind {
 public:
  explicit RuleKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    json::object ask{{"Name", resource.name}};
    const auto rule = co_await calls_.json_if_found(events_service, "DescribeRule", std::move(ask));
    if (!rule) co_return std::nullopt;
    json::object properties{{"description", text_at(*rule, {"Description"})},
                            {"state", text_at(*rule, {"State"})}};
    const std::string pattern = text_at(*rule, {"EventPattern"});
    const std::string schedule = text_at(*rule, {"ScheduleExpression"});
    if (!pattern.empty()) {
      boost::system::error_code failure;
      json::value parsed = json::parse(pattern, failure);
      properties["event_pattern"] = failure ? json::value(pattern) : std::move(parsed);
    }
    if (!schedule.empty()) properties["schedule"] = schedule;
    json::object targets;
    const json::array list = co_await targets_of(resource.name);
    for (const json::value& target : list) targets[text_at(target, {"Id"})] = normal_target(target);
    properties["targets"] = std::move(targets);
    json::object whose{{"ResourceARN", resource.arn}};
    const auto tags = co_await calls_.json_if_found(events_service, "ListTagsForResource", std::move(whose));
    if (!tags) co_return std::nullopt;
    co_return live_with_tags(std::move(properties), tags_of_list(list_at(*tags, {"Tags"})));
  }

  Task<> create(Resource resource) override {
    json::object rule = rule_of(resource);
    rule["Tags"] = list_of_tags(tags_of(resource.properties));
    co_await calls_.json(events_service, "PutRule", std::move(rule));
    co_await put_targets(resource);
  }

  Task<> update(Resource resource, Live live, std::vector<FieldChange> fields) override {
    if (concerns(fields, "tags")) {
      json::object tag{{"ResourceARN", resource.arn}, {"Tags", list_of_tags(tags_of(resource.properties))}};
      co_await calls_.json(events_service, "TagResource", std::move(tag));
    }
    // PutRule clears every field that is left out, so all fields are sent.
    co_await calls_.json(events_service, "PutRule", rule_of(resource));
    if (!concerns(fields, "targets")) co_return;
    json::array others;
    for (const auto& [id, target] : at(live.properties, {"targets"}).as_object()) {
      if (!at(resource.properties, {"targets"}).as_object().contains(id)) others.emplace_back(id);
    }
    if (!others.empty()) co_await remove_targets(resource, std::move(others));
    co_await put_targets(resource);
  }

  Task<> remove(Resource resource) override {
    const json::array targets = co_await targets_of(resource.name);
    json::array ids;
    for (const json::value& target : targets) ids.push_back(at(target, {"Id"}));
    if (!ids.empty()) co_await remove_targets(resource, std::move(ids));
    json::object body{{"Name", resource.name}};
    co_await calls_.json_if_found(events_service, "DeleteRule", std::move(body));
  }

 private:
  static json::object rule_of(const Resource& resource) {
    const json::object& wanted = resource.properties;
    json::object rule{
        {"Name", resource.name}, {"Description", wanted.at("description")}, {"State", wanted.at("state")}};
    if (const auto* pattern = wanted.if_contains("event_pattern"))
      rule["EventPattern"] = json::serialize(*pattern);
    if (const auto* schedule = wanted.if_contains("schedule")) rule["ScheduleExpression"] = *schedule;
    return rule;
  }

  Task<> put_targets(Resource resource) {
    json::array targets;
    for (const auto& [id, target] : at(resource.properties, {"targets"}).as_object()) {
      targets.push_back(json::object{
          {"Id", id},
          {"Arn", at(target, {"arn"})},
          {"RetryPolicy", json::object{{"MaximumRetryAttempts", at(target, {"attempts_max"})},
                                       {"MaximumEventAgeInSeconds", at(target, {"event_age_max_seconds"})}}},
          {"DeadLetterConfig", json::object{{"Arn", at(target, {"dead_letters"})}}}});
    }
    json::object body{{"Rule", resource.name}, {"Targets", std::move(targets)}};
    const json::value answer = co_await calls_.json(events_service, "PutTargets", std::move(body));
    check_entries(answer, resource);
  }

  Task<> remove_targets(Resource resource, json::array ids) {
    json::object body{{"Rule", resource.name}, {"Ids", std::move(ids)}};
    const auto answer = co_await calls_.json_if_found(events_service, "RemoveTargets", std::move(body));
    if (answer) check_entries(*answer, resource);
  }

  Task<json::array> targets_of(std::string rule) {
    json::array result;
    std::string token;
    do {
      json::object body{{"Rule", rule}};
      if (!token.empty()) body["NextToken"] = token;
      const auto page = co_await calls_.json_if_found(events_service, "ListTargetsByRule", std::move(body));
      if (!page) break;
      for (const json::value& target : list_at(*page, {"Targets"})) result.push_back(target);
      token = text_at(*page, {"NextToken"});
    } while (!token.empty());
    co_return result;
  }

  ServiceCalls calls_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_rule_kind(client::ServiceClient& client) {
  return std::make_unique<RuleKind>(client);
}

}  // namespace s3dr::deploy
