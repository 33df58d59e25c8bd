#include "sim/deployed/privilege_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <vector>

#include "base/random.h"
#include "deploy/declare/declaration.h"
#include "deploy/resources/names.h"
#include "deploy/resources/service_calls.h"
#include "sim/deployed/privilege_scenarios.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;

// One action in one statement of a role's policies. Statements of the same role that allow it anyway (in one
// account both sides' buckets are the same account's) lose it together.
struct Right {
  deploy::Resource where;  // the role
  std::string role, policy, sid, action;
  std::vector<std::string> also;  // other statements that lose it as well
  json::array resources;
  json::value condition;
};

bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() != '*')
    return !text.empty() && pattern.front() == text.front() && matches(pattern.substr(1), text.substr(1));
  for (std::size_t skipped = 0; skipped <= text.size(); ++skipped) {
    if (matches(pattern.substr(1), text.substr(skipped))) return true;
  }
  return false;
}

bool covers(const Right& outer, const Right& inner) {
  if (!outer.condition.is_null() && outer.condition != inner.condition) return false;
  return std::ranges::all_of(inner.resources, [&](const json::value& resource) {
    return std::ranges::any_of(outer.resources, [&](const json::value& pattern) {
      return matches(std::string_view(pattern.as_string()), std::string_view(resource.as_string()));
    });
  });
}

void add_rights(const deploy::Resource& role, std::vector<Right>& rights) {
  std::vector<Right> of_role;
  for (const auto& [policy, document] : role.properties.at("policies").as_object()) {
    for (const json::value& statement : document.at("Statement").as_array()) {
      const json::object& fields = statement.as_object();
      for (const json::value& action : fields.at("Action").as_array()) {
        Right right;
        right.where = role;
        right.role = role.name;
        right.policy = std::string(policy);
        right.sid = std::string(fields.at("Sid").as_string());
        right.action = std::string(action.as_string());
        right.resources = fields.at("Resource").as_array();
        if (const json::value* condition = fields.if_contains("Condition")) right.condition = *condition;
        const auto twin = std::ranges::find_if(of_role, [&](const Right& other) {
          return other.action == right.action && (covers(other, right) || covers(right, other));
        });
        if (twin == of_role.end()) {
          of_role.push_back(std::move(right));
        } else {
          twin->also.push_back(right.sid);
        }
      }
    }
  }
  for (Right& right : of_role) rights.push_back(std::move(right));
}

// Rights for what the embedded cloud does not have, so that nothing here can miss them.
constexpr std::string_view not_here[] = {"s3:GetObjectVersionAnnotationForReplication"};

std::vector<Right> all_rights(const deploy::Settings& settings) {
  std::vector<Right> rights;
  for (const deploy::Resource& resource : deploy::declare(settings)) {
    if (resource.kind == deploy::Kind::role && resource.wanted) add_rights(resource, rights);
  }
  std::erase_if(rights, [](const Right& right) {
    return std::ranges::find(not_here, right.action) != std::end(not_here);
  });
  return rights;
}

json::object without(json::object document, const Right& right) {
  json::array kept;
  for (json::value& statement : document.at("Statement").as_array()) {
    json::object& fields = statement.as_object();
    const std::string sid(fields.at("Sid").as_string());
    json::array& actions = fields.at("Action").as_array();
    if (sid == right.sid || std::ranges::find(right.also, sid) != right.also.end()) {
      const auto taken = std::ranges::find(actions, json::value(right.action));
      if (taken != actions.end()) actions.erase(taken);
    }
    if (!actions.empty()) kept.push_back(std::move(statement));
  }
  document["Statement"] = std::move(kept);
  return document;
}

Task<> take_away(DeployedJob& job, Right right, json::object document) {
  deploy::ServiceCalls calls(job.deployed().by_hand().of(right.where));
  deploy::Form form{{"RoleName", right.role}, {"PolicyName", right.policy}};
  if (document.at("Statement").as_array().empty()) {
    co_await calls.query("iam", "DeleteRolePolicy", std::move(form));
  } else {
    form["PolicyDocument"] = json::serialize(document);
    co_await calls.query("iam", "PutRolePolicy", std::move(form));
  }
}

void take_away(DeployedJob& job, const Right& right) {
  for (const deploy::Resource& resource : deploy::declare(job.settings())) {
    if (resource.kind != deploy::Kind::role || resource.arn != right.where.arn) continue;
    json::object document = resource.properties.at("policies").at(right.policy).as_object();
    job.cluster().run(take_away(job, right, without(std::move(document), right)), "taking a right away");
    return;
  }
  throw Failed("there is no role " + right.role);
}

