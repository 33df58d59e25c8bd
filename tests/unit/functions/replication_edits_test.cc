// Rules of others that are written in the one round trip between our last look and our PUT.
#include "functions/replication_edits.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "functions/record_store.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");

s3::ReplicationRule theirs() {
  s3::ReplicationRule rule;
  rule.id = "theirs";
  rule.priority = 5;
  rule.filter = s3::ReplicationFilter{"logs/", {}};
  rule.delete_marker_replication = s3::Switch::disabled;
  rule.destination.bucket_arn = "arn:aws:s3:::elsewhere";
  return rule;
}

class Race : public testing::Test {
 protected:
  void SetUp() override {
    ports.world.add_source(ledger, {{"dr", "true"}});
    ports.world.add_destination(s3::BucketName::parse("elsewhere")).versioning = s3::Versioning::enabled;
  }

  // Somebody PUTs `rules` and nothing else, as a tool does that never looks.
  dr::ReplicationEdit write(std::vector<s3::ReplicationRule> rules) {
    auto& there = ports.world.buckets.at(ledger).replication;
    there = s3::ReplicationConfiguration{"arn:aws:iam::111122223333:role/theirs", std::move(rules)};
    const auto second = std::chrono::floor<std::chrono::seconds>(ports.clock.now());
    return {second, "e-" + std::to_string(++events), "arn:aws:iam::111122223333:user/maria", *there};
  }
  // Once, at the PUT of our rule: after our last look.
  void race() {
    ports.before = [this](const Call& call) {
      if (call.name == "source.put_bucket_replication" && !lost) lost = write({theirs()});
    };
  }
  void hear(const dr::ReplicationEdit& edit) {
    test::run(functions::note_edit(ports.context(), ledger, edit));
  }
  dr::Record record() {
    return test::run(functions::read_record(ports.context().records, ports.world.policy, ledger))->record;
  }
  const s3::ReplicationConfiguration& rules() { return *ports.world.buckets.at(ledger).replication; }

  FakePorts ports;
  std::optional<dr::ReplicationEdit> lost;
  int events = 0;
};

TEST_F(Race, the_event_of_a_lost_rule_makes_it_known_whenever_it_arrives) {
  race();
  ports.run_to_rest(ledger);
  ASSERT_TRUE(lost);
  ASSERT_EQ(dr::find_rule(rules(), "theirs"), nullptr) << "the race was not lost";
  EXPECT_FALSE(record().edits.lost) << "without the event nobody knows";
  hear(*lost);
  ASSERT_TRUE(record().edits.lost);
  EXPECT_EQ(dr::lost_configuration(*record().edits.lost).rules, std::vector<s3::ReplicationRule>{theirs()});
  const auto outcome = ports.look(ledger);
  EXPECT_EQ(functions::condition_of(outcome),
            (dr::ConditionWord{dr::ConditionType::rules_lost, "Overwritten"}));
  EXPECT_EQ(dr::find_rule(rules(), "theirs"), nullptr) << "nothing is put back by itself";
  const int writes = static_cast<int>(ports.writes.size());
  hear(*lost);
  EXPECT_EQ(static_cast<int>(ports.writes.size()), writes) << "told twice";
}

// The event is handled in the round trip itself, when the rule is still there.
TEST_F(Race, an_event_before_our_put_is_remembered) {
  ports.before = [this](const Call& call) {
    if (call.name != "source.put_bucket_replication" || lost) return;
    lost = write({theirs()});
    hear(*lost);
  };
  ports.run_to_rest(ledger);
  ASSERT_TRUE(lost);
  EXPECT_TRUE(record().edits.lost);
}

// The rule is gone, and our PUT is not noted yet.
TEST_F(Race, an_event_right_after_our_put_is_remembered) {
  race();
  bool told = false;
  ports.after = [&](const Call& call) {
    if (call.name != "source.put_bucket_replication" || told) return;
    told = true;
    hear(*lost);
    EXPECT_FALSE(record().edits.lost);
  };
  ports.run_to_rest(ledger);
  ASSERT_TRUE(told);
  EXPECT_TRUE(record().edits.lost);
}

