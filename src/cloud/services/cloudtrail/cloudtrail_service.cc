#include "cloud/services/cloudtrail/cloudtrail_service.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "base/encoding.h"
#include "cloud/services/bus/cloudtrail_store.h"
#include "cloud/services/bus/events_default.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/json_tags.h"
#include "cloud/services/common/texts.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using cloud::RegionContext;
using cloud::ServiceRequest;

constexpr std::ptrdiff_t trails_max = 5;  // of a region and account
constexpr std::string_view no_log_files = "log files are not written by this cloud";

[[noreturn]] void refuse(const std::string& code, const std::string& message) {
  throw ServiceError{code, message, 400};
}

Trail require_trail(RegionContext& region, cloud::Connection& db, const ServiceRequest& request,
                    const std::string& name) {
  auto trail = Trails(db, region).find(request.caller.account.text(), name);
  if (!trail) refuse("TrailNotFoundException", "Unknown trail: " + name);
  return std::move(*trail);
}

Trail read_trail(RegionContext& region, const ServiceRequest& request, const std::string& name) {
  return require_trail(region, region.database.reader(), request, name);
}

// As AWS calls a trail of several regions where it is not at home.
bool is_shadow(RegionContext& region, const Trail& trail) {
  return trail.home_region() != region.options.region.text();
}

// A trail is changed in its home region alone, and that of an organization by its own account alone.
void require_home(RegionContext& region, const ServiceRequest& request, const Trail& trail) {
  if (trail.account != request.caller.account.text())
    refuse("NotOrganizationMasterAccountException", "The organization's trail " + trail.name +
                                                        " can be changed by the account " + trail.account +
                                                        " only.");
  if (is_shadow(region, trail))
    refuse("InvalidHomeRegionException",
           "The trail " + trail.name + " can be changed in its home region only: " + trail.home_region());
}

// Returns the trail as it is afterwards.
template <class Change>
Task<Trail> change_trail(RegionContext& region, const ServiceRequest& request, std::string name,
                         Change change) {
  const Trail changed = co_await region.database.write([&](cloud::Connection& db) {
    Trail trail = require_trail(region, db, request, name);
    require_home(region, request, trail);
    change(trail);
    Trails(db, region).save(trail);
    return trail;
  });
  Trails(region.database.reader(), region).settle(changed);
  co_return changed;
}

std::string require_trail_name(const json::object& given) {
  const std::string name = require_text(given, "Name");
  if (!has_only(name, ".-_") || name.size() < 3 || name.size() > 128)
    refuse("InvalidTrailNameException", "Trail name must be 3 to 128 letters, digits or any of . - _");
  return name;
}

json::object describe(const Trail& trail) {
  json::object shown = {{"Name", trail.name},
                        {"TrailARN", trail.arn},
                        {"IsMultiRegionTrail", false},
                        {"IsOrganizationTrail", false},
                        {"IncludeGlobalServiceEvents", true},
                        {"LogFileValidationEnabled", false},
                        {"HasInsightSelectors", false},
                        {"HomeRegion", trail.home_region()},
                        {"HasCustomEventSelectors", trail.selectors != default_selectors()}};
  for (const auto& [name, value] : trail.settings) shown[name] = value;
  return shown;
}

std::vector<Trail> trails_of(RegionContext& region, const ServiceRequest& request) {
  return Trails(region.database.reader(), region).list(request.caller.account.text());
}

Task<json::value> describe_trails(RegionContext& region, const ServiceRequest& request,
                                  const json::object& given) {
  const std::vector<std::string> names = text_list(given, "trailNameList");
  const bool with_shadows = optional_boolean(given, "includeShadowTrails").value_or(true);
  const auto named = [&](const std::string& name) { return std::ranges::find(names, name) != names.end(); };
  json::array shown;
  for (const Trail& trail : trails_of(region, request)) {
    const bool shadow = is_shadow(region, trail);
    if (shadow && !with_shadows) continue;
    // A trail of another home region is named by its ARN.
    if (names.empty() || named(trail.arn) || (!shadow && named(trail.name))) shown.push_back(describe(trail));
  }
  co_return json::object{{"trailList", std::move(shown)}};
}

Task<json::value> list_trails_page(RegionContext& region, const ServiceRequest& request,
                                   const json::object&) {
  json::array shown;
  for (const Trail& trail : trails_of(region, request)) {
    shown.push_back(
        json::object{{"TrailARN", trail.arn}, {"Name", trail.name}, {"HomeRegion", trail.home_region()}});
  }
  co_return json::object{{"Trails", std::move(shown)}};
}

