#include "sim/deployed/deployer_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/random.h"
#include "client/s3/body_source.h"
#include "client/s3/object_writer.h"
#include "deploy/declare/declaration.h"
#include "deploy/declare/deployer_policy.h"
#include "deploy/resources/names.h"
#include "deploy/resources/service_calls.h"
#include "dr/record.h"
#include "sim/deploy/by_hand.h"
#include "sim/deploy/drift.h"
#include "sim/deploy/others.h"
#include "sim/deployed/deployed_job.h"
#include "sim/world/raw_calls.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;

// What the embedded cloud cannot miss, and why.
constexpr std::pair<std::string_view, std::string_view> not_tried[] = {
    {"iam:DetachRolePolicy", "the embedded cloud has no managed policies (501)"},
};

constexpr std::size_t drift_rounds_max = 12;

// The policies of one deployment: in one account one for both sides.
struct Policies {
  json::object source;
  std::optional<json::object> destination;
};

Policies policies_of(const deploy::Settings& settings) {
  json::object printed = deploy::deployer_policies(settings);
  if (json::value* whole = printed.if_contains("policy"))
    return {std::move(whole->as_object()), std::nullopt};
  return {std::move(printed.at("source").as_object()), std::move(printed.at("destination").as_object())};
}

// The session of a role of that side's account that has this policy and nothing else.
Task<> make_deployer(DeployedJob& job, deploy::Side side, std::string policy,
                     std::optional<aws::Credentials>& session) {
  client::ServiceClient& client = job.deployed().by_hand().of(side);
  const std::string account = deploy::Names(job.settings()).place(side).account.text();
  std::map<std::string, std::string> role{
      {"RoleName", "deployer"},
      {"AssumeRolePolicyDocument",
       R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" + account +
           R"("},"Action":"sts:AssumeRole"}]})"}};
  co_await query(client, "iam", "CreateRole", std::move(role));
  std::map<std::string, std::string> inline_policy{
      {"RoleName", "deployer"}, {"PolicyName", "deploy"}, {"PolicyDocument", policy}};
  co_await query(client, "iam", "PutRolePolicy", std::move(inline_policy));
  client::ServiceCall call = client::query_call(
      "sts", "AssumeRole", "2011-06-15",
      {{"RoleArn", "arn:aws:iam::" + account + ":role/deployer"}, {"RoleSessionName", "deploy"}},
      Repeatable::always);
  client::ServiceAnswer answer = co_await client.require(std::move(call));
  const deploy::QueryAnswer said(std::move(answer.body));
  session.emplace();
  session->access_key_id = said.text({"Credentials", "AccessKeyId"});
  session->secret_access_key = Secret(said.text({"Credentials", "SecretAccessKey"}));
  session->session_token = Secret(said.text({"Credentials", "SessionToken"}));
}

// destroy reads the records before anything else.
Task<> read_a_record(ServiceHands& hands, deploy::Settings settings) {
  co_await hands.s3.records->read(
      dr::record_key(settings.source.account, settings.source.region, s3::BucketName::parse("photos")));
}

// A deployment with everything that its policy is for.
void with_everything(deploy::Settings& settings) {
  settings.create_trail = true;
  settings.alarms = true;
}

// What a deployment comes to hold: a message in each dead letter queue, a document in each of its own buckets.
Task<> leave_traces(DeployedJob& job) {
  ServiceHands& hands = job.deployed().by_hand();
  const deploy::Names names(job.settings());
  for (const deploy::Side side : {deploy::Side::source, deploy::Side::destination}) {
    json::object which{{"QueueName", names.dead_letters()}};
    const json::value queue =
        co_await call_json(hands.of(side), "sqs", "AmazonSQS.GetQueueUrl", std::move(which));
    json::object message{{"QueueUrl", queue.at("QueueUrl")}, {"MessageBody", "nobody wanted this"}};
    co_await call_json(hands.of(side), "sqs", "AmazonSQS.SendMessage", std::move(message));
  }
  for (const deploy::Resource& resource : deploy::declare(job.settings())) {
    if (resource.kind != deploy::Kind::bucket || resource.holds.empty()) continue;
    const bool at_source = resource.side == deploy::Side::source;
    // A folder of the deployment, or one document that it keeps.
    const std::string& held = resource.holds.back();
    const std::string key = held.ends_with('/') ? held + "trace" : held;
    client::ObjectWriter writer(at_source ? *hands.s3.source_client : *hands.s3.destination_client,
                                s3::AccountId::parse(resource.account));
    co_await writer.put_object(s3::BucketName::parse(resource.name), s3::ObjectKey(key),
                               client::text_source("trace"), {});
  }
}

// Somebody has taken our tag away from everything: only an apply that adopts goes on.
Task<> take_tags_away(DeployedJob& job) {
  for (const deploy::Resource& resource : deploy::declare(job.settings())) {
    if (resource.wanted && resource.properties.contains("tags"))
      co_await tag_by_hand(job.deployed().by_hand(), resource, {}, deploy::owner_tag);
  }
}

