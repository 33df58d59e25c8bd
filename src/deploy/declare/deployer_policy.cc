#include "deploy/declare/deployer_policy.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "deploy/resources/names.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

class Statements {
 public:
  Statements(const Names& names, Side side) : names_(names), place_(names_.place(side)) {}

  // Everything of the service whose name begins with ours.
  std::string ours(std::string_view service, const std::string& before) const {
    return names_.arn(service, place_, before + names_.rule("*"));
  }
  std::string here(std::string_view service, std::string_view resource) const {
    return names_.arn(service, place_, resource);
  }
  void add(std::string sid, std::vector<std::string> resources, std::vector<std::string> actions,
           json::object condition = {}) {
    list.push_back({std::move(sid), {}, std::move(actions), std::move(resources), std::move(condition)});
  }

  std::vector<Statement> list;

 private:
  const Names names_;
  const dr::Place place_;
};

std::vector<std::string> roles_of(const Settings& settings, const Names& names, Side side) {
  // A role's ARN has no region.
  const std::string account = names.account_arn(side);
  const std::string prefix = account.substr(0, account.rfind(':')) + ":role/";
  std::vector<std::string> roles{prefix + names.rule("*")};
  if (side == Side::destination) return roles;
  for (const std::string& chosen : {settings.replication_role, settings.batch_role}) {
    if (!chosen.empty()) roles.push_back(prefix + chosen);
  }
  return roles;
}

void add_buckets(Statements& statements, const Settings& settings, const Names& names, Side side) {
  const auto arn = [&](const std::string& bucket) { return names.bucket_arn(bucket); };
  std::vector<std::string> buckets;
  if (side == Side::source) {
    buckets = {arn(settings.reports_bucket.text())};
  } else {
    buckets = {arn(names.control_bucket().text())};
    statements.add("Records", {arn(names.control_bucket().text()) + "/records/*"}, {"s3:GetObject"});
  }
  const bool trail_here = side == Side::source || is_cross_account(settings, names.place(Side::destination));
  if (trail_here) buckets.push_back(arn(names.trail_bucket(side)));
  std::vector<std::string> objects = buckets;
  for (std::string& object : objects) object += "/*";
  statements.add(
      "Buckets", buckets,
      {"s3:CreateBucket", "s3:DeleteBucket", "s3:GetBucketTagging", "s3:GetBucketVersioning",
       "s3:GetLifecycleConfiguration", "s3:ListBucket", "s3:ListBucketVersions", "s3:PutBucketTagging",
       "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:TagResource"});
  statements.add("BucketContents", std::move(objects), {"s3:DeleteObjectVersion"});
  if (trail_here) {
    statements.add("TrailBucket", {arn(names.trail_bucket(side))},
                   {"s3:GetBucketPolicy", "s3:PutBucketPolicy"});
  }
  if (side == Side::destination) return;
  // The self-test through the trail removes its tag again.
  statements.add("SelfTestTag", {arn(settings.reports_bucket.text())}, {"s3:UntagResource"});
}

void add_rules(Statements& statements, const Names& names, Side side) {
  statements.add(
      "Rules", {statements.ours("events", "rule/")},
      {"events:DeleteRule", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule",
       "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource"});
  statements.add("EventBus", {names.event_bus_arn(side)}, {"events:PutEvents"});
}

void add_trail(Statements& statements, const Settings& settings, const Names& names, Side side) {
  // Any trail is read, to find one that reports bucket calls.
  statements.add("Trails", {"*"},
                 {"cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"});
  if (side == Side::destination && !is_cross_account(settings, names.place(Side::destination))) return;
  statements.add(
      "Trail", {names.trail_arn(side)},
      {"cloudtrail:AddTags", "cloudtrail:CreateTrail", "cloudtrail:DeleteTrail", "cloudtrail:ListTags",
       "cloudtrail:PutEventSelectors", "cloudtrail:StartLogging", "cloudtrail:UpdateTrail"});
}

// One statement for each name, without repeated actions or resources.
std::vector<Statement> merged(std::vector<Statement> list) {
  std::vector<Statement> result;
  for (Statement& statement : list) {
    const auto same = std::ranges::find(result, statement.sid, &Statement::sid);
    if (same == result.end()) {
      result.push_back(std::move(statement));
      continue;
    }
    for (std::string& resource : statement.resources) {
      if (std::ranges::find(same->resources, resource) == same->resources.end())
        same->resources.push_back(std::move(resource));
    }
  }
  return result;
}

