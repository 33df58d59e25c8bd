// The invariants of dr/plan.h over very many starts (plan_cases.h): 10^5 of them in `make test`, 10^6 in
// `make test-full`. Each start is judged as it is, with one observation missing, and after everybody has acted.
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>

#include "dr/premises.h"
#include "dr/replica_policy.h"
#include "property/plan_cases.h"
#include "s3/xml_bucket.h"
#include "support/settings_oracle.h"

namespace s3dr {
namespace {

using dr::Function;
using test::case_now;
using test::case_source;
using test::ModelWorld;

constexpr std::array executors = {Function::source_bucket_check, Function::destination_bucket_check,
                                  Function::enable_replication};
constexpr int rounds_max = 3, steps_max = 40;
const s3::BucketName elsewhere = s3::BucketName::parse("elsewhere");

// What a case broke; the test adds its number.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void expect(bool holds, const std::string& what) {
  if (!holds) throw Broken(what);
}

std::string text_of(const dr::Action& action) {
  std::string text = std::string(dr::to_string(action.kind)) + "|" +
                     std::string(dr::to_string(action.executor)) + "|" + action.what + "|" + action.reason +
                     "|" + action.blocked_by + "|" + action.bucket_policy + "|" + action.advice;
  if (action.configuration) text += s3::write_replication_configuration(*action.configuration);
  for (const dr::SettingWrite& one : action.settings)
    text += std::string(s3::to_string(one.kind)) + one.document.value_or("");
  if (action.record) text += dr::to_json(*action.record);
  return text;
}

std::string text_of(const dr::Plan& plan) {
  std::string text = std::string(dr::to_string(plan.state)) + "|" + plan.state_reason;
  for (const dr::Action& action : plan.actions) text += "\n" + text_of(action);
  for (const std::string& warning : plan.warnings) text += "\n" + warning;
  return text;
}

std::set<std::string> ready_actions(const dr::Plan& plan) {
  std::set<std::string> result;
  for (const dr::Action& action : plan.actions)
    if (action.ready()) result.insert(text_of(action));
  return result;
}

// One function, as its executor goes on until it has nothing left, or until S3 refuses a configuration: a rule of others
// may name a bucket that is not versioned. Returns how many actions it carried out.
int let_act(ModelWorld& world, Function who) {
  std::set<std::string> done;
  for (int step = 0; step < steps_max; ++step) {
    const auto seen = world.observe(case_source(), case_now);
    const auto plan = dr::plan(world.policy, seen, case_now);
    const dr::Action* next = plan.next_for(who);
    if (next == nullptr) return step;
    if (next->kind != dr::ActionKind::write_record)
      expect(done.insert(next->what).second, "done twice: " + next->what);
    const std::string wrong = test::wrongly_written(world, seen, *next);
    expect(wrong.empty(), wrong);
    try {
      world.apply(*next, seen, case_now);
    } catch (const Error& error) {
      expect(error.code() == "InvalidRequest", error.what());
      return step;
    }
  }
  throw Broken("no end of actions of " + std::string(dr::to_string(who)));
}

// Rules of others as XML, but for the one that a person has asked to replace.
std::vector<std::string> rules_of_others(const ModelWorld& world, const std::set<std::string>& may_go) {
  std::vector<std::string> result;
  const auto source = world.buckets.find(case_source());
  if (source == world.buckets.end() || !source->second.replication) return result;
  for (const auto& rule : dr::foreign_rules(world.policy, case_source(), *source->second.replication)) {
    if (!may_go.contains(rule.id)) result.push_back(s3::write_replication_configuration({"", {rule}}));
  }
  return result;
}

std::set<std::string> rules_that_may_go(const ModelWorld& world) {
  std::set<std::string> result;
  const auto record = world.record(case_source());
  const auto source = world.buckets.find(case_source());
  if (!record || source == world.buckets.end() || !source->second.replication) return result;
  if (!record->instruction || record->instruction->kind != dr::InstructionKind::adopt) return result;
  for (const auto& rule : source->second.replication->rules) {
    if (s3::destination_bucket(rule.destination) == record->instruction->bucket) result.insert(rule.id);
  }
  return result;
}

std::vector<std::string> statements_of_others(const test::ModelBucket& bucket) {
  std::vector<std::string> result;
  if (!bucket.bucket_policy) return result;
  const boost::json::value document = boost::json::parse(*bucket.bucket_policy);
  for (const boost::json::value& statement : document.at("Statement").as_array()) {
    if (!dr::is_own_sid(std::string(statement.at("Sid").as_string())))
      result.push_back(boost::json::serialize(statement));
  }
  return result;
}

bool has_all_tags(const test::ModelBucket& before, const test::ModelBucket& after) {
  if (!before.tags) return true;
  return std::ranges::all_of(*before.tags, [&](const s3::Tag& tag) {
    return after.tags && s3::find_tag(*after.tags, tag.key) != nullptr;
  });
}

// Nothing that somebody else has is taken away, whatever was done.
void expect_nothing_lost(const ModelWorld& before, const ModelWorld& after) {
  const std::set<std::string> may_go = rules_that_may_go(before);
  expect(rules_of_others(after, may_go) == rules_of_others(before, may_go), "rules of others have changed");
  for (const auto& [name, was] : before.buckets) {
    const auto now = after.buckets.find(name);
    expect(now != after.buckets.end(), "a bucket is gone: " + name.text());
    const test::ModelBucket& is = now->second;
    expect(is.versions == was.versions, "versions of " + name.text());
    expect(statements_of_others(is) == statements_of_others(was), "statements of others at " + name.text());
    expect(has_all_tags(was, is), "a tag of " + name.text() + " is gone");
    expect(was.versioning != s3::Versioning::enabled || is.versioning == s3::Versioning::enabled,
           "versioning of " + name.text() + " was turned off");
    const bool ours =
        was.owner == before.policy.source_account || was.owner == before.policy.destination_account;
    if (!ours) expect(is == was, "another account's bucket was changed: " + name.text());
    if (name == case_source()) expect(is.tags == was.tags, "the source's tags were changed");
    if (name == case_source()) expect(is.settings == was.settings, "the source's settings were changed");
  }
  expect(after.buckets.size() <= before.buckets.size() + 1, "more than one bucket was made");
  expect(after.jobs.size() <= before.jobs.size() + 1, "more than one job was made");
}

void judge_rest(ModelWorld world) {
  const ModelWorld before = world;
  for (int round = 1;; ++round) {
    int actions = 0;
    for (const Function who : executors) actions += let_act(world, who);
    if (actions == 0) break;
    if (round > rounds_max) {
      const auto plan = dr::plan(world.policy, world.observe(case_source(), case_now), case_now);
      throw Broken("no rest after " + std::to_string(rounds_max) + " rounds: " + text_of(plan));
    }
  }
  expect_nothing_lost(before, world);
}

template <class T>
bool spoil(dr::Observed<T>& seen, std::uint64_t how) {
  if (!seen.is_known()) return false;  // not asked, or known to be missing already
  constexpr std::array kinds = {ErrorKind::denied, ErrorKind::unavailable, ErrorKind::corrupt};
  seen = how < kinds.size() ? dr::Observed<T>::failed(kinds[how], "no answer", case_now)
                            : dr::Observed<T>::not_observed("not asked", case_now);
  return true;
}

bool spoil(dr::ObservedSettings& settings, std::uint64_t how) {
  bool any = false;
  for (dr::ObservedSetting& one : settings.kinds) {
    any = spoil(one.source, how) || any;
    any = spoil(one.replica, how) || any;
  }
  return any;
}

bool spoil(dr::ObservedPair& seen, const dr::Policy& policy, dr::Premise premise, std::uint64_t how) {
  switch (premise) {
    case dr::Premise::source_bucket:
      return spoil(seen.source.head, how);
    case dr::Premise::source_tags:
      return spoil(seen.source.tags, how);
    case dr::Premise::record:
      return spoil(seen.record, how);
    case dr::Premise::source_versioning:
      return spoil(seen.source.versioning, how);
    case dr::Premise::source_rules:
      return spoil(seen.replication, how);
    case dr::Premise::replica_bucket:
      return spoil(seen.replica.head, how);
    case dr::Premise::replica_versioning:
      return spoil(seen.replica.versioning, how);
    case dr::Premise::replica_tags:
      return spoil(seen.replica.tags, how);
    case dr::Premise::replica_policy:
      // Where nothing of ours stands in it, it is read for the clones alone.
      return dr::wants_replica_policy(policy, seen.record.get()) && spoil(seen.replica_policy, how);
    case dr::Premise::object_lock:
      return spoil(seen.object_lock, how);
    case dr::Premise::settings:
      return spoil(seen.settings, how);
    case dr::Premise::same_source:
      return spoil(seen.seen_versions, how);
    case dr::Premise::source_created:
      return seen.seen_versions.has_value() && !seen.seen_versions.value() && spoil(seen.source_created, how);
    case dr::Premise::batch_jobs:
      return spoil(seen.batch_jobs, how);
    case dr::Premise::active_jobs:
      return spoil(seen.active_jobs, how);
    case dr::Premise::job:
      return spoil(seen.job, how);
    case dr::Premise::content:
      return spoil(seen.content, how);
    case dr::Premise::failed_tasks:
      return spoil(seen.failed_tasks, how);
  }
  return false;
}

// Returns whether the case says something: the observation was there, and is missing now.
bool judge_missing(const ModelWorld& world, const dr::Plan& with, dr::Premise premise, std::uint64_t how) {
  dr::ObservedPair seen = world.observe(case_source(), case_now);
  if (!spoil(seen, world.policy, premise, how)) return false;
  const dr::Plan without = dr::plan(world.policy, seen, case_now);
  const std::string name = "without " + std::string(dr::to_string(premise)) + ": ";
  for (const dr::Action& action : without.actions) {
    if (action.ready())
      expect(!dr::stops(premise, action.kind), name + "ready all the same: " + text_of(action));
    if (action.premise && action.kind == dr::ActionKind::find_out)
      expect(!action.ready(), name + "a question is ready");
  }
  if (dr::strength_of(premise) == dr::Strength::required) return true;
  const std::set<std::string> still = ready_actions(without);
  for (const dr::Action& action : with.actions) {
    const bool goes_on =
        action.ready() && action.kind != dr::ActionKind::write_record && !dr::stops(premise, action.kind);
    if (goes_on) expect(still.contains(text_of(action)), name + "stopped: " + text_of(action));
  }
  return true;
}

struct Tally {
  std::uint64_t cases = 0;
  std::array<std::uint64_t, 18> missing{};  // by premise: cases in which it was known before
};

void judge_case(std::uint64_t seed, Tally& tally) {
  const auto random = make_seeded_random(seed);
  const ModelWorld world = test::random_pair(*random);
  const auto seen = world.observe(case_source(), case_now);
  const dr::Plan plan = dr::plan(world.policy, seen, case_now);
  expect(text_of(plan) == text_of(dr::plan(world.policy, seen, case_now)), "the same input, another plan");
  const auto which = random->below(dr::premises().size());
  if (judge_missing(world, plan, dr::premises()[which], random->below(4))) ++tally.missing.at(which);
  judge_rest(world);
  ++tally.cases;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::stoull(text) : otherwise;
}

// Parts, so that they run on all processors.
constexpr std::uint64_t parts = 4;

struct PlanCases : ::testing::TestWithParam<std::uint64_t> {};

TEST_P(PlanCases, plans_are_pure_come_to_rest_and_take_nothing_from_others) {
  const bool full = std::getenv("S3DR_TEST_FULL") != nullptr;
  const std::uint64_t all = from_environment("S3DR_PLAN_CASES", full ? 1'000'000 : 100'000);
  const std::uint64_t only = from_environment("S3DR_PLAN_SEED", 0);
  const std::uint64_t first = only != 0 ? only : make_system_random()->next() >> 16;
  const std::uint64_t count = only != 0 ? 1 : (all + parts - 1) / parts;
  Tally tally;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    try {
      judge_case(seed, tally);
    } catch (const std::exception& error) {
      FAIL() << "S3DR_PLAN_SEED=" << seed << ": " << error.what();
    }
  }
  if (count < 10'000) return;
  for (std::size_t i = 0; i < dr::premises().size(); ++i) {
    if (dr::premises()[i] == dr::Premise::content) continue;  // jobs of the model find something
    EXPECT_GT(tally.missing.at(i), 0u) << "never missing: " << dr::to_string(dr::premises()[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Part, PlanCases, ::testing::Range<std::uint64_t>(0, parts));

}  // namespace
}  // namespace s3dr
