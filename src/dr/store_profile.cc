#include "dr/store_profile.h"

#include <boost/json.hpp>

#include "aws/json_fields.h"
#include "base/error.h"

namespace s3dr::dr {
namespace {

constexpr milliseconds minutes(int count) {
  return milliseconds(count * 60'000);
}

constexpr StoreProfile table[] = {
    // kind, after first versioning, after a new rule, after a new job, cut-off, fence, active jobs, jobs end at once
    {StoreKind::aws, minutes(15), minutes(5), minutes(5), minutes(15), minutes(5), 6, false},
    {StoreKind::embedded_cloud, minutes(0), minutes(0), minutes(0), minutes(0), minutes(0), 6, true},
    {StoreKind::other, minutes(0), minutes(0), minutes(0), minutes(0), minutes(0), 6, true},
};

}  // namespace

StoreProfile profile_of(StoreKind kind) {
  for (const StoreProfile& row : table) {
    if (row.kind == kind) return row;
  }
  return {};
}

StoreProfile default_profile(bool own_endpoints) {
  return profile_of(own_endpoints ? StoreKind::other : StoreKind::aws);
}

std::vector<StoreValue> values_of(const StoreProfile& profile) {
  const StoreProfile standard = profile_of(profile.kind);
  const auto wait = [&](std::string_view name, milliseconds StoreProfile::* field) {
    return StoreValue{name, StoreValue::Unit::duration, (profile.*field).count(), (standard.*field).count()};
  };
  return {wait("waits.after_first_versioning", &StoreProfile::after_first_versioning),
          wait("waits.after_new_rule", &StoreProfile::after_new_rule),
          wait("waits.after_new_job", &StoreProfile::after_new_job),
          wait("waits.cut_off_settling", &StoreProfile::cut_off_settling),
          wait("waits.fence", &StoreProfile::fence),
          {"active_jobs_max", StoreValue::Unit::count, profile.active_jobs_max, standard.active_jobs_max},
          {"jobs_end_at_once", StoreValue::Unit::flag, profile.jobs_end_at_once, standard.jobs_end_at_once}};
}

std::string to_json(const StoreProfile& profile) {
  return boost::json::serialize(
      boost::json::object{{"kind", to_string(profile.kind)},
                          {"after_first_versioning_ms", profile.after_first_versioning.count()},
                          {"after_new_rule_ms", profile.after_new_rule.count()},
                          {"after_new_job_ms", profile.after_new_job.count()},
                          {"cut_off_settling_ms", profile.cut_off_settling.count()},
                          {"fence_ms", profile.fence.count()},
                          {"active_jobs_max", profile.active_jobs_max},
                          {"jobs_end_at_once", profile.jobs_end_at_once}});
}

StoreProfile parse_store_profile(std::string_view text) {
  boost::json::error_code failure;
  const boost::json::value value = boost::json::parse(text, failure);
  if (failure) throw Error(ErrorKind::invalid, "not JSON: " + failure.message());
  aws::JsonFields fields(value, "store", ErrorKind::invalid);
  const auto wait = [&](std::string_view name) { return milliseconds(fields.integer_from(name, 0)); };
  StoreProfile profile;
  profile.kind = fields.parsed("kind", &parse_store_kind);
  profile.after_first_versioning = wait("after_first_versioning_ms");
  profile.after_new_rule = wait("after_new_rule_ms");
  profile.after_new_job = wait("after_new_job_ms");
  profile.cut_off_settling = wait("cut_off_settling_ms");
  profile.fence = wait("fence_ms");
  profile.active_jobs_max = static_cast<int>(fields.integer_from("active_jobs_max", 1));
  profile.jobs_end_at_once = fields.boolean("jobs_end_at_once");
  fields.refuse_unknown();
  return profile;
}

std::string_view to_string(StoreKind kind) {
  switch (kind) {
    case StoreKind::aws:
      return "aws";
    case StoreKind::embedded_cloud:
      return "embedded-cloud";
    case StoreKind::other:
      return "other";
  }
  return "other";
}

std::optional<StoreKind> parse_store_kind(std::string_view text) {
  for (const StoreProfile& row : table) {
    if (text == to_string(row.kind)) return row.kind;
  }
  return std::nullopt;
}

}  // namespace s3dr::dr
