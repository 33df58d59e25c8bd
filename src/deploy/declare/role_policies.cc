#include "deploy/declare/role_policies.h"

#include <algorithm>
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

void add(std::vector<std::string>& list, std::string text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
}

// What a document is about: the source, and the destinations that it reaches.
struct Scope {
  const Settings& settings;
  const Names& names;
  std::vector<Names> destinations;  // all in one account
};

// Resources of a subject at the destinations.
std::vector<std::string> below_control_buckets(const Scope& scope, std::string_view ending) {
  std::vector<std::string> result;
  for (const Names& names : scope.destinations)
    add(result, names.bucket_arn(names.control_bucket().text()) + std::string(ending));
  return result;
}

std::vector<std::string> replica_buckets(const std::vector<Names>& destinations) {
  std::vector<std::string> result;
  for (const Names& names : destinations) {
    for (std::string& arn : names.replica_bucket_arns()) add(result, std::move(arn));
  }
  return result;
}

// Resources and condition of one subject; the actions are the table's.
Statement about(const Scope& scope, Subject subject) {
  const Settings& settings = scope.settings;
  const Names& names = scope.names;
  Statement result;
  result.sid = std::string(to_string(subject));
  if (side_of(subject) == Side::destination)
    result.condition = only_account(scope.destinations.front().place(Side::destination).account);
  switch (subject) {
    case Subject::source_bucket:
    case Subject::source_setting:
      result.resources = {names.bucket_arn("*")};
      result.condition = only_account(settings.source.account);
      break;
    case Subject::replica_bucket:
      result.resources = {names.bucket_arn("*")};
      break;
    case Subject::replica_write:
      // No condition: a bucket that is still to be created belongs to no account.
      result.resources = replica_buckets(scope.destinations);
      result.condition = {};
      break;
    case Subject::replica_change:
    case Subject::replica_policy:
    case Subject::replica_setting:
      result.resources = replica_buckets(scope.destinations);
      break;
    case Subject::record:
      result.resources = below_control_buckets(scope, "/records/*");
      break;
    case Subject::heartbeat:
      result.resources = below_control_buckets(scope, "/heartbeat/*");
      break;
    case Subject::job_queue:
      result.resources = below_control_buckets(scope, "/jobs/*");
      break;
    case Subject::record_bucket:
      result.resources = below_control_buckets(scope, "");
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
      for (const Names& each : all_destinations(settings))
        add(result.resources, each.topic_arn(Function::destination_bucket_check));
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

// The grants about subjects for which `is_meant` is true, a statement for each subject.
template <class IsMeant>
json::object calls_document(const Scope& scope, Function function, bool across_accounts, IsMeant is_meant) {
  std::map<Subject, Statement> statements;
  for (const Grant& grant : grants_of(function)) {
    if (!is_meant(side_of(grant.subject))) continue;
    auto [found, is_new] = statements.try_emplace(grant.subject);
    if (is_new) found->second = about(scope, grant.subject);
    found->second.actions.emplace_back(grant.action);
  }
  std::vector<Statement> list;
  for (auto& [subject, statement] : statements) list.push_back(std::move(statement));
  return policy_document(list);
}

// A function at the source reaches the destinations of its own account with its own role.
json::object calls_of_source_function(const Settings& settings, const Names& names, Function function) {
  Scope scope{settings, names, all_destinations(settings)};
  std::erase_if(scope.destinations,
                [&](const Names& one) { return is_cross_account(settings, one.place(Side::destination)); });
  const bool reaches_any = !scope.destinations.empty();
  return calls_document(scope, function, false,
                        [&](std::optional<Side> side) { return side != Side::destination || reaches_any; });
}

json::object calls_of_destination_function(const Settings& settings, const Names& names, Function function) {
  const bool across = is_cross_account(settings, names.place(Side::destination));
  return calls_document({settings, names, {names}}, function, across,
                        [&](std::optional<Side> side) { return side != Side::source || !across; });
}

json::object host_document(const Names& names, Function function) {
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

json::object function_policies(const Settings& settings, const Names& names, Function function) {
  const bool at_source = side_of(function) == Side::source;
  json::object result{{"calls", at_source ? calls_of_source_function(settings, names, function)
                                          : calls_of_destination_function(settings, names, function)},
                      {"host", host_document(names, function)}};
  std::vector<std::string> remote_roles;
  for (const Names& one : at_source ? all_destinations(settings) : std::vector<Names>{names}) {
    if (is_cross_account(settings, one.place(Side::destination)))
      remote_roles.push_back(one.remote_role_arn(function));
  }
  if (!remote_roles.empty()) {
    result["remote"] = policy_document({{"RemoteRole", {}, {"sts:AssumeRole"}, std::move(remote_roles), {}}});
  }
  return result;
}

json::object remote_policies(const Settings& settings, const Names& names, Function function) {
  const Side there = side_of(function) == Side::source ? Side::destination : Side::source;
  const bool across = is_cross_account(settings, names.place(Side::destination));
  return {{"calls", calls_document({settings, names, {names}}, function, across,
                                   [&](std::optional<Side> side) { return side == there && across; })}};
}

// No aws:ResourceAccount on what S3 itself takes on: that the key is there when S3 acts is not documented, and
// without it nothing would be replicated. Whom the roles reach the bucket policies of other accounts decide.
json::object replication_policies(const Settings& settings) {
  const Names names(settings);
  std::vector<Statement> statements{
      {"SourceBuckets", {}, {"s3:GetReplicationConfiguration", "s3:ListBucket"}, {names.bucket_arn("*")}, {}},
      {"SourceObjects",
       {},
       {"s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging",
        "s3:GetObjectVersionAnnotationForReplication"},
       {names.bucket_arn("*/*")},
       {}}};
  std::vector<Names> near, abroad;
  for (const Names& one : all_destinations(settings))
    (is_cross_account(settings, one.place(Side::destination)) ? abroad : near).push_back(one);
  const std::vector<std::string> replicating{"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"};
  if (!near.empty())
    statements.push_back({"ReplicaObjects", {}, replicating, with_ending(replica_buckets(near), "/*"), {}});
  if (!abroad.empty()) {
    statements.push_back({near.empty() ? "ReplicaObjects" : "ReplicaObjectsOfOthers",
                          {},
                          replicating,
                          with_ending(replica_buckets(abroad), "/*"),
                          {}});
    // Between two accounts the rule makes the destination the replicas' owner.
    statements.back().actions.emplace_back("s3:ObjectOwnerOverrideToBucketOwner");
  }
  return {{"replication", policy_document(statements)}};
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
