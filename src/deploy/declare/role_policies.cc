#include "deploy/declare/role_policies.h"

#include <map>
#include <optional>
#include <utility>

#include "deploy/resources/policy_document.h"
#include "dr/policy.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

// A bucket of the same name in another account is not ours.
json::object only_account(const s3::AccountId& account) {
  return condition("StringEquals", "aws:ResourceAccount", {account.text()});
}

json::object passed_to(const std::vector<std::string>& services) {
  return condition("StringEquals", "iam:PassedToService", services);
}

// Resources and condition of one subject; the actions are the table's.
Statement about(const Settings& settings, Subject subject) {
  const Names names(settings);
  const std::string control = names.bucket_arn(settings.control_bucket.text());
  Statement result;
  result.sid = std::string(to_string(subject));
  switch (subject) {
    case Subject::source_bucket:
    case Subject::source_setting:
      result.resources = {names.bucket_arn("*")};
      result.condition = only_account(settings.source.account);
      break;
    case Subject::replica_bucket:
      result.resources = {names.bucket_arn("*")};
      result.condition = only_account(settings.destination.account);
      break;
    case Subject::replica_write:
      // No condition: a bucket that is still to be created belongs to no account.
      result.resources = names.replica_bucket_arns();
      break;
    case Subject::replica_change:
    case Subject::replica_policy:
    case Subject::replica_setting:
      result.resources = names.replica_bucket_arns();
      result.condition = only_account(settings.destination.account);
      break;
    case Subject::record:
      result.resources = {control + "/records/*"};
      result.condition = only_account(settings.destination.account);
      break;
    case Subject::heartbeat:
      result.resources = {control + "/heartbeat/*"};
      result.condition = only_account(settings.destination.account);
      break;
    case Subject::job_queue:
      result.resources = {control + "/jobs/*"};
      result.condition = only_account(settings.destination.account);
      break;
    case Subject::record_bucket:
      result.resources = {control};
      result.condition = only_account(settings.destination.account);
      break;
    case Subject::account:
    case Subject::batch_account:
      result.resources = {"*"};
      break;
    case Subject::batch_job:
      result.resources = {names.arn("s3", settings.source, "job/*")};
      break;
    case Subject::job_report:
      result.resources = {names.bucket_arn(settings.reports_bucket.text()) + "/" + dr::report_prefix + "*"};
      result.condition = only_account(settings.source.account);
      break;
    case Subject::replication_role:
      result.resources = {names.replication_role_arn()};
      result.resources.insert(result.resources.end(), settings.pass_roles.begin(), settings.pass_roles.end());
      result.condition = passed_to({"s3.amazonaws.com"});
      break;
    case Subject::batch_role:
      result.resources = {names.batch_role_arn()};
      // Both names are in use for CreateJob (docs/protocol/iam.md).
      result.condition = passed_to({"batchoperations.s3.amazonaws.com", "s3.amazonaws.com"});
      break;
    case Subject::destination_topic:
      result.resources = {names.topic_arn(Function::destination_bucket_check)};
      break;
    case Subject::enable_topic:
      result.resources = {names.topic_arn(Function::enable_replication)};
      break;
    case Subject::event_bus:
      result.resources = {names.event_bus_arn()};
      break;
  }
  return result;
}

// The function's grants on its own side, or those on the other one, a statement for each subject.
json::object calls_document(const Settings& settings, Function function, bool remote) {
  std::map<Subject, Statement> statements;
  for (const Grant& grant : grants_of(function)) {
    const std::optional<Side> side = side_of(grant.subject);
    const bool elsewhere = is_cross_account(settings) && side && *side != side_of(function);
    if (elsewhere != remote) continue;
    auto [found, is_new] = statements.try_emplace(grant.subject);
    if (is_new) found->second = about(settings, grant.subject);
    found->second.actions.emplace_back(grant.action);
  }
  std::vector<Statement> list;
  for (auto& [subject, statement] : statements) list.push_back(std::move(statement));
  return policy_document(list);
}

json::object host_document(const Settings& settings, Function function) {
  const Names names(settings);
  return policy_document(
      {{"Logs",
        {},
        {"logs:CreateLogStream", "logs:PutLogEvents"},
        {names.log_group_arn(function) + ":*"},
        {}},
       {"DeadLetters", {}, {"sqs:SendMessage"}, {names.dead_letters_arn(side_of(function))}, {}}});
}

std::vector<std::string> with_ending(std::vector<std::string> arns, std::string_view ending) {
  for (std::string& arn : arns) arn += ending;
  return arns;
}

}  // namespace

json::object trust_of_services(const std::vector<std::string>& services) {
  json::array list;
  for (const std::string& service : services) list.emplace_back(service);
  return policy_document({{"", {{"Service", std::move(list)}}, {"sts:AssumeRole"}, {}, {}}});
}

json::object trust_of_role(std::string_view role_arn) {
  return policy_document({{"", {{"AWS", role_arn}}, {"sts:AssumeRole"}, {}, {}}});
}

json::object function_policies(const Settings& settings, Function function) {
  json::object result{{"calls", calls_document(settings, function, false)},
                      {"host", host_document(settings, function)}};
  if (is_cross_account(settings)) {
    result["remote"] = policy_document(
        {{"RemoteRole", {}, {"sts:AssumeRole"}, {Names(settings).remote_role_arn(function)}, {}}});
  }
  return result;
}

json::object remote_policies(const Settings& settings, Function function) {
  return {{"calls", calls_document(settings, function, true)}};
}

// No aws:ResourceAccount on what S3 itself takes on: that the key is there when S3 acts is not documented, and
// without it nothing would be replicated. Whom the roles reach the bucket policies of other accounts decide.
json::object replication_policies(const Settings& settings) {
  const Names names(settings);
  std::vector<std::string> replicating{"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"};
  // Between two accounts the rule makes the destination the replicas' owner.
  if (is_cross_account(settings)) replicating.emplace_back("s3:ObjectOwnerOverrideToBucketOwner");
  return {{"replication",
           policy_document({{"SourceBuckets",
                             {},
                             {"s3:GetReplicationConfiguration", "s3:ListBucket"},
                             {names.bucket_arn("*")},
                             {}},
                            {"SourceObjects",
                             {},
                             {"s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl",
                              "s3:GetObjectVersionTagging", "s3:GetObjectVersionAnnotationForReplication"},
                             {names.bucket_arn("*/*")},
                             {}},
                            {"ReplicaObjects",
                             {},
                             std::move(replicating),
                             with_ending(names.replica_bucket_arns(), "/*"),
                             {}}})}};
}

json::object batch_policies(const Settings& settings) {
  const Names names(settings);
  const std::string reports = names.bucket_arn(settings.reports_bucket.text());
  return {{"batch",
           policy_document({{"SourceObjects", {}, {"s3:InitiateReplication"}, {names.bucket_arn("*/*")}, {}},
                            {"SourceBuckets",
                             {},
                             {"s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"},
                             {names.bucket_arn("*")},
                             {}},
                            {"Reports",
                             {},
                             {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"},
                             {reports + "/*"},
                             {}}})}};
}

}  // namespace s3dr::deploy
