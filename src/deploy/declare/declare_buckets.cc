// The control bucket (records) and the reports bucket (backfill manifests and reports). If asked for, also a
// trail and the bucket it writes to. A bucket with people's data is never declared.
#include <algorithm>

#include "deploy/declare/declaration_parts.h"
#include "deploy/resources/policy_document.h"
#include "dr/job_queue.h"
#include "dr/messages/heartbeat.h"
#include "dr/policy.h"
#include "dr/record.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr int uploads_kept_days = 7;
constexpr int old_records_kept_days = 90;
constexpr int old_heartbeats_kept_days = 1;
constexpr int reports_kept_days = 30;
constexpr int trail_logs_kept_days = 90;

// A rule speaks of a beginning of keys that only s3dr writes, in whatever deployment: a configuration may name any
// bucket, and several deployments may share one.
json::object rule_below(std::string_view prefix) {
  return {{"Status", "Enabled"},
          {"Filter", {{"Prefix", prefix}}},
          {"AbortIncompleteMultipartUpload", {{"DaysAfterInitiation", uploads_kept_days}}}};
}

// "records/" of "records/111122223333/us-west-2/".
std::string first_part(const std::string& key) {
  return key.substr(0, key.find('/') + 1);
}

// What is current stays for ever: a record is the intent, and an old heartbeat says since when nobody lives.
json::object keeps_current(std::string_view prefix, int old_versions_kept_days) {
  json::object rule = rule_below(prefix);
  rule["NoncurrentVersionExpiration"] = {{"NoncurrentDays", old_versions_kept_days}};
  return rule;
}

json::object expires(std::string_view prefix, int kept_days) {
  json::object rule = keeps_current(prefix, 1);
  rule["Expiration"] = {{"Days", kept_days}};
  return rule;
}

json::object versioned(json::object lifecycle) {
  return {{"versioning", "Enabled"}, {"lifecycle", std::move(lifecycle)}};
}

constexpr const char* trail_logs_prefix = "AWSLogs/";

struct TrailPlace {
  const Names& names;
  Side side;
};

// In one account a trail of several regions tells both of them, and its first copy of the events is free in each.
// A trail sees no other account.
std::vector<TrailPlace> trail_places(const Declaration& declaration) {
  if (!declaration.settings.create_trail) return {};
  std::vector<TrailPlace> result{{declaration.source(), Side::source}};
  for (const Names& names : declaration.at(Side::destination)) {
    if (is_cross_account(declaration.settings, names.place(Side::destination)))
      result.push_back({names, Side::destination});
  }
  return result;
}

// A destination in the source's account relies on the source's trail.
bool source_trail_tells_of_others(const Declaration& declaration) {
  return std::ranges::any_of(declaration.at(Side::destination), [&](const Names& names) {
    return !is_cross_account(declaration.settings, names.place(Side::destination));
  });
}

json::object trail_bucket_policy(const Names& names, Side side) {
  const std::string bucket = names.bucket_arn(names.trail_bucket(side));
  const json::object service{{"Service", "cloudtrail.amazonaws.com"}};
  const json::object by_our_trail = condition("StringEquals", "aws:SourceArn", {names.trail_arn(side)});
  json::object with_acl = by_our_trail;
  with_acl["StringEquals"].as_object()["s3:x-amz-acl"] = json::array{"bucket-owner-full-control"};
  return policy_document({{"TrailReadsAcl", service, {"s3:GetBucketAcl"}, {bucket}, by_our_trail},
                          {"TrailWrites",
                           service,
                           {"s3:PutObject"},
                           {bucket + "/" + trail_logs_prefix + names.place(side).account.text() + "/*"},
                           with_acl}});
}

}  // namespace

void declare_buckets(Declaration& declaration) {
  const Settings& settings = declaration.settings;
  const auto add = [&](const Names& names, Side side, const std::string& name, json::object properties,
                       std::vector<std::string> holds) {
    declaration.add(names, Kind::bucket, side, name, names.bucket_arn(name), std::move(properties)).holds =
        std::move(holds);
  };
  const std::string records = dr::record_prefix(settings.source.account, settings.source.region);
  const std::string heartbeat = dr::heartbeat_key(settings.source.account, settings.source.region);
  const std::string jobs = dr::job_queue_key(settings.source.account, settings.source.region);
  for (const Names& names : declaration.at(Side::destination)) {
    add(names, Side::destination, names.control_bucket().text(),
        versioned({{"s3dr-records", keeps_current(first_part(records), old_records_kept_days)},
                   {"s3dr-heartbeats", keeps_current(first_part(heartbeat), old_heartbeats_kept_days)},
                   {"s3dr-jobs", keeps_current(first_part(jobs), old_heartbeats_kept_days)}}),
        {records, heartbeat, jobs});
  }
  add(declaration.source(), Side::source, settings.reports_bucket.text(),
      versioned({{"s3dr-manifests", expires(dr::manifest_prefix, reports_kept_days)},
                 {"s3dr-reports", expires(dr::report_prefix, reports_kept_days)}}),
      {dr::manifest_prefix, dr::report_prefix});
  for (const auto& [names, side] : trail_places(declaration)) {
    json::object properties =
        versioned({{"s3dr-trail-logs", expires(trail_logs_prefix, trail_logs_kept_days)}});
    properties["policy"] = trail_bucket_policy(names, side);
    add(names, side, names.trail_bucket(side), std::move(properties), {trail_logs_prefix});
  }
}

void declare_trail(Declaration& declaration) {
  // Without --create-trail it is not listed at all, not even as unwanted, so it is never removed: others may
  // rely on it by now.
  for (const auto& [names, side] : trail_places(declaration)) {
    const bool multi_region = side == Side::source && source_trail_tells_of_others(declaration);
    declaration
        .add(names, Kind::trail, side, names.trail(), names.trail_arn(side),
             {{"bucket", names.trail_bucket(side)},
              {"multi_region", multi_region},
              {"management_events", "WriteOnly"},
              {"logging", true}})
        .depends = {id_of(names, Kind::bucket, side, names.trail_bucket(side))};
  }
}

}  // namespace s3dr::deploy
