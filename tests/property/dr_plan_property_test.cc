// The invariants at the head of dr/plan.h, over random worlds and random interleavings of the executors.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

#include "dr/plan.h"
#include "dr/rule_drift.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

using dr::Function;
using test::ModelWorld;

const s3::BucketName source_name = s3::BucketName::parse("ledger");
const Instant start = Instant(milliseconds(1'790'000'000'000));
constexpr Function executors[] = {Function::source_bucket_check, Function::destination_bucket_check,
                                  Function::enable_replication};

s3::ReplicationRule foreign_rule(const std::string& id, const std::string& destination, bool v1) {
  s3::ReplicationRule rule;
  rule.id = id;
  if (v1) {
    rule.v1_prefix = "";
  } else {
    rule.filter = s3::ReplicationFilter{"logs/", {}};
    rule.priority = 1;
    rule.delete_marker_replication = s3::Switch::disabled;
  }
  rule.destination.bucket_arn = "arn:aws:s3:::" + destination;
  return rule;
}

// What somebody may have asked of our rule.
dr::RuleOptions random_options() {
  dr::RuleOptions options;
  if (*rc::gen::weightedElement<bool>({{1, true}, {1, false}})) return options;
  options.delete_markers = *rc::gen::arbitrary<bool>();
  options.metrics = *rc::gen::arbitrary<bool>();
  options.replication_time = options.metrics && *rc::gen::arbitrary<bool>();
  options.replica_modifications = *rc::gen::arbitrary<bool>();
  options.storage_class = *rc::gen::element<std::string>("", "STANDARD_IA");
  options.prefix = *rc::gen::element<std::string>("", "logs/");
  options.priority =
      *rc::gen::weightedElement<std::optional<std::int64_t>>({{6, std::nullopt}, {2, 5}, {1, 1}});
  return options;
}

// Any start: tagged or not, half protected, with rules of others, replicas of all kinds.
ModelWorld random_world() {
  ModelWorld world;
  if (*rc::gen::weightedElement<bool>({{1, true}, {2, false}})) world.policy = test::two_account_policy();
  world.policy.rule = random_options();
  auto& other = world.add_destination(s3::BucketName::parse("elsewhere"));
  other.versioning = s3::Versioning::enabled;
  s3::TagSet tags;
  if (*rc::gen::weightedElement<bool>({{5, true}, {1, false}})) tags.push_back({"dr", "true"});
  if (*rc::gen::arbitrary<bool>()) tags.push_back({"team", "fin"});
  if (*rc::gen::weightedElement<bool>({{1, true}, {8, false}})) tags.push_back({"DR", "True"});
  auto& source = world.add_source(source_name, tags);
  source.versioning =
      *rc::gen::element(s3::Versioning::never_enabled, s3::Versioning::enabled, s3::Versioning::suspended);
  const int rules = *rc::gen::weightedElement<int>({{4, 0}, {3, 1}, {1, 2}, {1, 3}});
  if (rules > 0) {
    source.versioning = s3::Versioning::enabled;
    s3::ReplicationConfiguration configuration{"arn:aws:iam::111122223333:role/theirs", {}};
    if (rules == 1) configuration.rules.push_back(foreign_rule("logs", "elsewhere", false));
    if (rules == 2) configuration.rules.push_back(foreign_rule("old", "elsewhere", true));
    if (rules == 3) configuration.rules.push_back(foreign_rule("squat", "ledger-dr", false));
    source.replication = configuration;
  }
  const int replica = *rc::gen::weightedElement<int>({{6, 0}, {2, 1}, {2, 2}, {1, 3}, {1, 4}});
  if (replica > 0) {
    auto& bucket = world.add_destination(s3::BucketName::parse("ledger-dr"));
    if (replica == 1) bucket.tags = s3::TagSet{dr::replica_mark(world.policy, source_name)};
    if (replica == 2) bucket.versioning = s3::Versioning::enabled;
    if (replica == 3) bucket.owner = s3::AccountId::parse("999900001111");
    if (replica == 4)
      bucket.tags = s3::TagSet{{std::string(dr::replica_mark_key), "111122223333/us-west-2/other"}};
  }
  return world;
}