Task<json::value> get_trail(RegionContext& region, const ServiceRequest& request, const json::object& given) {
  const Trail trail = read_trail(region, request, require_text(given, "Name"));
  co_return json::object{{"Trail", describe(trail)}};
}

Task<json::value> get_trail_status(RegionContext& region, const ServiceRequest& request,
                                   const json::object& given) {
  const Trail trail = read_trail(region, request, require_text(given, "Name"));
  json::object shown = {{"IsLogging", trail.logging}, {"LatestDeliveryError", no_log_files}};
  if (trail.started) {
    shown["StartLoggingTime"] = epoch_seconds(*trail.started);
    shown["TimeLoggingStarted"] = to_iso8601_seconds(*trail.started);
  }
  if (trail.stopped) {
    shown["StopLoggingTime"] = epoch_seconds(*trail.stopped);
    shown["TimeLoggingStopped"] = to_iso8601_seconds(*trail.stopped);
  }
  co_return shown;
}

Task<json::value> get_event_selectors(RegionContext& region, const ServiceRequest& request,
                                      const json::object& given) {
  const Trail trail = read_trail(region, request, require_text(given, "TrailName"));
  // A member of an organization sees the organization's trail and whether it logs, and not what it selects.
  if (trail.account != request.caller.account.text())
    refuse("CloudTrailARNInvalidException", "The trail " + trail.arn + " is of another account.");
  json::object shown = trail.selectors;
  shown["TrailARN"] = trail.arn;
  co_return shown;
}

// AWS would write log files into this bucket. It must exist and belong to the caller's account.
void check_bucket(RegionContext& region, const ServiceRequest& request, const std::string& name) {
  std::optional<cloud::BucketOwner> owner;
  try {
    owner = region.global.find_bucket(s3::BucketName::parse(name));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid) throw;
    refuse("InvalidS3BucketNameException", "Bucket name is invalid: " + name);
  }
  if (!owner) refuse("S3BucketDoesNotExistException", "S3 bucket does not exist: " + name);
  if (owner->account != request.caller.account)
    refuse("InsufficientS3BucketPolicyException",
           "Incorrect S3 bucket policy is detected for bucket: " + name);
}

void refuse_unsupported_settings(const json::object& given) {
  if (optional_boolean(given, "EnableLogFileValidation").value_or(false))
    refuse_unsupported("Log file validation (log files are not written)");
}

// Takes the settings that are given. The others stay.
void take_settings(const json::object& given, Trail& trail) {
  for (const char* name : {"S3BucketName", "S3KeyPrefix"}) {
    if (const auto text = optional_text(given, name)) trail.settings[name] = *text;
  }
  for (const char* name : {"IncludeGlobalServiceEvents", "IsMultiRegionTrail", "IsOrganizationTrail"}) {
    if (const auto value = optional_boolean(given, name)) trail.settings[name] = *value;
  }
  if (trail.of_organization() && !trail.of_several_regions())
    refuse_unsupported("A trail of an organization in one region");
  if (trail.of_several_regions() && trail.settings.at("IncludeGlobalServiceEvents") == json::value(false))
    refuse("InvalidParameterCombinationException",
           "A multi-Region trail must include global service events.");
}

Trail new_trail(RegionContext& region, const ServiceRequest& request, const json::object& given) {
  refuse_other_fields(given,
                      {"Name", "S3BucketName", "S3KeyPrefix", "IncludeGlobalServiceEvents",
                       "IsMultiRegionTrail", "EnableLogFileValidation", "IsOrganizationTrail", "TagsList"},
                      "CreateTrail");
  refuse_unsupported_settings(given);
  Trail trail;
  trail.account = request.caller.account.text();
  trail.name = require_trail_name(given);
  trail.arn = trail_arn(region.options.region, trail.account, trail.name);
  check_bucket(region, request, require_text(given, "S3BucketName"));
  trail.settings["IncludeGlobalServiceEvents"] = true;
  take_settings(given, trail);
  trail.selectors = default_selectors();
  trail.tags = tags_of_list(given, "TagsList");
  return trail;
}

json::object told_settings(const Trail& trail) {
  json::object shown = describe(trail);
  for (const char* field : {"HomeRegion", "HasCustomEventSelectors", "HasInsightSelectors"})
    shown.erase(field);
  return shown;
}

