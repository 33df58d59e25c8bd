#include "deploy/resources/permissions.h"

#include <algorithm>

#include "base/error.h"
#include "dr/settings/settle.h"
#include "s3/bucket_setting.h"

namespace s3dr::deploy {
namespace {

bool same(const Grant& a, const Grant& b) {
  return a.subject == b.subject && a.action == b.action;
}

using Action = std::string_view s3::SettingCall::*;

// These actions of every kind of setting, each once. The replica's policy has calls of its own.
std::vector<Grant> for_settings(Subject subject, std::initializer_list<Action> actions) {
  std::vector<Grant> result;
  for (const s3::SettingCall& call : s3::setting_calls()) {
    if (subject == Subject::replica_setting && !dr::is_written_alone(call.kind)) continue;
    for (const Action action : actions) {
      const Grant grant{subject, call.*action};
      const bool is_new =
          std::ranges::none_of(result, [&](const Grant& other) { return same(grant, other); });
      if (!grant.action.empty() && is_new) result.push_back(grant);
    }
  }
  return result;
}

// What every function needs to observe a pair.
const std::vector<FunctionCall> looking{
    {"records", "read"},
    {"source", "head_bucket"},
    {"source", "get_bucket_tagging"},
    {"source", "get_bucket_versioning"},
    {"source", "get_bucket_replication"},
    {"destination", "head_bucket"},
    {"destination", "get_bucket_tagging"},
    {"destination", "get_bucket_versioning"},
    {"destination", "get_bucket_policy"},
    {"records", "write"},
};

const std::vector<FunctionCall> own_calls(Function function) {
  switch (function) {
    case Function::source_bucket_check:
      return {{"source", "put_bucket_versioning"},
              {"source", "bucket_created"},
              {"source", "version_created"},
              {"to_destination_bucket_check", "publish"},
              {"to_enable_replication", "publish"},
              // The scheduled sweep: tagged and recorded buckets, one event each.
              {"source", "list_buckets"},
              {"records", "list"},
              {"heartbeat", "read"},
              {"heartbeat", "write"},
              // Between two sweeps: which buckets have a job that waits or runs?
              {"job_queue", "read"},
              {"events", "put_events"}};
    case Function::destination_bucket_check:
      return {{"destination", "create_bucket"},
              {"destination", "put_bucket_versioning"},
              {"destination", "put_bucket_policy"},
              // The rest of the bucket's configuration. Nobody else reads it.
              {"source", "get_bucket_setting"},
              {"destination", "get_bucket_setting"},
              {"destination", "put_bucket_setting"},
              {"destination", "tag_resource"},
              {"destination", "put_bucket_tagging"},
              {"to_enable_replication", "publish"},
              // Whose replica a deleted bucket was (functions/replica_source.h).
              {"records", "list"}};
    case Function::enable_replication:
      return {{"source", "put_bucket_replication"},
              {"jobs", "list_active_jobs"},
              {"jobs", "create_job"},
              {"jobs", "describe_job"},
              // A job that found nothing: is the source empty?
              {"source", "list_object_versions"},
              // Some tasks failed: does our replica lack these versions, or were they purged?
              {"jobs", "read_report"},
              {"destination", "list_object_versions"},
              {"source", "version_created"},
              {"job_queue", "read"},
              {"job_queue", "write"}};
  }
  return {};
}

}  // namespace

std::string_view to_string(Subject subject) {
  switch (subject) {
    case Subject::source_bucket:
      return "SourceBuckets";
    case Subject::replica_bucket:
      return "ReplicaBuckets";
    case Subject::replica_write:
      return "ReplicaBucketWrites";
    case Subject::replica_change:
      return "ReplicaBucketChanges";
    case Subject::replica_policy:
      return "ReplicaBucketPolicies";
    case Subject::source_setting:
      return "SourceBucketSettings";
    case Subject::replica_setting:
      return "ReplicaBucketSettings";
    case Subject::record:
      return "Records";
    case Subject::heartbeat:
      return "Heartbeat";
    case Subject::job_queue:
      return "JobQueue";
    case Subject::record_bucket:
      return "RecordList";
    case Subject::account:
      return "BucketList";
    case Subject::batch_job:
      return "BatchJobs";
    case Subject::batch_account:
      return "BatchAccount";
    case Subject::job_report:
      return "JobReports";
    case Subject::replication_role:
      return "ReplicationRole";
    case Subject::batch_role:
      return "BatchRole";
    case Subject::destination_topic:
      return "DestinationTopic";
    case Subject::enable_topic:
      return "EnableTopic";
    case Subject::event_bus:
      return "EventBus";
  }
  return "?";
}

std::optional<Side> side_of(Subject subject) {
  switch (subject) {
    case Subject::source_bucket:
    case Subject::source_setting:
    case Subject::account:
    case Subject::batch_job:
    case Subject::batch_account:
    case Subject::job_report:
    case Subject::replication_role:
    case Subject::batch_role:
    case Subject::event_bus:
      return Side::source;
    case Subject::replica_bucket:
    case Subject::replica_write:
    case Subject::replica_change:
    case Subject::replica_policy:
    case Subject::replica_setting:
    case Subject::record:
    case Subject::heartbeat:
    case Subject::job_queue:
    case Subject::record_bucket:
      return Side::destination;
    case Subject::destination_topic:
    case Subject::enable_topic:
      return std::nullopt;
  }
  return std::nullopt;
}

const std::vector<PortCall>& port_calls() {
  using enum Subject;
  static const std::vector<PortCall> table{
      // On AWS a 404 to HEAD tells that there is no such bucket. GetBucketLocation is called only where a 404
      // does not tell that.
      {"source", "head_bucket", {{source_bucket, "s3:ListBucket"}}},
      {"source", "get_bucket_tagging", {{source_bucket, "s3:GetBucketTagging"}}},
      {"source", "get_bucket_versioning", {{source_bucket, "s3:GetBucketVersioning"}}},
      {"source", "get_bucket_replication", {{source_bucket, "s3:GetReplicationConfiguration"}}},
      {"source", "put_bucket_versioning", {{source_bucket, "s3:PutBucketVersioning"}}},
      // S3 is handed the role it will replicate with.
      {"source",
       "put_bucket_replication",
       {{source_bucket, "s3:PutReplicationConfiguration"}, {replication_role, "iam:PassRole"}}},
      {"source", "list_object_versions", {{source_bucket, "s3:ListBucketVersions"}}},
      {"source", "list_buckets", {{account, "s3:ListAllMyBuckets"}}},
      // When our rule is gone: is it the same bucket? A listing tells, without the right to read objects.
      {"source", "bucket_created", {{account, "s3:ListAllMyBuckets"}}},
      {"source", "version_created", {{source_bucket, "s3:ListBucketVersions"}}},
      {"destination", "head_bucket", {{replica_bucket, "s3:ListBucket"}}},
      {"destination", "get_bucket_tagging", {{replica_bucket, "s3:GetBucketTagging"}}},
      {"destination", "get_bucket_versioning", {{replica_bucket, "s3:GetBucketVersioning"}}},
      {"destination", "list_object_versions", {{replica_bucket, "s3:ListBucketVersions"}}},
      // The bucket is created with its tags, which is an action of its own.
      {"destination",
       "create_bucket",
       {{replica_write, "s3:CreateBucket"},
        {replica_write, "s3:TagResource"},
        // With an object lock these two as well.
        {replica_write, "s3:PutBucketObjectLockConfiguration"},
        {replica_write, "s3:PutBucketVersioning"}}},
      {"destination", "put_bucket_versioning", {{replica_change, "s3:PutBucketVersioning"}}},
      // The fence, and another account's replication role that has to be let in (dr/replica_policy.h).
      {"destination", "get_bucket_policy", {{replica_policy, "s3:GetBucketPolicy"}}},
      {"destination", "put_bucket_policy", {{replica_policy, "s3:PutBucketPolicy"}}},
      {"source", "get_bucket_setting", for_settings(source_setting, {&s3::SettingCall::get_action})},
      {"destination", "get_bucket_setting", for_settings(replica_setting, {&s3::SettingCall::get_action})},
      {"destination", "put_bucket_setting",
       for_settings(replica_setting, {&s3::SettingCall::put_action, &s3::SettingCall::delete_action})},
      {"destination", "tag_resource", {{replica_write, "s3:TagResource"}}},
      // Where there is no S3 Control; AWS has it.
      {"destination", "put_bucket_tagging", {}},
      // Without the right to list, a missing record is AccessDenied instead of NoSuchKey.
      {"records", "read", {{record, "s3:GetObject"}, {record_bucket, "s3:ListBucket"}}},
      {"records", "write", {{record, "s3:PutObject"}}},
      {"records", "list", {{record_bucket, "s3:ListBucket"}}},
      // The same port as the records; who sweeps writes it (functions/heartbeat_store.h).
      {"heartbeat", "read", {{heartbeat, "s3:GetObject"}, {record_bucket, "s3:ListBucket"}}},
      {"heartbeat", "write", {{heartbeat, "s3:PutObject"}}},
      // The same port again (functions/job_walk.h).
      {"job_queue", "read", {{job_queue, "s3:GetObject"}, {record_bucket, "s3:ListBucket"}}},
      {"job_queue", "write", {{job_queue, "s3:PutObject"}}},
      {"jobs", "create_job", {{batch_account, "s3:CreateJob"}, {batch_role, "iam:PassRole"}}},
      {"jobs", "describe_job", {{batch_job, "s3:DescribeJob"}}},
      {"jobs", "list_active_jobs", {{batch_account, "s3:ListJobs"}}},
      {"jobs", "read_report", {{job_report, "s3:GetObject"}}},
      {"to_destination_bucket_check", "publish", {{destination_topic, "sns:Publish"}}},
      {"to_enable_replication", "publish", {{enable_topic, "sns:Publish"}}},
      {"events", "put_events", {{event_bus, "events:PutEvents"}}},
  };
  return table;
}

std::vector<FunctionCall> calls_of(Function function) {
  std::vector<FunctionCall> result = looking;
  for (const FunctionCall& call : own_calls(function)) result.push_back(call);
  return result;
}

std::vector<Grant> grants_of(Function function) {
  std::vector<Grant> result;
  for (const FunctionCall& call : calls_of(function)) {
    const auto found = std::ranges::find_if(port_calls(), [&](const PortCall& known) {
      return known.port == call.port && known.method == call.method;
    });
    S3DR_CHECK(found != port_calls().end());
    for (const Grant& grant : found->grants) {
      if (std::ranges::none_of(result, [&](const Grant& other) { return same(grant, other); }))
        result.push_back(grant);
    }
  }
  return result;
}

}  // namespace s3dr::deploy
