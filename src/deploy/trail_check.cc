#include "deploy/trail_check.h"

#include <optional>

#include "base/error.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

bool selects_writes(const json::value& selectors) {
  for (const json::value& selector : list_at(selectors, {"EventSelectors"})) {
    const std::string type = text_at(selector, {"ReadWriteType"});
    if (at(selector, {"IncludeManagementEvents"}) == json::value(true) && type != "ReadOnly") return true;
  }
  for (const json::value& selector : list_at(selectors, {"AdvancedEventSelectors"})) {
    bool management = false, writes = true;
    for (const json::value& field : list_at(selector, {"FieldSelectors"})) {
      const std::string name = text_at(field, {"Field"});
      const json::array& equals = list_at(field, {"Equals"});
      if (name == "eventCategory")
        management = !equals.empty() && equals.front() == json::value("Management");
      if (name == "readOnly") writes = !equals.empty() && equals.front() == json::value("false");
    }
    if (management && writes) return true;
  }
  return false;
}

// Why the trail tells nothing of writes; empty: it does. A member account of an organization sees the organization's trail
// and may ask whether it logs. Its selectors are refused to it, with more than one code: such a trail counts, because
// one that logs no management events is made on purpose only.
Task<std::string> why_not_usable(ServiceCalls& calls, std::string which, bool of_organization) {
  json::object one{{"Name", which}};
  const auto status = co_await calls.json_if_found(cloudtrail_service, "GetTrailStatus", std::move(one));
  if (!status || at(*status, {"IsLogging"}) != json::value(true)) co_return "is not logging";
  json::object whose{{"TrailName", which}};
  std::optional<json::value> selectors;
  std::string refusal;
  try {
    selectors = co_await calls.json_if_found(cloudtrail_service, "GetEventSelectors", std::move(whose));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid && !(of_organization && error.kind() == ErrorKind::denied)) throw;
    refusal = error.message();
  }
  if (!selectors && of_organization) co_return "";
  if (!refusal.empty()) co_return "cannot be read: " + refusal;
  if (!selectors || !selects_writes(*selectors)) co_return "does not log management events that write";
  co_return "";
}

}  // namespace

Task<TrailCheck> check_trail(SideAccess side) {
  ServiceCalls here(side.services);
  TrailCheck result;
  json::object all{{"includeShadowTrails", true}};
  const json::value trails = co_await here.json(cloudtrail_service, "DescribeTrails", std::move(all));
  for (const json::value& trail : list_at(trails, {"trailList"})) {
    const std::string name = text_at(trail, {"Name"}), arn = text_at(trail, {"TrailARN"});
    const std::string which = arn.empty() ? name : arn;
    ServiceCalls calls(side.in(text_at(trail, {"HomeRegion"})));
    const bool of_organization = at(trail, {"IsOrganizationTrail"}) == json::value(true);
    const std::string missing = co_await why_not_usable(calls, which, of_organization);
    if (missing.empty()) {
      result.usable = true;
      result.trail = name;
      result.why.clear();
      co_return result;
    }
    result.why += (result.why.empty() ? "" : "; ") + ("trail " + name + " " + missing);
  }
  if (result.why.empty()) result.why = "there is no trail";
  co_return result;
}

std::string trail_advice(const TrailCheck& check, Side side, const std::string& region) {
  const std::string found = side == Side::source ? "tags" : "what happens to a replica";
  return "no trail tells EventBridge of bucket calls in " + region + " (" + check.why +
         "): until there is one, only the sweep notices " + found +
         ". Make one that logs management write events, or run s3dr deploy apply --create-trail";
}

}  // namespace s3dr::deploy