Task<json::value> create_trail(RegionContext& region, const ServiceRequest& request,
                               const json::object& given) {
  const Trail trail = new_trail(region, request, given);
  co_await region.database.write([&](cloud::Connection& db) {
    Trails trails(db, region);
    if (trails.find(trail.account, trail.name))
      refuse("TrailAlreadyExistsException", "Trail " + trail.name + " already exists.");
    const auto own = [&](const Trail& one) { return one.account == trail.account; };
    if (std::ranges::count_if(trails.list(trail.account), own) >= trails_max)
      refuse("MaximumNumberOfTrailsExceededException", "There may be at most 5 trails.");
    trails.save(trail);
  });
  co_return told_settings(trail);
}

Task<json::value> update_trail(RegionContext& region, const ServiceRequest& request,
                               const json::object& given) {
  refuse_other_fields(given,
                      {"Name", "S3BucketName", "S3KeyPrefix", "IncludeGlobalServiceEvents",
                       "IsMultiRegionTrail", "EnableLogFileValidation", "IsOrganizationTrail"},
                      "UpdateTrail");
  refuse_unsupported_settings(given);
  const std::string name = require_text(given, "Name");
  if (const auto bucket = optional_text(given, "S3BucketName")) check_bucket(region, request, *bucket);
  const auto take = [&](Trail& changed) { take_settings(given, changed); };
  const Trail trail = co_await change_trail(region, request, name, take);
  co_return told_settings(trail);
}

// True: the selector includes calls that change something.
bool check_selector(const json::object& selector) {
  refuse_other_fields(
      selector,
      {"ReadWriteType", "IncludeManagementEvents", "DataResources", "ExcludeManagementEventSources"},
      "an event selector");
  const json::array* resources = optional_array(selector, "DataResources");
  if (resources != nullptr && !resources->empty()) refuse_unsupported("Recording data events");
  if (!text_list(selector, "ExcludeManagementEventSources").empty())
    refuse_unsupported("ExcludeManagementEventSources");
  const std::string type = optional_text(selector, "ReadWriteType").value_or("All");
  if (type != "All" && type != "WriteOnly" && type != "ReadOnly")
    refuse("InvalidEventSelectorsException", "ReadWriteType must be All, ReadOnly or WriteOnly.");
  return type != "ReadOnly" && optional_boolean(selector, "IncludeManagementEvents").value_or(true);
}

bool check_advanced_selector(const json::object& selector) {
  refuse_other_fields(selector, {"Name", "FieldSelectors"}, "an advanced event selector");
  const json::array* fields = optional_array(selector, "FieldSelectors");
  if (fields == nullptr || fields->empty())
    refuse("InvalidEventSelectorsException", "FieldSelectors is required.");
  bool management = false;
  bool writes = true;
  for (const json::value& item : *fields) {
    const json::object& field = as_structure(item, "FieldSelectors");
    refuse_other_fields(field, {"Field", "Equals"}, "a field selector");
    const std::string name = require_text(field, "Field");
    const std::vector<std::string> values = text_list(field, "Equals");
    if (name == "eventCategory" && values == std::vector<std::string>{"Management"}) {
      management = true;
    } else if (name == "readOnly" && values.size() == 1 && (values[0] == "true" || values[0] == "false")) {
      writes = values[0] == "false";
    } else {
      refuse_unsupported("The field selector " + name + " with these values");
    }
  }
  if (!management) refuse("InvalidEventSelectorsException", "eventCategory is required.");
  return writes;
}

// Reads the selectors of a request into the trail.
void take_selectors(const json::object& given, Trail& trail) {
  const json::array* plain = optional_array(given, "EventSelectors");
  const json::array* advanced = optional_array(given, "AdvancedEventSelectors");
  if ((plain == nullptr) == (advanced == nullptr))
    refuse("InvalidEventSelectorsException", "Give either EventSelectors or AdvancedEventSelectors.");
  const json::array& selectors = plain != nullptr ? *plain : *advanced;
  if (selectors.empty() || selectors.size() > 5)
    refuse("InvalidEventSelectorsException", "There must be 1 to 5 event selectors.");
  trail.management_writes = false;
  for (const json::value& item : selectors) {
    const json::object& selector = as_structure(item, "Event selectors");
    if (plain != nullptr ? check_selector(selector) : check_advanced_selector(selector))
      trail.management_writes = true;
  }
  trail.selectors = {{plain != nullptr ? "EventSelectors" : "AdvancedEventSelectors", selectors}};
}

