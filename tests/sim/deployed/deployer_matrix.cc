#include "sim/deployed/deployer_matrix.h"

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "deploy/declare/deployer_policy.h"
#include "deploy/resources/names.h"
#include "deploy/resources/service_calls.h"
#include "sim/deployed/deployed_job.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;

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

std::string failure_of(const CommandEnd& end, const char* command) {
  if (!end.ok()) return std::string(command) + ": " + end.text();
  for (const deploy::SelfTestStep& step : end.self_test) {
    if (!step.passed) return std::string(command) + ": " + step.what + ": " + step.detail;
  }
  return "";
}

// The commands with that policy alone; why one of them failed, empty: none did.
std::string play(const std::string& policy, Log* log) {
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
  if (failure.empty()) failure = failure_of(job.deployed().destroy(command), "destroy");
  return failure;
}

}  // namespace

void deployer_matrix(Log* log, MatrixReport& report) {
  DeployedJobOptions options;
  options.change_settings = with_a_trail;
  const json::object policy =
      deploy::deployer_policies(DeployedJob(options).settings()).at("policy").as_object();
  const std::string whole = json::serialize(policy);
  const std::string failure = play(whole, log);
  report.expect(failure.empty(), "deploy permissions, all of them: " + failure);
  report.summary += "deploy permissions: apply, status and destroy with them and nothing more\n";
}

}  // namespace s3dr::sim