// Which scenario needs a right. Most are needed from the first tag on; these are not.
struct Need {
  std::string_view role, action, sid;  // part of the role's name; empty sid: any
  std::string_view scenario;
};
constexpr Need needs[] = {
    {"source_bucket_check", "sns:Publish", "EnableTopic", "untag pauses"},
    {"destination_bucket_check", "sns:Publish", "EnableTopic", "handed on"},
    {"source_bucket_check", "s3:ListAllMyBuckets", "", "sweep that goes on"},
    {"source_bucket_check", "events:PutEvents", "", "sweep that goes on"},
    {"source_bucket_check", "s3:PutObject", "Records", "source deleted"},
    {"source_bucket_check", "s3:GetObject", "Heartbeat", "heartbeat"},
    {"source_bucket_check", "s3:PutObject", "Heartbeat", "heartbeat"},
    {"source_bucket_check", "s3:GetObject", "JobQueue", "failed job between sweeps"},
    {"source_bucket_check-remote", "s3:GetBucketTagging", "ReplicaBuckets", "adoption"},
    {"source_bucket_check-remote", "s3:GetBucketVersioning", "ReplicaBuckets", "adoption"},
    {"source_bucket_check", "s3:GetBucketPolicy", "", "rule deleted by hand"},
    {"source_bucket_check-remote", "s3:GetBucketPolicy", "", "adoption"},
    {"enable_replication", "s3:ListBucketVersions", "", "empty bucket"},
    {"enable_replication", "s3:ListBucketVersions", "ReplicaBuckets", "unreadable version"},
    {"enable_replication", "s3:GetObject", "JobReports", "unreadable version"},
    {"source_bucket_check", "s3:ListBucketVersions", "", "rule deleted after a comparison"},
    {"source_bucket_check", "sqs:SendMessage", "", "source_bucket_check given up"},
    {"destination_bucket_check", "sqs:SendMessage", "", "destination_bucket_check given up"},
    {"enable_replication", "sqs:SendMessage", "", "enable_replication given up"},
    {"", "logs:CreateLogStream", "", "logs"},
    {"", "logs:PutLogEvents", "", "logs"},
    {"s3dr-replication", "s3:ReplicateDelete", "", "live writes"},
    {"s3dr-replication", "s3:ReplicateTags", "", "live writes"},
    {"s3dr-replication", "s3:GetObjectVersionTagging", "", "live writes"},
};

// Every right about the rest of a bucket's configuration.
bool is_about_settings(const Right& right) {
  return right.sid == "SourceBucketSettings" || right.sid == "ReplicaBucketSettings" ||
         right.action == "s3:PutBucketObjectLockConfiguration";
}

const PrivilegeScenario& scenario_for(const Right& right) {
  std::string_view name = is_about_settings(right) ? "settings" : "first tag";
  for (const Need& need : needs) {
    if (right.role.find(need.role) != std::string::npos && right.action == need.action &&
        (need.sid.empty() || need.sid == right.sid))
      name = need.scenario;
  }
  const auto all = privilege_scenarios();
  const auto found = std::ranges::find(all, name, &PrivilegeScenario::name);
  if (found == all.end()) throw Failed("there is no scenario " + std::string(name));
  return *found;
}

// The message that tells of the missing right; empty: none does.
std::string message_about(DeployedJob& job, const Right& right) {
  const std::string action = "not authorized to perform: " + right.action;
  std::vector<std::string> lines = job.lines();
  // What a setting lacks is told by the record, and by the condition that follows from it.
  if (const auto record = job.record(s3::BucketName::parse("data-1"))) {
    for (const dr::SettingRecord& one : record->settings.kinds) lines.push_back(one.message);
  }
  for (const std::string& line : lines) {
    const std::size_t at = line.find(action);
    if (at == std::string::npos) continue;
    const std::string_view rest = std::string_view(line).substr(at + action.size());
    constexpr std::string_view on = " on resource: ";
    for (const json::value& resource : right.resources) {
      const std::string_view pattern(resource.as_string());
      // Of a right on everything there is no resource to name.
      if (pattern == "*") return line;
      if (!rest.starts_with(on)) continue;
      const std::string_view named =
          rest.substr(on.size(), rest.find_first_of(" \"\\,;", on.size()) - on.size());
      if (matches(pattern, named)) return line;
    }
  }
  return "";
}

// How a scenario is played.
struct Stage {
  bool two_accounts = false;
  std::size_t protections = 1;
  Log* log = nullptr;

  std::string name() const {
    if (protections > 1) return std::to_string(protections) + " protections";
    return two_accounts ? "two accounts" : "one account";
  }
};

// Which of several protections needs the right, by where it is in the cluster's list. What several need, the first of
// them does.
std::size_t focus_of(const Right& right, const deploy::Settings& settings) {
  const bool for_other_accounts = right.sid == "ReplicaObjectsOfOthers" || right.sid == "RemoteRole";
  const auto& all = settings.protections;
  // "*-dr" is among the replicas of others, too: the last one has a name of its own.
  if (right.sid == "ReplicaObjects") return all.size() - 1;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool in_other_account = deploy::is_cross_account(settings, all[i].destination);
    if (for_other_accounts && in_other_account) return i;
    const deploy::Names names(settings, i);
    for (const deploy::Function function : deploy::all_functions) {
      const bool own = deploy::side_of(function) == deploy::Side::destination;
      if ((own && right.where.arn == names.role_arn(function)) ||
          (in_other_account && right.where.arn == names.remote_role_arn(function)))
        return i;
    }
  }
  return 0;
}