TEST_F(Race, a_function_that_dies_after_its_put_does_not_hide_the_loss) {
  race();
  bool died = false;
  ports.after = [&](const Call& call) {
    if (call.name != "source.put_bucket_replication" || died) return;
    died = true;
    throw test::Crash();
  };
  ports.run_to_rest(ledger);
  ASSERT_TRUE(died);
  hear(*lost);
  EXPECT_TRUE(record().edits.lost);
}

TEST_F(Race, a_pause_can_lose_a_rule_too) {
  ports.run_to_rest(ledger);
  race();
  ports.world.buckets.at(ledger).tags.reset();
  ports.run_to_rest(ledger);
  ASSERT_TRUE(lost);
  hear(*lost);
  EXPECT_TRUE(record().edits.lost);
  EXPECT_EQ(record().state, dr::State::paused);
}

TEST_F(Race, our_own_event_and_edits_that_we_saw_change_nothing) {
  ports.run_to_rest(ledger);
  const auto own = rules();
  hear(
      {std::chrono::floor<std::chrono::seconds>(ports.clock.now()), "own", "arn:aws:iam::1:user/maria", own});
  EXPECT_FALSE(record().edits.lost);
  EXPECT_TRUE(record().edits.heard.empty());
  s3::ReplicationConfiguration both = own;
  both.rules.push_back(theirs());
  ports.world.buckets.at(ledger).replication = both;
  hear({std::chrono::floor<std::chrono::seconds>(ports.clock.now()), "e", "arn:aws:iam::1:user/maria", both});
  ports.run_to_rest(ledger);
  EXPECT_FALSE(record().edits.lost);
  EXPECT_NE(dr::find_rule(rules(), "theirs"), nullptr);
}

TEST_F(Race, a_person_puts_them_back_and_the_protection_goes_on) {
  race();
  ports.run_to_rest(ledger);
  hear(*lost);
  const auto shown = test::run(functions::look_for_lost(ports.context(), ledger));
  ASSERT_TRUE(shown.record.edits.lost);
  ASSERT_TRUE(shown.restoration.configuration) << shown.restoration.refused;
  EXPECT_THROW(test::run(functions::put_lost_back(ports.context(), ledger, "another")), Error);
  EXPECT_TRUE(test::run(functions::put_lost_back(ports.context(), ledger, shown.record.edits.lost->id)));
  EXPECT_NE(dr::find_rule(rules(), "theirs"), nullptr);
  EXPECT_FALSE(record().edits.lost);
  const std::int64_t generation = record().rule.generation;
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().rule.generation, generation) << "our rule was not touched";
  EXPECT_EQ(functions::condition_of(ports.look(ledger)), std::nullopt);
  hear(*lost);
  EXPECT_FALSE(record().edits.lost) << "the same event once more";
}

TEST_F(Race, what_is_put_back_can_be_lost_again_and_says_so) {
  race();
  ports.run_to_rest(ledger);
  hear(*lost);
  ports.after = [&](const Call& call) {
    if (call.name == "source.put_bucket_replication")
      std::erase_if(ports.world.buckets.at(ledger).replication->rules,
                    [](const s3::ReplicationRule& rule) { return rule.id == "theirs"; });
  };
  EXPECT_FALSE(test::run(functions::put_lost_back(ports.context(), ledger, record().edits.lost->id)));
  EXPECT_TRUE(record().edits.lost);
}

TEST_F(Race, a_person_may_not_want_them) {
  race();
  ports.run_to_rest(ledger);
  hear(*lost);
  const auto before = rules();
  test::run(functions::forget_lost(ports.context(), ledger, record().edits.lost->id));
  EXPECT_FALSE(record().edits.lost);
  EXPECT_EQ(rules(), before);
}

// A sweep finds them again without an event.
TEST_F(Race, a_look_that_finds_them_again_clears_the_record) {
  race();
  ports.run_to_rest(ledger);
  hear(*lost);
  ASSERT_TRUE(record().edits.lost);
  ports.world.buckets.at(ledger).replication->rules.push_back(theirs());
  ports.run_to_rest(ledger);
  EXPECT_FALSE(record().edits.lost);
}

TEST_F(Race, a_bucket_without_a_record_has_no_edits) {
  hear({ports.clock.now(), "e", "somebody", {"", {theirs()}}});
  EXPECT_TRUE(ports.world.documents.empty());
}

}  // namespace
}  // namespace s3dr