// The alarms on waiting objects of destinations in other accounts: they are in the destination's region and the
// source's account.
std::vector<std::string> pending_alarms(const Settings& settings) {
  const Names names(settings);
  std::vector<std::string> result;
  for (const dr::Place& destination : destinations_of(settings)) {
    if (!is_cross_account(settings, destination)) continue;
    result.push_back(
        names.arn("cloudwatch", {settings.source.account, destination.region}, "alarm:" + names.alarm("*")));
  }
  return result;
}

std::vector<Statement> statements_at(const Settings& settings, const Names& names, Side side) {
  Statements statements(names, side);
  const std::vector<std::string> roles = roles_of(settings, names, side);
  statements.add("Roles", roles,
                 {"iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
                  "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies",
                  "iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"});
  statements.add("FunctionRoles", {roles.front()}, {"iam:PassRole"},
                 condition("StringEquals", "iam:PassedToService", {"lambda.amazonaws.com"}));
  statements.add(
      "Functions", {statements.ours("lambda", "function:")},
      {"lambda:AddPermission", "lambda:CreateFunction", "lambda:DeleteFunction",
       "lambda:DeleteFunctionEventInvokeConfig", "lambda:GetFunction", "lambda:GetFunctionConcurrency",
       "lambda:GetFunctionEventInvokeConfig", "lambda:GetPolicy", "lambda:InvokeFunction", "lambda:ListTags",
       "lambda:PutFunctionEventInvokeConfig", "lambda:RemovePermission", "lambda:TagResource",
       "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"});
  statements.add("Queues", {statements.ours("sqs", "")},
                 {"sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
                  "sqs:ListQueueTags", "sqs:ReceiveMessage", "sqs:SetQueueAttributes", "sqs:TagQueue"});
  const std::string groups = statements.ours("logs", "log-group:/aws/lambda/");
  statements.add("LogGroups", {groups, groups + ":*"},
                 {"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:FilterLogEvents",
                  "logs:ListTagsForResource", "logs:PutRetentionPolicy", "logs:TagResource"});
  statements.add("LogGroupList", {statements.here("logs", "log-group:*")}, {"logs:DescribeLogGroups"});
  statements.add("Topics", {statements.ours("sns", "")},
                 {"sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes",
                  "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource", "sns:Publish",
                  "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource"});
  // These actions have no narrower resource in SNS.
  statements.add("Subscriptions", {"*"},
                 {"sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"});
  std::vector<std::string> alarms{statements.ours("cloudwatch", "alarm:")};
  if (side == Side::source) {
    for (std::string& alarm : pending_alarms(settings)) alarms.push_back(std::move(alarm));
  }
  statements.add("Alarms", std::move(alarms),
                 {"cloudwatch:DeleteAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:PutMetricAlarm",
                  "cloudwatch:TagResource"});
  statements.add("AlarmList", {"*"}, {"cloudwatch:DescribeAlarms"});
  add_buckets(statements, settings, names, side);
  add_rules(statements, names, side);
  add_trail(statements, settings, names, side);
  if (side == Side::source) statements.add("Patterns", {"*"}, {"events:TestEventPattern"});
  return std::move(statements.list);
}

std::vector<Statement> joined(std::vector<Statement> list, std::vector<Statement> more) {
  std::ranges::move(more, std::back_inserter(list));
  return merged(std::move(list));
}

}  // namespace

std::vector<Statement> deployer_statements(const Settings& settings, Side side) {
  std::vector<Statement> result;
  const std::size_t places = side == Side::source ? 1 : destinations_of(settings).size();
  for (std::size_t i = 0; i < places; ++i)
    result = joined(std::move(result), statements_at(settings, Names(settings, i), side));
  return result;
}

json::object deployer_policies(const Settings& settings) {
  std::vector<Statement> source = deployer_statements(settings, Side::source);
  std::map<std::string, std::vector<Statement>> others;  // by account
  const std::vector<dr::Place> destinations = destinations_of(settings);
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    std::vector<Statement> one = statements_at(settings, Names(settings, i), Side::destination);
    std::vector<Statement>& list =
        is_cross_account(settings, destinations[i]) ? others[destinations[i].account.text()] : source;
    list = joined(std::move(list), std::move(one));
  }
  if (others.empty()) return {{"policy", policy_document(source)}};
  json::object result{{"source", policy_document(source)}};
  for (const auto& [account, statements] : others) {
    const std::string key = others.size() == 1 ? "destination" : "destination " + account;
    result[key] = policy_document(statements);
  }
  return result;
}

}  // namespace s3dr::deploy
