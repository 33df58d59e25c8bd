// Targets of rules: PutTargets, RemoveTargets, ListTargetsByRule, ListRuleNamesByTarget.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "cloud/services/bus/destination_store.h"
#include "cloud/services/bus/events_store.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/json_pages.h"
#include "cloud/services/events/event_input.h"
#include "cloud/services/events/events_operations.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using cloud::RegionContext;
using cloud::ServiceRequest;

constexpr std::size_t targets_max = 5;  // of a rule
constexpr std::size_t entries_max = 100;

struct Refusal {
  std::string code, message;
};

Refusal refused(const std::string& what) {
  const ServiceError error = not_supported(what);
  return {error.code, error.message};
}

// An entry of the wrong form refuses the whole call.
// An entry of the right form that cannot be accepted fails alone.
EventTarget read_target(const json::value& value) {
  const json::object& document = as_structure(value, "Targets");
  EventTarget target{require_name(document, "Id"), require_text(document, "Arn"), document};
  if (!aws::parse_arn(target.arn))
    refuse_value("Parameter " + target.arn + " is not valid. Reason: Provided Arn is not in correct format.");
  check_input(document);
  if (const json::object* policy = optional_object(document, "RetryPolicy")) {
    const auto attempts = optional_integer(*policy, "MaximumRetryAttempts");
    const auto age = optional_integer(*policy, "MaximumEventAgeInSeconds");
    if (attempts && (*attempts < 0 || *attempts > 185))
      refuse_value("MaximumRetryAttempts must be between 0 and 185.");
    if (age && (*age < 60 || *age > 86'400))
      refuse_value("MaximumEventAgeInSeconds must be between 60 and 86400.");
  }
  if (const json::object* letters = optional_object(document, "DeadLetterConfig")) {
    if (const auto arn = optional_text(*letters, "Arn"); arn && !aws::parse_arn(*arn))
      refuse_value(
          "Parameter DeadLetterConfig.Arn is not valid. Reason: Provided Arn is not in correct "
          "format.");
  }
  return target;
}

std::optional<Refusal> unsupported_field(const json::object& document) {
  const auto name = other_field(document, {"Id", "Arn", "RoleArn", "Input", "InputPath", "RetryPolicy",
                                           "InputTransformer", "DeadLetterConfig"});
  if (!name) return std::nullopt;
  return refused("The field " + *name + " of a target");
}

std::optional<Refusal> refusal_of(cloud::Connection& db, const s3::Region& region, const std::string& account,
                                  const EventTarget& target) {
  if (auto refusal = unsupported_field(target.document)) return refusal;
  const aws::Arn arn = *aws::parse_arn(target.arn);
  const bool destination = arn.service == "events" && arn.resource.starts_with("api-destination/");
  if (arn.service != "lambda" && arn.service != "sqs" && !destination)
    return refused("A target of this kind: " + target.arn);
  if (arn.region != region.text())
    return Refusal{"ValidationException", "The target is in another region than the rule."};
  if (destination) {
    const auto found = find_api_destination_by_arn(db, target.arn);
    if (!found || found->account != account)
      return Refusal{"ResourceNotFoundException", "An api-destination '" + target.arn + "' does not exist."};
  }
  if (const json::object* letters = optional_object(target.document, "DeadLetterConfig")) {
    const auto text = optional_text(*letters, "Arn");
    const auto queue = text ? aws::parse_arn(*text) : std::nullopt;
    if (queue && (queue->service != "sqs" || queue->region != region.text()))
      return Refusal{"ValidationException", "A dead-letter queue must be a queue of the rule's region."};
  }
  return std::nullopt;
}

json::object failures_answer(json::array failed) {
  const std::size_t count = failed.size();
  return {{"FailedEntryCount", count}, {"FailedEntries", std::move(failed)}};
}

json::object failed_entry(const std::string& id, const Refusal& refusal) {
  return {{"TargetId", id}, {"ErrorCode", refusal.code}, {"ErrorMessage", refusal.message}};
}

Task<json::value> put_targets(RegionContext& region, const ServiceRequest& request,
                              const json::object& given) {
  refuse_other_fields(given, {"Rule", "Targets", "EventBusName"}, "PutTargets");
  require_default_bus(region, request, given);
  const std::string account = request.caller.account.text();
  const std::string name = require_name(given, "Rule");
  const json::array* list = optional_array(given, "Targets");
  if (list == nullptr || list->empty() || list->size() > entries_max)
    refuse_value("Targets must have between 1 and 100 entries.");
  std::vector<EventTarget> targets;
  for (const json::value& item : *list) targets.push_back(read_target(item));

  json::array failed = co_await region.database.write([&](cloud::Connection& db) {
    const EventRule rule = require_rule(db, account, name);
    json::array failures;
    for (const EventTarget& target : targets) {
      if (const auto refusal = refusal_of(db, region.options.region, account, target)) {
        failures.push_back(failed_entry(target.id, *refusal));
      } else {
        save_target(db, rule.id, target);
      }
    }
    if (targets_of(db, rule.id).size() > targets_max)
      throw ServiceError{"LimitExceededException", "A rule may have at most 5 targets.", 400};
    return failures;
  });
  co_return failures_answer(std::move(failed));
}

Task<json::value> remove_targets(RegionContext& region, const ServiceRequest& request,
                                 const json::object& given) {
  require_default_bus(region, request, given);
  const std::string account = request.caller.account.text();
  const std::string name = require_name(given, "Rule");
  const std::vector<std::string> ids = text_list(given, "Ids");
  if (ids.empty() || ids.size() > entries_max) refuse_value("Ids must have between 1 and 100 entries.");
  co_await region.database.write([&](cloud::Connection& db) {
    const EventRule rule = require_rule(db, account, name);
    for (const std::string& id : ids)
      db.prepare("DELETE FROM event_target WHERE rule = ? AND id = ?").bind(rule.id, id).run();
  });
  co_return failures_answer({});  // one that is not there is removed
}

Task<json::value> list_targets_by_rule(RegionContext& region, const ServiceRequest& request,
                                       const json::object& given) {
  require_default_bus(region, request, given);
  const Page page = page_of(given);
  cloud::Connection& db = region.database.reader();
  const EventRule rule = require_rule(db, request.caller.account.text(), require_name(given, "Rule"));
  std::vector<EventTarget> targets = targets_of(db, rule.id);
  std::erase_if(targets, [&](const EventTarget& target) { return target.id <= page.after; });
  co_return answer_page(
      "Targets", targets, page,
      [](json::array& list, const EventTarget& target) { list.push_back(target.document); },
      [](const EventTarget& target) { return target.id; });
}

Task<json::value> list_rule_names_by_target(RegionContext& region, const ServiceRequest& request,
                                            const json::object& given) {
  require_default_bus(region, request, given);
  const Page page = page_of(given);
  auto rows = region.database.reader().prepare(
      "SELECT DISTINCT r.name FROM event_rule r JOIN event_target t ON t.rule = r.id WHERE t.arn = ? AND "
      "r.account = ? AND r.name > ? ORDER BY r.name LIMIT ?");
  rows.bind(require_text(given, "TargetArn"), request.caller.account.text(), page.after, page.limit + 1);
  json::array names;
  bool more = false;
  while (rows.step()) {
    more = names.size() == page.limit;
    if (!more) names.emplace_back(rows.text(0));
  }
  json::object answer;
  if (more) answer["NextToken"] = next_token(std::string(names.back().get_string()));
  answer["RuleNames"] = std::move(names);
  co_return answer;
}

}  // namespace

JsonHandlers target_operations() {
  return {{"PutTargets", put_targets},
          {"RemoveTargets", remove_targets},
          {"ListTargetsByRule", list_targets_by_rule},
          {"ListRuleNamesByTarget", list_rule_names_by_target}};
}

}  // namespace s3dr::services