Task<json::value> put_event_selectors(RegionContext& region, const ServiceRequest& request,
                                      const json::object& given) {
  refuse_other_fields(given, {"TrailName", "EventSelectors", "AdvancedEventSelectors"}, "PutEventSelectors");
  const std::string name = require_text(given, "TrailName");
  Trail checked;
  take_selectors(given, checked);
  const auto take = [&](Trail& changed) {
    changed.selectors = checked.selectors;
    changed.management_writes = checked.management_writes;
  };
  const Trail trail = co_await change_trail(region, request, name, take);
  json::object shown = trail.selectors;
  shown["TrailARN"] = trail.arn;
  co_return shown;
}

Task<json::value> switch_logging(RegionContext& region, const ServiceRequest& request,
                                 const json::object& given, bool logging) {
  const std::string name = require_text(given, "Name");
  const Instant now = region.clock.now();
  const auto take = [&](Trail& trail) {
    if (trail.logging == logging) return;
    trail.logging = logging;
    (logging ? trail.started : trail.stopped) = now;
  };
  co_await change_trail(region, request, name, take);
  co_return json::object();
}

Task<json::value> start_logging(RegionContext& region, const ServiceRequest& request,
                                const json::object& given) {
  co_return co_await switch_logging(region, request, given, true);
}

Task<json::value> stop_logging(RegionContext& region, const ServiceRequest& request,
                               const json::object& given) {
  co_return co_await switch_logging(region, request, given, false);
}

Task<json::value> delete_trail_of(RegionContext& region, const ServiceRequest& request,
                                  const json::object& given) {
  const std::string name = require_text(given, "Name");
  co_await region.database.write([&](cloud::Connection& db) {
    const Trail trail = require_trail(region, db, request, name);
    require_home(region, request, trail);
    Trails(db, region).remove(trail);
  });
  co_return json::object();
}

void require_trail_arn(const std::string& text) {
  const auto arn = aws::parse_arn(text);
  if (!arn || arn->service != "cloudtrail" || !arn->resource.starts_with("trail/"))
    refuse("CloudTrailARNInvalidException", "Not the ARN of a trail: " + text);
}

Task<json::value> change_tags(RegionContext& region, const ServiceRequest& request, const json::object& given,
                              bool add) {
  const std::string arn = require_text(given, "ResourceId");
  require_trail_arn(arn);
  const json::object tags = tags_of_list(given, "TagsList");
  const auto take = [&](Trail& trail) {
    if (add) merge_tags(trail.tags, tags);
    for (const auto& [key, value] : tags) {
      if (!add) trail.tags.erase(key);
    }
  };
  co_await change_trail(region, request, arn, take);
  co_return json::object();
}

Task<json::value> add_tags(RegionContext& region, const ServiceRequest& request, const json::object& given) {
  co_return co_await change_tags(region, request, given, true);
}

Task<json::value> remove_tags(RegionContext& region, const ServiceRequest& request,
                              const json::object& given) {
  co_return co_await change_tags(region, request, given, false);
}

Task<json::value> list_tags(RegionContext& region, const ServiceRequest& request, const json::object& given) {
  json::array shown;
  for (const std::string& arn : text_list(given, "ResourceIdList")) {
    require_trail_arn(arn);
    const Trail trail = read_trail(region, request, arn);
    shown.push_back(json::object{{"ResourceId", arn}, {"TagsList", tag_list(trail.tags)}});
  }
  co_return json::object{{"ResourceTagList", std::move(shown)}};
}

class CloudTrailService : public cloud::Service {
 public:
  explicit CloudTrailService(RegionContext& region) : defaults_(region) {
    api_.target_prefix = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101";
    add_operations(api_, region,
                   {{"DescribeTrails", describe_trails},
                    {"ListTrails", list_trails_page},
                    {"GetTrail", get_trail},
                    {"GetTrailStatus", get_trail_status},
                    {"GetEventSelectors", get_event_selectors},
                    {"CreateTrail", create_trail},
                    {"UpdateTrail", update_trail},
                    {"PutEventSelectors", put_event_selectors},
                    {"StartLogging", start_logging},
                    {"StopLogging", stop_logging},
                    {"DeleteTrail", delete_trail_of},
                    {"AddTags", add_tags},
                    {"RemoveTags", remove_tags},
                    {"ListTags", list_tags}});
  }

  std::string_view signing_name() const override { return "cloudtrail"; }
  Task<HttpResponse> handle(ServiceRequest request) override {
    if (request.is_signed) co_await defaults_.ensure(request.caller.account.text());
    co_return co_await answer_json(api_, std::move(request));
  }

 private:
  Defaults defaults_;
  JsonApi api_;
};

}  // namespace

std::unique_ptr<cloud::Service> make_cloudtrail_service(RegionContext& region) {
  return std::make_unique<CloudTrailService>(region);
}

}  // namespace s3dr::services
