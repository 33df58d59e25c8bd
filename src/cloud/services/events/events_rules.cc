// Rules: PutRule, DescribeRule, ListRules, EnableRule, DisableRule, DeleteRule.
// Also their tags and the one event bus.
#include <algorithm>
#include <utility>

#include "aws/arn.h"
#include "aws/event_pattern.h"
#include "cloud/services/bus/events_store.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/json_pages.h"
#include "cloud/services/common/json_tags.h"
#include "cloud/services/events/event_schedule.h"
#include "cloud/services/events/events_operations.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using cloud::RegionContext;
using cloud::ServiceRequest;

constexpr std::size_t rules_max = 300;  // of an account
constexpr std::size_t description_max = 512;
constexpr std::size_t arn_max = 1600;

// A schedule counts from the time when the rule was made or enabled.
std::optional<Instant> first_tick(const EventRule& rule, const std::optional<EventRule>& before,
                                  Instant now) {
  if (!rule.enabled || rule.schedule.empty()) return std::nullopt;
  if (before && before->enabled && before->schedule == rule.schedule) return before->next;
  const auto schedule = EventSchedule::parse(rule.schedule);
  return schedule ? schedule->next(now, now) : std::nullopt;
}

void check_pattern(const std::string& pattern) {
  std::optional<std::string> why;
  try {
    aws::EventPattern::parse(pattern);
  } catch (const Error& error) {
    why = error.message();
  }
  if (why) throw ServiceError{"InvalidEventPatternException", *why, 400};
}

bool wanted_state(const json::object& given) {
  const std::string state = optional_text(given, "State").value_or("ENABLED");
  if (state == "ENABLED") return true;
  if (state == "DISABLED") return false;
  if (state == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") {
    // This state includes events of reading calls. They are not recorded here, so it is refused.
    refuse_unsupported("The state " + state);
  }
  refuse_value("State must be ENABLED or DISABLED.");
}