// One more change by hand to the first resource of each kind on each side; false: there is none left.
bool drift(DeployedJob& job, std::size_t round) {
  std::set<std::pair<deploy::Kind, deploy::Side>> seen;
  bool changed = false;
  for (const deploy::Resource& resource : deploy::declare(job.settings())) {
    if (!resource.wanted || !seen.emplace(resource.kind, resource.side).second) continue;
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

// The commands with these policies alone; why one of them failed, empty: none did.
std::string play(const Policies& policies, bool with_drift, Log* log) {
  DeployedJobOptions options;
  options.log = log;
  options.change_settings = with_everything;
  options.two_accounts = policies.destination.has_value();
  DeployedJob job(options);
  const deploy::Names names(job.settings());
  CommandOptions command;
  command.self_test = true;
  command.through_trail = true;
  command.delete_own_buckets = true;
  const auto make = [&](deploy::Side side, const json::object& policy,
                        std::optional<aws::Credentials>& session) {
    job.watch().allow(s3::BucketName::parse(names.trail_bucket(side)));
    job.cluster().run(make_deployer(job, side, json::serialize(policy), session),
                      "a role for the deployment");
  };
  make(deploy::Side::source, policies.source, command.session);
  if (policies.destination)
    make(deploy::Side::destination, *policies.destination, command.destination_session);
  if (with_drift) {  // some of the changes name things of others
    for (const char* bucket : {"photos", "photos-dr"}) job.watch().allow(s3::BucketName::parse(bucket));
    job.cluster().run(make_others(job.deployed()), "others' things");
  }
  std::string failure = failure_of(job.deployed().apply(command), "apply");
  if (with_drift && failure.empty()) job.cluster().run(leave_traces(job), "messages and documents");
  if (failure.empty()) failure = failure_of(job.deployed().status(command), "status");
  command.self_test = false;
  for (std::size_t round = 0; with_drift && failure.empty() && round < drift_rounds_max; ++round) {
    if (!drift(job, round)) break;
    failure = failure_of(job.deployed().apply(command), "apply after a change by hand");
  }
  if (with_drift && failure.empty()) {
    job.cluster().run(take_tags_away(job), "no tags");
    command.adopt = true;
    failure = failure_of(job.deployed().apply(command), "apply that adopts");
  }
  if (with_drift && failure.empty()) {
    job.deployed().settings().package = small_package("another");
    failure = failure_of(job.deployed().apply(command), "apply of another package");
  }
  if (!failure.empty()) return failure;
  ServiceHands hands(job.cluster(), "records", 1, nullptr, {}, command.session, command.destination_session);
  try {
    job.cluster().run(read_a_record(hands, job.settings()), "the records");
  } catch (const Error& error) {
    return std::string("destroy: ") + error.what();
  }
  return failure_of(job.deployed().destroy(command), "destroy");
}

// False: that statement does not have the action.
bool take_away(json::object& policy, std::string_view sid, std::string_view action) {
  bool taken = false;
  json::array kept;
  for (json::value& statement : policy.at("Statement").as_array()) {
    json::array& actions = statement.at("Action").as_array();
    const auto place = std::ranges::find(actions, json::value(action));
    if (statement.at("Sid") == json::value(sid) && place != actions.end()) {
      actions.erase(place);
      taken = true;
    }
    if (!actions.empty()) kept.push_back(std::move(statement));
  }
  policy["Statement"] = std::move(kept);
  return taken;
}

struct Action {
  deploy::Side side;
  std::string sid, name;
};

std::vector<Action> actions_of(const Policies& policies) {
  std::vector<Action> actions;
  const auto add = [&](deploy::Side side, const json::object& policy) {
    for (const json::value& statement : policy.at("Statement").as_array()) {
      const std::string sid(statement.at("Sid").as_string());
      for (const json::value& entry : statement.at("Action").as_array()) {
        const std::string name(entry.as_string());
        if (std::ranges::find(not_tried, name, [](const auto& one) { return one.first; }) ==
            std::end(not_tried))
          actions.push_back({side, sid, name});
      }
    }
  };
  add(deploy::Side::source, policies.source);
  if (policies.destination) add(deploy::Side::destination, *policies.destination);
  return actions;
}

void without(const Policies& all, const Action& action, Log* log, MatrixReport& report) {
  Policies fewer = all;
  json::object& policy = action.side == deploy::Side::source ? fewer.source : *fewer.destination;
  const std::string what = fmt::format("deploy permissions, {}, {} without {} ({})",
                                       all.destination ? "two accounts" : "one account",
                                       deploy::to_string(action.side), action.name, action.sid);
  if (!take_away(policy, action.sid, action.name)) throw Failed(what + ": it is not there");
  std::string failure = play(fewer, false, log);
  if (failure.empty()) failure = play(fewer, true, log);
  report.expect(!failure.empty(), what + ": nothing is missed");
  report.expect(failure.empty() || failure.find(action.name) != std::string::npos,
                what + ": the failure does not name it: " + failure);
}

void try_policies(bool two_accounts, std::uint64_t every, Random& dice, Log* log, MatrixReport& report) {
  DeployedJobOptions options;
  options.change_settings = with_everything;
  options.two_accounts = two_accounts;
  const Policies all = policies_of(DeployedJob(options).settings());
  const std::string failure = play(all, true, log);
  report.expect(failure.empty(), "deploy permissions, all of them: " + failure);
  const std::vector<Action> actions = actions_of(all);
  std::size_t count = 0;
  for (const Action& action : actions) {
    if (every > 1 && dice.next() % every != 0) continue;
    without(all, action, log, report);
    ++count;
  }
  report.summary +=
      fmt::format("deploy permissions, {}: {} of {} actions taken away, each one missed and named\n",
                  two_accounts ? "two accounts" : "one account", count, actions.size());
}

}  // namespace

MatrixReport deployer_matrix(std::uint64_t every, std::uint64_t seed, Log* log) {
  MatrixReport report;
  const auto dice = make_seeded_random(seed);
  for (const bool two_accounts : {false, true}) {
    try {
      try_policies(two_accounts, every, *dice, log, report);
    } catch (const std::exception& error) {
      report.failures.push_back(std::string("deploy permissions: ") + error.what());
    }
  }
  for (const auto& [action, reason] : not_tried)
    report.summary += fmt::format("not tried: {}: {}\n", action, reason);
  return report;
}

}  // namespace s3dr::sim
