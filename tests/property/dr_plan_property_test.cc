// The invariants at the head of dr/plan.h, over random worlds and random interleavings of the executors.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

#include "dr/plan.h"
#include "dr/rule_drift.h"
#include "property/random_pair.h"
#include "support/settings_oracle.h"

namespace s3dr {
namespace {

using test::ModelWorld;

using test::disturb;
using test::disturbance_kinds;
using test::executors;
using test::is_cosmetic;
using test::observations;
using test::others_policy;
using test::random_world;
using test::source_name;
using test::spoil;
using test::start;

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
      RC_ASSERT(test::wrongly_written(world, seen, *action) == std::string());
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
      const auto record_there = world.record(source_name);
      if (plan.state == dr::State::verifying &&
          dr::wants_replica_policy(world.policy, record_there ? &*record_there : nullptr)) {
        RC_ASSERT((replica != world.buckets.end() && replica->second.bucket_policy));
        const auto record = world.record(source_name);
        const auto wish = dr::replica_policy_wish(world.policy, &*record,
                                                  world.buckets.at(source_name).replication->role_arn);
        RC_ASSERT(dr::replica_policy_change(world.policy.partition, replica->first, wish,
                                            &*replica->second.bucket_policy)
                      .difference.empty());
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

// A write that is planned although an observation is missing must be one that the same world with any other
// answer in its place would have planned too; the strict form: with a premise of the tagged path missing,
// nothing is written at all, except the pause, which needs only the live tags and our rule.
void nothing_is_written_on_a_missing_observation() {
  ModelWorld world = random_world();
  const Instant now = start;
  const int steps = *rc::gen::inRange(0, 20);
  for (int i = 0; i < steps; ++i) test::step(world, now);
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
    if (which == 10 && !dr::wants_replica_policy(world.policy, seen.record.get())) continue;  // not asked
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
    if (which == 14) {  // what is not seen is not written; nothing else waits for it
      RC_ASSERT(action.kind != dr::ActionKind::put_settings);
      continue;
    }
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
