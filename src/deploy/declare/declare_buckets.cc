// The control bucket (records) and the reports bucket (backfill manifests and reports). If asked for, also a
// trail and the bucket it writes to. A bucket with people's data is never declared.
#include "deploy/declare/declaration_parts.h"
#include "deploy/resources/policy_document.h"
#include "dr/heartbeat.h"
#include "dr/policy.h"
#include "dr/record.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

json::object versioned() {
  return {{"versioning", "Enabled"}};
}

json::object trail_bucket_policy(const Declaration& declaration) {
  const Names& names = declaration.names;
  const std::string bucket = names.bucket_arn(names.trail_bucket());
  const json::object service{{"Service", "cloudtrail.amazonaws.com"}};
  const json::object by_our_trail = condition("StringEquals", "aws:SourceArn", {names.trail_arn()});
  json::object with_acl = by_our_trail;
  with_acl["StringEquals"].as_object()["s3:x-amz-acl"] = json::array{"bucket-owner-full-control"};
  return policy_document({{"TrailReadsAcl", service, {"s3:GetBucketAcl"}, {bucket}, by_our_trail},
                          {"TrailWrites",
                           service,
                           {"s3:PutObject"},
                           {bucket + "/AWSLogs/" + declaration.settings.source.account.text() + "/*"},
                           with_acl}});
}

}  // namespace

void declare_buckets(Declaration& declaration) {
  const Settings& settings = declaration.settings;
  const Names& names = declaration.names;
  const auto add = [&](Side side, const std::string& name, json::object properties,
                       std::vector<std::string> holds) {
    declaration.add(Kind::bucket, side, name, names.bucket_arn(name), std::move(properties)).holds =
        std::move(holds);
  };
  add(Side::destination, settings.control_bucket.text(), versioned(),
      {dr::record_prefix(settings.source.account, settings.source.region),
       dr::heartbeat_key(settings.source.account, settings.source.region)});
  add(Side::source, settings.reports_bucket.text(), versioned(), {dr::manifest_prefix, dr::report_prefix});
  if (settings.create_trail) {
    json::object properties = versioned();
    properties["policy"] = trail_bucket_policy(declaration);
    add(Side::source, names.trail_bucket(), std::move(properties), {"AWSLogs/"});
  }
}

void declare_trail(Declaration& declaration) {
  // Without --create-trail it is not listed at all, not even as unwanted, so it is never removed: others may
  // rely on it by now.
  if (!declaration.settings.create_trail) return;
  const Names& names = declaration.names;
  declaration
      .add(Kind::trail, Side::source, names.trail(), names.trail_arn(),
           {{"bucket", names.trail_bucket()},
            {"multi_region", false},
            {"management_events", "WriteOnly"},
            {"logging", true}})
      .depends = {id_of(names, Kind::bucket, Side::source, names.trail_bucket())};
}

}  // namespace s3dr::deploy
