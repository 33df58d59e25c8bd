// The state and the conditions tell the same, whatever the world is like and whatever could not be seen of it. And a
// mark tells the truth: since then, and not longer, a condition has its status.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "dr/conditions/conditions.h"
#include "dr/plan.h"
#include "property/random_pair.h"

namespace s3dr {
namespace {

using dr::Condition;
using dr::ConditionType;
using dr::State;
using dr::Truth;
using test::ModelWorld;

// Everything a protected pair stands on.
constexpr ConditionType required[] = {ConditionType::source_present,    ConditionType::tagged,
                                      ConditionType::conflict,          ConditionType::source_versioned,
                                      ConditionType::replica_ready,     ConditionType::rule_live,
                                      ConditionType::backfill_complete, ConditionType::verified};

void state_and_conditions_agree(State state, const std::vector<Condition>& conditions) {
  const auto the = [&](ConditionType type) -> const Condition& {
    return dr::find_condition(conditions, type);
  };
  const Truth summary = the(ConditionType::protected_).status;
  RC_ASSERT((summary == Truth::yes) == (state == State::protected_));
  RC_ASSERT((summary == Truth::unknown) == (state == State::unknown));
  if (summary == Truth::yes) {
    for (const ConditionType type : required) {
      if (!the(type).healthy()) RC_FAIL("protected, and not " + std::string(dr::to_string(type)));
    }
  } else {
    RC_ASSERT(!dr::causes(conditions).empty());
  }
  RC_ASSERT((state == State::conflict) == (the(ConditionType::conflict).status == Truth::yes));
  if (state == State::source_gone || state == State::source_recreated)
    RC_ASSERT(the(ConditionType::source_present).status == Truth::no);
  // Tagged again: the pause ends with the next step.
  if (state == State::paused) {
    RC_ASSERT((the(ConditionType::tagged).status == Truth::no ||
               the(ConditionType::rule_live).status == Truth::no));
  }
  if (state == State::degraded) {
    RC_ASSERT((the(ConditionType::replica_ready).reason == dr::reason::replica_lost ||
               the(ConditionType::backfill_complete).reason == dr::reason::given_up));
  }
  const bool needs_a_person = state == State::conflict || state == State::degraded ||
                              state == State::unsupported || state == State::source_recreated;
  if (needs_a_person) RC_ASSERT(dr::for_a_person(conditions).has_value());
  for (const Condition& one : conditions) {
    RC_ASSERT(!one.reason.empty());
    RC_ASSERT(!one.message.empty());
  }
}

bool is_blocked(const dr::Plan& plan) {
  return std::ranges::any_of(
      plan.actions, [](const dr::Action& action) { return !action.ready() && !action.waits_its_turn; });
}

// A step of the functions, of a person, or of a comparison.
void live_on(ModelWorld& world, Instant& now) {
  now += milliseconds(1000);
  if (*rc::gen::weightedElement<bool>({{1, true}, {12, false}}))
    test::disturb(world, *rc::gen::inRange(0, test::disturbance_kinds));
  if (*rc::gen::weightedElement<bool>({{1, true}, {3, false}})) world.end_jobs(s3::JobStatus::complete);
  const auto record = world.record(test::source_name);
  if (record && record->rule.generation > 0 && *rc::gen::weightedElement<bool>({{1, true}, {3, false}})) {
    dr::Verification run{now, now, dr::VerifyLevel::head, record->rule.generation,
                         *rc::gen::element<std::uint64_t>(0, 10, 500)};
    run.differences = *rc::gen::weightedElement<std::uint64_t>({{4, 0}, {1, 3}});
    world.change_record(test::source_name,
                        dr::with_condition_marks(&*record, dr::apply_verification(*record, run), now));
  }
  test::step(world, now);
}

void what_is_seen_agrees(const ModelWorld& world, const dr::ObservedPair& seen, Instant now,
                         std::map<State, int>& states) {
  const auto plan = dr::plan(world.policy, seen, now);
  ++states[plan.state];
  state_and_conditions_agree(plan.state, dr::conditions_of(world.policy, seen, plan));
  if (plan.state == State::unknown) RC_ASSERT(is_blocked(plan));  // the exit code of `plan` is 1
}

// One random life of a pair, looked at after each step: as it is, and with one observation spoilt.
void a_life_agrees(std::map<State, int>& states) {
  ModelWorld world = test::random_world();
  Instant now = test::start;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    live_on(world, now);
    auto seen = world.observe(test::source_name, now);
    what_is_seen_agrees(world, seen, now, states);
    if (const auto record = world.record(test::source_name)) {
      const bool proved = record->state != State::protected_ || dr::is_verified(*record);
      RC_ASSERT(proved);
      state_and_conditions_agree(record->state, dr::conditions_of(*record));
    }
    test::spoil(seen, *rc::gen::inRange(0, test::observations), *rc::gen::inRange(0, 5));
    what_is_seen_agrees(world, seen, now, states);
  }
}

// About one life in forty meets the rarest state: what a thousand lives never meet, they no longer lead to.
constexpr int lives_of_a_case = 10;

TEST(ConditionsProperty, never_contradict_the_state) {
  std::map<State, int> states;
  EXPECT_TRUE(rc::check("state and conditions", [&] {
    for (int life = 0; life < lives_of_a_case; ++life) a_life_agrees(states);
  }));
  for (const State state : {State::pending, State::replica_ready, State::backfilling, State::verifying,
                            State::protected_, State::paused, State::degraded, State::conflict,
                            State::unsupported, State::unprotected, State::unknown})
    EXPECT_GT(states[state], 0) << dr::to_string(state) << ": the lives of this test no longer lead to it";
}

TEST(ConditionsProperty, what_must_be_known_and_is_not_is_never_told_as_protected) {
  int hidden = 0;
  EXPECT_TRUE(rc::check("unknown", [&] {
    ModelWorld world;
    if (*rc::gen::arbitrary<bool>()) world.policy = test::two_account_policy();
    world.add_source(test::source_name, {{"dr", "true"}});
    Instant now = test::start;
    for (int i = 0; i < 20; ++i) {
      now += milliseconds(1000);
      world.end_jobs(s3::JobStatus::complete);
      test::step(world, now);
    }
    const auto record = world.record(test::source_name);
    RC_ASSERT(record->state == State::verifying);
    const dr::Verification run{now, now, dr::VerifyLevel::head, record->rule.generation, 10};
    world.change_record(test::source_name, dr::apply_verification(*record, run));
    auto seen = world.observe(test::source_name, now);
    RC_ASSERT(dr::plan(world.policy, seen, now).state == State::protected_);
    // 0 to 7 and 10: both buckets, the rules, the record, the policy.
    const int which = *rc::gen::element(0, 1, 2, 3, 4, 5, 6, 7, 10);
    const int how = *rc::gen::inRange(0, 3);  // failed
    if (which == 10 && !dr::wants_replica_policy(world.policy, &*record)) return;
    test::spoil(seen, which, how);
    const auto plan = dr::plan(world.policy, seen, now);
    const auto conditions = dr::conditions_of(world.policy, seen, plan);
    RC_ASSERT(conditions.front().status == Truth::unknown);
    const auto blamed = how == 0 ? ConditionType::permitted : ConditionType::reachable;
    RC_ASSERT(dr::find_condition(conditions, blamed).status == Truth::no);
    RC_ASSERT(is_blocked(plan));
    ++hidden;
  }));
  EXPECT_GT(hidden, 0);
}

TEST(ConditionsProperty, a_mark_is_the_time_of_the_last_change) {
  int changes = 0;
  EXPECT_TRUE(rc::check("marks", [&] {
    ModelWorld world = test::random_world();
    Instant now = test::start;
    std::optional<dr::Record> before;
    std::map<ConditionType, std::pair<Truth, Instant>> expected;
    for (int i = 0; i < 40; ++i) {
      now += milliseconds(1000);
      if (*rc::gen::weightedElement<bool>({{1, true}, {8, false}}))
        test::disturb(world, *rc::gen::inRange(0, test::disturbance_kinds));
      world.end_jobs(s3::JobStatus::complete);
      test::step(world, now);
      const auto record = world.record(test::source_name);
      if (!record) continue;
      for (const Condition& one : dr::conditions_of(*record)) {
        if (!dr::words_of(one.type).of_record) continue;
        const auto known = expected.find(one.type);
        if (known == expected.end() || known->second.first != one.status) {
          expected[one.type] = {one.status, now};
          ++changes;
        }
        RC_ASSERT(one.since == expected.at(one.type).second);
      }
      RC_ASSERT(record->conditions.size() < dr::condition_marks_max);
    }
  }));
  EXPECT_GT(changes, 0);
}

}  // namespace
}  // namespace s3dr