const std::string others_policy =
    R"({"Version":"2012-10-17","Statement":[{"Sid":"theirs","Effect":"Deny","Principal":"*",)"
    R"("Action":"s3:DeleteObject","Resource":"arn:aws:s3:::ledger-dr/*"}]})";
constexpr int disturbance_kinds = 16;
// Of these nothing is missed: no new generation, no job.
bool is_cosmetic(int kind) {
  return kind >= 11;
}

s3::ReplicationRule* our_rule(ModelWorld& world) {
  const auto source = world.buckets.find(source_name);
  if (source == world.buckets.end() || !source->second.replication) return nullptr;
  for (s3::ReplicationRule& rule : source->second.replication->rules) {
    if (rule.id == dr::rule_id(world.policy, source_name)) return &rule;
  }
  return nullptr;
}

// One thing that a person does meanwhile.
void disturb(ModelWorld& world, int kind) {
  const auto source = world.buckets.find(source_name);
  const auto replica = world.buckets.find(s3::BucketName::parse("ledger-dr"));
  const std::string id = dr::rule_id(world.policy, source_name);
  if (source == world.buckets.end()) return;
  auto& configuration = source->second.replication;
  switch (kind) {
    case 0:
      source->second.tags = s3::TagSet{{"dr", "true"}};
      break;
    case 1:
      source->second.tags.reset();
      break;
    case 2:
      configuration.reset();
      break;
    case 3:
      if (configuration) {
        for (auto& rule : configuration->rules) {
          if (rule.id == id) rule.status = s3::Switch::disabled;
        }
      }
      break;
    case 4:
      if (configuration) {
        for (auto& rule : configuration->rules) {
          if (rule.id == id) rule.filter = s3::ReplicationFilter{"only/", {}};
        }
      }
      break;
    case 5:
      if (replica != world.buckets.end() && replica->second.owner == world.policy.destination_account) {
        replica->second.versioning = s3::Versioning::suspended;
      }
      break;
    case 6:
      if (replica != world.buckets.end()) world.buckets.erase(replica);
      break;
    case 7:
      world.end_jobs(s3::JobStatus::failed);
      break;
    case 8:
      world.end_jobs(s3::JobStatus::complete, 3);
      break;
    case 9:
      source->second.tags = s3::TagSet{{"dr", "true"}, {"cost", "42"}};
      break;
    case 10:  // our statement is gone, somebody's stays
      if (replica != world.buckets.end() && replica->second.bucket_policy)
        replica->second.bucket_policy = others_policy;
      break;
    case 11:
      if (s3::ReplicationRule* rule = our_rule(world)) rule->destination.metrics.reset();
      break;
    case 12:
      if (s3::ReplicationRule* rule = our_rule(world)) rule->destination.storage_class = "GLACIER";
      break;
    case 13:
      if (s3::ReplicationRule* rule = our_rule(world)) rule->replica_modifications = s3::Switch::enabled;
      break;
    case 14:  // the configuration asks for another rule
      world.policy.rule.storage_class = world.policy.rule.storage_class.empty() ? "ONEZONE_IA" : "";
      break;
    case 15:
      world.policy.rule.replica_modifications = !world.policy.rule.replica_modifications;
      break;
    default:
      break;
  }
}

std::vector<s3::ReplicationRule> others(const ModelWorld& world) {
  const auto source = world.buckets.find(source_name);
  if (source == world.buckets.end() || !source->second.replication) return {};
  return dr::foreign_rules(world.policy, source_name, *source->second.replication);
}

bool stays_out_of(const ModelWorld& before, const ModelWorld& after, const s3::BucketName& name) {
  const auto a = before.buckets.find(name), b = after.buckets.find(name);
  return (a == before.buckets.end()) == (b == after.buckets.end()) &&
         (a == before.buckets.end() || a->second == b->second);
}

// Everybody acts, in random order, until nobody has anything left to do.
void run_to_rest(ModelWorld& world, Instant& now) {
  for (int step = 0; step < 400; ++step) {
    now += milliseconds(500);
    const auto who = *rc::gen::element(executors[0], executors[1], executors[2]);
    const auto seen = world.observe(source_name, now);
    const auto plan = dr::plan(world.policy, seen, now);
    if (const auto* action = plan.next_for(who)) {
      try {
        world.apply(*action, seen, now);
      } catch (const Error& error) {
        RC_ASSERT((error.kind() == ErrorKind::denied || error.code() == "InvalidRequest"));
      }
      continue;
    }
    bool rest = true;
    for (const auto each : executors) rest = rest && plan.next_for(each) == nullptr;
    if (!rest) continue;
    if (plan.look_again_after) {
      now += *plan.look_again_after;
      world.end_jobs(s3::JobStatus::complete);
      continue;
    }
    return;
  }
  RC_FAIL("no rest after 400 steps");
}

TEST(PlanProperty, converges_whatever_the_start_and_the_order_and_leaves_others_alone) {
  EXPECT_TRUE(rc::check("converges", [] {
    ModelWorld world = random_world();
    Instant now = start;
    const int disturbances = *rc::gen::inRange(0, 6);
    int disturbed = 0;
    for (int i = 0; i <= disturbances; ++i) {
      const ModelWorld before = world;
      const auto rules_before = others(world);
      const auto replica_before = world.buckets.find(s3::BucketName::parse("ledger-dr"));
      const bool was_foreign = replica_before != world.buckets.end() &&
                               (replica_before->second.owner != world.policy.destination_account ||
                                (!world.record(source_name) && !replica_before->second.tags));
      run_to_rest(world, now);
      if (is_cosmetic(disturbed)) {
        RC_ASSERT(world.jobs.size() == before.jobs.size());
        const auto record_before = before.record(source_name), record = world.record(source_name);
        RC_ASSERT(!record_before || record->rule.generation == record_before->rule.generation);
      }
      RC_ASSERT(others(world) == rules_before);
      RC_ASSERT(stays_out_of(before, world, s3::BucketName::parse("elsewhere")));
      if (was_foreign) RC_ASSERT(stays_out_of(before, world, s3::BucketName::parse("ledger-dr")));
      for (const auto& [name, bucket] : before.buckets) RC_ASSERT(world.buckets.contains(name));
      const auto plan = dr::plan(world.policy, world.observe(source_name, now), now);
      for (const auto each : executors) RC_ASSERT(plan.next_for(each) == nullptr);
      RC_ASSERT((plan.state != dr::State::pending && plan.state != dr::State::replica_ready &&
                 plan.state != dr::State::backfilling));
      if (const auto record = world.record(source_name)) RC_ASSERT(!dr::is_verified(*record));
      if (plan.state == dr::State::verifying) {
        const auto& rules = *world.buckets.at(source_name).replication;
        RC_ASSERT(dr::rule_drift(world.policy, source_name, world.record(source_name)->replica.bucket, rules)
                      .empty());
      }
      // What was protected is open to the replication role, and what others had there stays.
      const auto replica = world.buckets.find(s3::BucketName::parse("ledger-dr"));
      if (plan.state == dr::State::verifying && dr::needs_replica_policy(world.policy)) {
        RC_ASSERT((replica != world.buckets.end() && replica->second.bucket_policy));
        RC_ASSERT(dr::replica_policy_difference(world.policy, replica->first,
                                                world.buckets.at(source_name).replication->role_arn,
                                                &*replica->second.bucket_policy)
                      .empty());
      }
      const auto policy_before = before.buckets.find(s3::BucketName::parse("ledger-dr"));
      if (policy_before != before.buckets.end() && policy_before->second.bucket_policy == others_policy)
        RC_ASSERT(replica->second.bucket_policy->find("\"theirs\"") != std::string::npos);
      disturbed = *rc::gen::inRange(0, disturbance_kinds);
      disturb(world, disturbed);
    }
  }));
}

TEST(PlanProperty, executors_acting_on_old_views_end_in_the_same_place_with_one_job_a_generation) {
  EXPECT_TRUE(rc::check("stale views", [] {
    ModelWorld world;
    world.add_source(source_name, {{"dr", "true"}});
    Instant now = start;
    std::vector<std::pair<dr::ObservedPair, int>> views;
    for (int step = 0; step < 150; ++step) {
      now += milliseconds(100);
      views.emplace_back(world.observe(source_name, now, "00000000000000" + std::to_string(10 + step % 80)),
                         step);
      const auto& seen =
          views[static_cast<std::size_t>(*rc::gen::inRange<int>(std::max(0, step - 3), step + 1))].first;
      const auto who = *rc::gen::element(executors[0], executors[1], executors[2]);
      const auto plan = dr::plan(world.policy, seen, now);
      if (const auto* action = plan.next_for(who)) {
        try {
          world.apply(*action, seen, now);
        } catch (const Error& error) {
          RC_ASSERT(error.code() == "InvalidRequest");
        }
      }
    }
    run_to_rest(world, now);
    RC_ASSERT(world.jobs.size() == 1u);
    RC_ASSERT(world.buckets.size() == 2u);
    RC_ASSERT(world.record(source_name)->state == dr::State::verifying);
    RC_ASSERT(world.record(source_name)->rule.generation == 1);
  }));
}

template <class T>
dr::Observed<T> spoiled(int how) {
  switch (how) {
    case 0:
      return dr::Observed<T>::failed(ErrorKind::denied, "AccessDenied", start);
    case 1:
      return dr::Observed<T>::failed(ErrorKind::unavailable, "503", start);
    case 2:
      return dr::Observed<T>::failed(ErrorKind::corrupt, "empty reply", start);
    case 3:
      return dr::Observed<T>::not_observed("not asked", start);
    default:
      return dr::Observed<T>::unsupported("501", start);
  }
}

constexpr int observations = 14;
void spoil(dr::ObservedPair& seen, int which, int how) {
  switch (which) {
    case 0:
      seen.source.head = spoiled<s3::BucketHead>(how);
      break;
    case 1:
      seen.source.tags = spoiled<s3::TagSet>(how);
      break;
    case 2:
      seen.source.versioning = spoiled<s3::Versioning>(how);
      break;
    case 3:
      seen.replication = spoiled<s3::ReplicationConfiguration>(how);
      break;
    case 4:
      seen.record = spoiled<dr::Record>(how);
      break;
    case 5:
      seen.replica.head = spoiled<s3::BucketHead>(how);
      break;
    case 6:
      seen.replica.tags = spoiled<s3::TagSet>(how);
      break;
    case 7:
      seen.replica.versioning = spoiled<s3::Versioning>(how);
      break;
    case 8:
      seen.job = spoiled<s3::JobDescription>(how);
      break;
    case 10:
      seen.replica_policy = spoiled<std::string>(how);
      break;
    case 11:
      seen.active_jobs = spoiled<dr::ActiveJobs>(how);
      break;
    case 12:
      seen.content = spoiled<dr::SourceContent>(how);
      break;
    case 13:
      seen.failed_tasks = spoiled<dr::FailedTasks>(how);
      break;
    default:
      seen.batch_jobs = spoiled<bool>(how);
      break;
  }
}

// A write that is planned although an observation is missing must be one that the same world with any other
// answer in its place would have planned too; the strict form: with a premise of the tagged path missing,
// nothing is written at all, except the pause, which needs only the live tags and our rule.
void nothing_is_written_on_a_missing_observation() {
  ModelWorld world = random_world();
  Instant now = start;
  const int steps = *rc::gen::inRange(0, 20);
  for (int i = 0; i < steps; ++i) {
    const auto seen = world.observe(source_name, now);
    const auto plan = dr::plan(world.policy, seen, now);
    for (const auto who : executors) {
      if (const auto* action = plan.next_for(who)) {
        try {
          world.apply(*action, seen, now);
        } catch (const Error&) {
        }
        break;
      }
    }
  }
  if (*rc::gen::arbitrary<bool>()) disturb(world, *rc::gen::inRange(0, disturbance_kinds));
  const int which = *rc::gen::inRange(0, observations);
  const int how = *rc::gen::inRange(0, 5);
  auto seen = world.observe(source_name, now);
  const bool replica_exists = seen.replica.head.has_value();
  const bool asked_job = dr::asks_job(seen.record.get());
  const bool asked_room = dr::asks_active_jobs(seen.record.get(), now);
  const bool asked_content = dr::asks_content(seen.record.get(), seen.job.get());
  const bool asked_tasks = dr::asks_failed_tasks(seen.record.get(), seen.job.get());
  const bool tagged = seen.source.tags.has_value() && dr::is_tagged(world.policy, seen.source.tags.value());
  spoil(seen, which, how);
  const auto plan = dr::plan(world.policy, seen, now);
  for (const dr::Action& action : plan.actions) {
    if (!action.ready()) continue;
    // Never needed: the replica's side of a bucket that is not tagged, jobs that are not asked for.
    if (!tagged && which >= 5) continue;
    if ((which == 6 || which == 7 || which == 10) && !replica_exists) continue;
    if (which == 10 && !dr::needs_replica_policy(world.policy)) continue;  // one account: not asked
    if (which == 8 && !asked_job) continue;
    if (which == 9) continue;  // no premise: a live rule without a backfill is better than neither
    if (which == 11 && !asked_room) continue;
    if (which == 12 && !asked_content) continue;
    if (which == 13 && asked_tasks) {  // whose the failed tasks are stays unknown: never taken for complete
      if (action.record && action.record->backfill)
        RC_ASSERT(action.record->backfill->status != dr::BackfillStatus::complete);
      continue;
    }
    if (which == 13) continue;
    if (which == 11 && how == 4) {  // a store without batch jobs: recorded as what it is
      RC_ASSERT(action.kind != dr::ActionKind::create_job);
      continue;
    }
    if (tagged && which == 5 && how == 0) {  // a name that is taken: said in the record, nothing else
      RC_ASSERT(action.kind == dr::ActionKind::write_record);
      RC_ASSERT(action.record->state == dr::State::conflict);
      RC_ASSERT((!seen.record.has_value() || seen.record.value().claim == dr::Claim::none ||
                 seen.record.value().claim == dr::Claim::intended));
      continue;
    }
    if (which == 8 || which == 11 || which == 12) {  // they decide only on the backfill
      RC_ASSERT(action.kind != dr::ActionKind::create_job);
      // Another step may begin a new generation, which has no backfill yet.
      const dr::Record* before = seen.record.get();
      const dr::Record* after = action.record ? &*action.record : nullptr;
      if (after != nullptr && after->backfill)
        RC_ASSERT((before != nullptr && after->backfill == before->backfill));
      continue;
    }
    if (which == 6 && how == 4) {  // a store without tags: the record alone marks the replica
      RC_ASSERT(action.kind != dr::ActionKind::tag_replica_bucket);
      continue;
    }
    // A name that is taken is said whatever else is not known: nothing but that follows from it.
    const bool is_about_the_name = which == 0 || which == 1 || which == 4 || which == 5;
    if (!is_about_the_name && action.record && action.record->state == dr::State::conflict) {
      RC_ASSERT(action.kind == dr::ActionKind::write_record);
      continue;
    }
    if (!tagged && which == 4) {
      RC_ASSERT(action.kind == dr::ActionKind::disable_rule);
      continue;
    }
    if (!tagged && which == 3 && how == 4) {  // no replication API, so nothing to disable: only the record
      RC_ASSERT(action.kind == dr::ActionKind::write_record);
      continue;
    }
    if (!tagged && which == 2) {
      RC_ASSERT((action.kind == dr::ActionKind::disable_rule || action.record->state == dr::State::paused));
      continue;
    }
    RC_FAIL("ready without its premise: " + action.what + ", observation " + std::to_string(which) +
            " spoiled " + std::to_string(how) + (tagged ? ", tagged" : ""));
  }
}

TEST(PlanProperty, nothing_is_written_on_a_missing_observation) {
  // A function of its own: within the macro all lines of a finding would be this one.
  EXPECT_TRUE(rc::check("missing observations", nothing_is_written_on_a_missing_observation));
}

}  // namespace
}  // namespace s3dr
