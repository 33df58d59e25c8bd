#include "sim/deployed/deployer_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "deploy/declare/declaration.h"
#include "deploy/declare/deployer_policy.h"
#include "deploy/resources/names.h"
#include "deploy/resources/service_calls.h"
#include "sim/deploy/by_hand.h"
#include "sim/deploy/drift.h"
#include "sim/deployed/deployed_job.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;

// What the embedded cloud cannot miss.
constexpr std::string_view not_tried[] = {
    "iam:DetachRolePolicy",  // it has no managed policies
    "lambda:ListTags",       // on AWS GetFunction leaves the tags out without it
};

constexpr std::size_t drift_rounds_max = 12;

Task<> make_deployer(DeployedJob& job, std::string policy, aws::Credentials& session) {
  client::ServiceClient& client = job.deployed().by_hand().of(deploy::Side::source);
  deploy::ServiceCalls calls(client);
  const std::string account = job.settings().source.account.text();
  deploy::Form role{{"RoleName", "deployer"},
                    {"AssumeRolePolicyDocument",
                     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" +
                         account + R"("},"Action":"sts:AssumeRole"}]})"}};
  co_await calls.query("iam", "CreateRole", std::move(role));
  deploy::Form inline_policy{{"RoleName", "deployer"}, {"PolicyName", "deploy"}, {"PolicyDocument", policy}};
  co_await calls.query("iam", "PutRolePolicy", std::move(inline_policy));
  client::ServiceCall call = client::query_call(
      "sts", "AssumeRole", "2011-06-15",
      {{"RoleArn", "arn:aws:iam::" + account + ":role/deployer"}, {"RoleSessionName", "deploy"}},
      Repeatable::always);
  client::ServiceAnswer answer = co_await client.require(std::move(call));
  const deploy::QueryAnswer said(std::move(answer.body));
  session.access_key_id = said.text({"Credentials", "AccessKeyId"});
  session.secret_access_key = Secret(said.text({"Credentials", "SecretAccessKey"}));
  session.session_token = Secret(said.text({"Credentials", "SessionToken"}));
}

void with_a_trail(deploy::Settings& settings) {
  settings.create_trail = true;
}

// One more change by hand to the first resource of each kind; false: there is none left.
bool drift(DeployedJob& job, std::size_t round) {
  std::set<deploy::Kind> seen;
  bool changed = false;
  for (const deploy::Resource& resource : deploy::declare(job.settings())) {
    if (!resource.wanted || !seen.insert(resource.kind).second) continue;
    const std::vector<Drift> drifts = drifts_of(resource);
    if (round >= drifts.size()) continue;
    job.cluster().run(change_by_hand(job.deployed().by_hand(), resource, drifts[round].after),
                      "a change by hand");
    changed = true;
  }
  return changed;
}

std::string failure_of(const CommandEnd& end, const char* command) {
  if (!end.ok()) return std::string(command) + ": " + end.text();
  for (const deploy::SelfTestStep& step : end.self_test) {
    if (!step.passed) return std::string(command) + ": " + step.what + ": " + step.detail;
  }
  return "";
}

// The commands with that policy alone; why one of them failed, empty: none did.
std::string play(const std::string& policy, bool with_drift, Log* log) {
  DeployedJobOptions options;
  options.log = log;
  options.change_settings = with_a_trail;
  DeployedJob job(options);
  job.watch().allow(s3::BucketName::parse(deploy::Names(job.settings()).trail_bucket()));
  CommandOptions command;
  command.self_test = true;
  command.through_trail = true;
  command.delete_own_buckets = true;
  command.session.emplace();
  job.cluster().run(make_deployer(job, policy, *command.session), "a role for the deployment");
  std::string failure = failure_of(job.deployed().apply(command), "apply");
  if (failure.empty()) failure = failure_of(job.deployed().status(command), "status");
  command.self_test = false;
  for (std::size_t round = 0; with_drift && failure.empty() && round < drift_rounds_max; ++round) {
    if (!drift(job, round)) break;
    failure = failure_of(job.deployed().apply(command), "apply after a change by hand");
  }
  if (with_drift && failure.empty()) {
    job.deployed().settings().package = small_package("another");
    failure = failure_of(job.deployed().apply(command), "apply of another package");
  }
  if (failure.empty()) failure = failure_of(job.deployed().destroy(command), "destroy");
  return failure;
}

std::string without(json::object policy, std::string_view sid, std::string_view action) {
  json::array kept;
  for (json::value& statement : policy.at("Statement").as_array()) {
    json::array& actions = statement.at("Action").as_array();
    if (statement.at("Sid") == json::value(sid)) {
      const auto taken = std::ranges::find(actions, json::value(action));
      if (taken != actions.end()) actions.erase(taken);
    }
    if (!actions.empty()) kept.push_back(statement);
  }
  policy["Statement"] = std::move(kept);
  return json::serialize(policy);
}

}  // namespace

void deployer_matrix(Log* log, MatrixReport& report) {
  DeployedJobOptions options;
  options.change_settings = with_a_trail;
  const json::object policy =
      deploy::deployer_policies(DeployedJob(options).settings()).at("policy").as_object();
  const std::string whole = json::serialize(policy);
  for (const bool with_drift : {false, true}) {
    const std::string failure = play(whole, with_drift, log);
    report.expect(failure.empty(), "deploy permissions, all of them: " + failure);
  }
  std::size_t count = 0;
  for (const json::value& statement : policy.at("Statement").as_array()) {
    const std::string sid(statement.at("Sid").as_string());
    for (const json::value& entry : statement.at("Action").as_array()) {
      const std::string action(entry.as_string());
      if (std::ranges::find(not_tried, action) != std::end(not_tried)) continue;
      const std::string less = without(policy, sid, action);
      std::string failure = play(less, false, log);
      if (failure.empty()) failure = play(less, true, log);
      report.expect(!failure.empty(),
                    "deploy permissions without " + action + " (" + sid + "): nothing is missed");
      ++count;
    }
  }
  report.summary += fmt::format("deploy permissions: {} actions, each one taken away and missed\n", count);
}

}  // namespace s3dr::sim