DeployedJobOptions options_for(const PrivilegeScenario& scenario, const Stage& stage, std::size_t focus = 0) {
  DeployedJobOptions options;
  options.two_accounts = stage.two_accounts;
  options.protections = stage.protections;
  options.focus = focus;
  options.log = stage.log;
  if (scenario.change_settings != nullptr) options.change_settings = scenario.change_settings;
  return options;
}

std::string shortened(const std::string& message) {
  constexpr std::size_t shown_max = 200;
  std::size_t at = message.find("not authorized to perform");
  if (at == std::string::npos) at = 0;
  return message.substr(
      at, std::min({shown_max, message.find(" because", at) - at, message.find('\n', at) - at}));
}

void try_all_rights(MatrixReport& report, const PrivilegeScenario& scenario, const Stage& stage,
                    std::size_t focus) {
  try {
    DeployedJob job(options_for(scenario, stage, focus));
    job.deploy();
    if (scenario.before != nullptr) scenario.before(job);
    scenario.play(job);
    report.expect(true, "");
  } catch (const std::exception& error) {
    report.expect(false,
                  fmt::format("{}, with all rights, {}: {}", stage.name(), scenario.name, error.what()));
  }
}

void try_without(MatrixReport& report, const Right& right, const PrivilegeScenario& scenario,
                 const Stage& stage, std::size_t focus = 0) {
  const std::string name = fmt::format("{}, {} without {} ({}{}), {}", stage.name(), right.role, right.action,
                                       right.sid, right.also.empty() ? "" : ", …", scenario.name);
  std::string failure;
  try {
    DeployedJob job(options_for(scenario, stage, focus));
    job.deploy();
    if (scenario.before != nullptr) scenario.before(job);
    take_away(job, right);
    try {
      scenario.play(job);
    } catch (const Failed& failed) {
      failure = failed.what();
    }
    const std::string message = message_about(job, right);
    report.expect(!failure.empty(), name + ": nothing is missed");
    if (failure.empty()) return;
    report.expect(!message.empty(), name + ": no message names action and resource; " + failure);
    report.rows.push_back(
        fmt::format("{:<36} {:<38} {:<34} {}", right.role, right.action, scenario.name, shortened(message)));
  } catch (const std::exception& error) {
    report.expect(false, name + ": " + error.what());
  }
}

void try_all(MatrixReport& report, const Stage& stage, const RightsSample& sample, Random& dice) {
  const auto all = privilege_scenarios();
  for (const PrivilegeScenario& scenario : all) {
    for (std::size_t focus = 0; focus < stage.protections; ++focus)
      try_all_rights(report, scenario, stage, focus);
  }
  DeployedJob declared(options_for(all.front(), stage));
  const std::vector<Right> rights = all_rights(declared.settings());
  const std::size_t missed_before = report.rows.size();
  std::size_t tried = 0;
  for (const Right& right : rights) {
    if (sample.every > 1 && dice.next() % sample.every != 0) continue;
    ++tried;
    try_without(report, right, scenario_for(right), stage, focus_of(right, declared.settings()));
  }
  report.summary += fmt::format(
      "least privilege, {}: {} scenarios with all rights; {} of {} rights taken away, {} missed\n",
      stage.name(), all.size() * stage.protections, tried, rights.size(), report.rows.size() - missed_before);
}

// The matrix itself, tried: a right that the scenario does not need is found to be one too many.
void try_a_spare_right(MatrixReport& report, const Stage& stage) {
  const auto all = privilege_scenarios();
  DeployedJob declared(options_for(all.front(), stage));
  const std::vector<Right> rights = all_rights(declared.settings());
  const auto spare = std::ranges::find(rights, "s3:ListAllMyBuckets", &Right::action);
  MatrixReport planted;
  if (spare != rights.end()) try_without(planted, *spare, all.front(), stage);
  report.expect(planted.failures.size() == 1 && planted.failures[0].ends_with("nothing is missed"),
                "planted bug not found: a right that nothing needs");
}

}  // namespace

MatrixReport privilege_matrix(const RightsSample& sample, Log* log) {
  MatrixReport report;
  const auto dice = make_seeded_random(sample.seed);
  for (const bool two_accounts : {false, true}) try_all(report, {two_accounts, 1, log}, sample, *dice);
  try_a_spare_right(report, {false, 1, log});
  return report;
}

MatrixReport privilege_matrix_of_several(const RightsSample& sample, Log* log) {
  MatrixReport report;
  const auto dice = make_seeded_random(sample.seed);
  try_all(report, {false, 3, log}, sample, *dice);
  return report;
}

}  // namespace s3dr::sim