EventRule rule_of(RegionContext& region, const ServiceRequest& request, const json::object& given) {
  refuse_other_fields(given,
                      {"Name", "EventPattern", "ScheduleExpression", "State", "Description", "RoleArn",
                       "Tags", "EventBusName"},
                      "PutRule");
  require_default_bus(region, request, given);
  EventRule rule;
  rule.account = request.caller.account.text();
  rule.name = require_name(given);
  rule.arn = events_arn(region.options.region, rule.account, "rule/" + rule.name);
  rule.pattern = optional_text(given, "EventPattern").value_or("");
  rule.schedule = optional_text(given, "ScheduleExpression").value_or("");
  rule.description = optional_text(given, "Description").value_or("");
  rule.role = optional_text(given, "RoleArn").value_or("");
  rule.enabled = wanted_state(given);
  rule.tags = tags_of_list(given, "Tags");
  if (rule.pattern.empty() && rule.schedule.empty())
    refuse_value("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  if (!rule.pattern.empty()) check_pattern(rule.pattern);
  if (!rule.schedule.empty() && !EventSchedule::parse(rule.schedule))
    refuse_value("Parameter ScheduleExpression is not valid.");
  if (rule.description.size() > description_max) refuse_value("Description is longer than 512 characters.");
  if (!rule.role.empty() && !aws::is_role_arn(rule.role))
    refuse_value("Parameter RoleArn is not valid. Reason: Provided Arn is not in correct format.");
  return rule;
}

Task<json::value> put_rule(RegionContext& region, const ServiceRequest& request, const json::object& given) {
  EventRule rule = rule_of(region, request, given);
  const Instant now = region.clock.now();
  co_await region.database.write([&](cloud::Connection& db) {
    const auto before = find_rule(db, rule.account, rule.name);
    if (!before && list_rules(db, rule.account, "", "", rules_max).size() >= rules_max)
      throw ServiceError{"LimitExceededException",
                         "The requested resource exceeds the maximum number allowed.", 400};
    rule.next = first_tick(rule, before, now);
    save_rule(db, rule);
  });
  region.wake_events();  // its schedule may be the next to fire
  co_return json::object{{"RuleArn", rule.arn}};
}

json::object describe(const EventRule& rule) {
  json::object shown = {{"Name", rule.name},
                        {"Arn", rule.arn},
                        {"State", rule.enabled ? "ENABLED" : "DISABLED"},
                        {"EventBusName", "default"}};
  for (const auto& [name, value] : {std::pair<const char*, const std::string&>("EventPattern", rule.pattern),
                                    {"ScheduleExpression", rule.schedule},
                                    {"Description", rule.description},
                                    {"RoleArn", rule.role}}) {
    if (!value.empty()) shown[name] = value;
  }
  return shown;
}

Task<json::value> describe_rule(RegionContext& region, const ServiceRequest& request,
                                const json::object& given) {
  require_default_bus(region, request, given);
  const std::string& account = request.caller.account.text();
  json::object shown = describe(require_rule(region.database.reader(), account, require_name(given)));
  shown["CreatedBy"] = account;
  co_return shown;
}

Task<json::value> list_rules_page(RegionContext& region, const ServiceRequest& request,
                                  const json::object& given) {
  require_default_bus(region, request, given);
  const Page page = page_of(given);
  const auto rules =
      list_rules(region.database.reader(), request.caller.account.text(),
                 optional_text(given, "NamePrefix").value_or(""), page.after, page.rows_wanted());
  co_return answer_page(
      "Rules", rules, page, [](json::array& list, const EventRule& rule) { list.push_back(describe(rule)); },
      [](const EventRule& rule) { return rule.name; });
}

Task<json::value> switch_rule(RegionContext& region, const ServiceRequest& request, const json::object& given,
                              bool enabled) {
  require_default_bus(region, request, given);
  const std::string account = request.caller.account.text();
  const std::string name = require_name(given);
  const Instant now = region.clock.now();
  co_await region.database.write([&](cloud::Connection& db) {
    const EventRule before = require_rule(db, account, name);
    EventRule rule = before;
    rule.enabled = enabled;
    rule.next = first_tick(rule, before, now);
    save_rule(db, rule);
  });
  region.wake_events();
  co_return json::object();
}

Task<json::value> enable_rule(RegionContext& region, const ServiceRequest& request,
                              const json::object& given) {
  co_return co_await switch_rule(region, request, given, true);
}

Task<json::value> disable_rule(RegionContext& region, const ServiceRequest& request,
                               const json::object& given) {
  co_return co_await switch_rule(region, request, given, false);
}

Task<json::value> delete_rule(RegionContext& region, const ServiceRequest& request,
                              const json::object& given) {
  require_default_bus(region, request, given);
  const std::string account = request.caller.account.text();
  const std::string name = require_name(given);
  co_await region.database.write([&](cloud::Connection& db) {
    const auto rule = find_rule(db, account, name);
    if (!rule) return;
    if (!targets_of(db, rule->id).empty()) refuse_value("Rule can't be deleted since it has targets.");
    db.prepare("DELETE FROM event_rule WHERE id = ?").bind(rule->id).run();
  });
  co_return json::object();
}

// Only rules can have tags.
std::string tagged_rule(RegionContext& region, const ServiceRequest& request, const json::object& given) {
  const std::string text = require_text(given, "ResourceARN");
  const auto arn = text.size() <= arn_max ? aws::parse_arn(text) : std::nullopt;
  if (!arn || arn->service != "events" || arn->region != region.options.region.text() ||
      arn->account != request.caller.account.text())
    refuse_value("Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format.");
  if (!arn->resource.starts_with("rule/")) refuse_unsupported("Tagging of anything but rules");
  return arn->resource.substr(5);
}

Task<json::value> change_tags(RegionContext& region, const ServiceRequest& request, const json::object& given,
                              json::object added, std::vector<std::string> removed) {
  const std::string account = request.caller.account.text();
  const std::string name = tagged_rule(region, request, given);
  co_await region.database.write([&](cloud::Connection& db) {
    EventRule rule = require_rule(db, account, name);
    merge_tags(rule.tags, added);
    for (const std::string& key : removed) rule.tags.erase(key);
    db.prepare("UPDATE event_rule SET tags = ? WHERE id = ?").bind(json::serialize(rule.tags), rule.id).run();
  });
  co_return json::object();
}

Task<json::value> tag_resource(RegionContext& region, const ServiceRequest& request,
                               const json::object& given) {
  json::object added = tags_of_list(given, "Tags");
  co_return co_await change_tags(region, request, given, std::move(added), {});
}

Task<json::value> untag_resource(RegionContext& region, const ServiceRequest& request,
                                 const json::object& given) {
  std::vector<std::string> removed = text_list(given, "TagKeys");
  co_return co_await change_tags(region, request, given, {}, std::move(removed));
}

Task<json::value> list_tags(RegionContext& region, const ServiceRequest& request, const json::object& given) {
  const std::string name = tagged_rule(region, request, given);
  const EventRule rule = require_rule(region.database.reader(), request.caller.account.text(), name);
  co_return json::object{{"Tags", tag_list(rule.tags)}};
}

json::object default_bus(RegionContext& region, const ServiceRequest& request) {
  return {{"Name", "default"},
          {"Arn", events_arn(region.options.region, request.caller.account.text(), "event-bus/default")}};
}

Task<json::value> describe_event_bus(RegionContext& region, const ServiceRequest& request,
                                     const json::object& given) {
  json::object named;
  if (const auto name = optional_text(given, "Name")) named["EventBusName"] = *name;
  require_default_bus(region, request, named);
  co_return default_bus(region, request);
}

Task<json::value> list_event_buses(RegionContext& region, const ServiceRequest& request,
                                   const json::object& given) {
  const std::string prefix = optional_text(given, "NamePrefix").value_or("");
  json::array buses;
  if (std::string_view("default").starts_with(prefix)) buses.push_back(default_bus(region, request));
  co_return json::object{{"EventBuses", std::move(buses)}};
}

}  // namespace

JsonHandlers rule_operations() {
  return {{"PutRule", put_rule},
          {"DescribeRule", describe_rule},
          {"ListRules", list_rules_page},
          {"EnableRule", enable_rule},
          {"DisableRule", disable_rule},
          {"DeleteRule", delete_rule},
          {"TagResource", tag_resource},
          {"UntagResource", untag_resource},
          {"ListTagsForResource", list_tags},
          {"DescribeEventBus", describe_event_bus},
          {"ListEventBuses", list_event_buses}};
}

}  // namespace s3dr::services
