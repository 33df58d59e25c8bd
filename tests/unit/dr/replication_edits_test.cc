// What our PUT may have lost of the rules of others: a table of times, contents and repetitions.
#include "dr/replication_edits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "dr/plan.h"
#include "dr/replication_rule.h"
#include "dr/rule_drift.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

using dr::ReplicationEdit;
using dr::ReplicationEdits;
using s3::ReplicationConfiguration;
using s3::ReplicationRule;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName replica = s3::BucketName::parse("ledger-dr");
const dr::Policy policy = test::test_policy();

Instant at(const std::string& time) {
  return *from_iso8601("2026-08-01T" + time + "Z");
}

ReplicationRule rule(const std::string& id, const std::string& prefix, std::int64_t priority = 7) {
  ReplicationRule result;
  result.id = id;
  result.priority = priority;
  result.filter = s3::ReplicationFilter{prefix, {}};
  result.delete_marker_replication = s3::Switch::disabled;
  result.destination.bucket_arn = "arn:aws:s3:::archive";
  return result;
}

ReplicationConfiguration ours(std::vector<ReplicationRule> others = {}) {
  return dr::with_our_rule(policy, ledger, replica, "", {"arn:aws:iam::111122223333:role/theirs", others});
}

ReplicationEdit edit(const std::string& time, std::vector<ReplicationRule> rules,
                     const std::string& id = "e-1") {
  return {
      at(time), id, "arn:aws:iam::111122223333:user/maria", {"arn:aws:iam::111122223333:role/theirs", rules}};
}

ReplicationEdits put(ReplicationEdits edits, const ReplicationConfiguration& what, const std::string& looked,
                     const std::string& answered) {
  return dr::with_own_put(std::move(edits), dr::own_put(policy, ledger, what, at(looked), at(answered)));
}

ReplicationEdits hear(ReplicationEdits edits, const ReplicationEdit& what) {
  return dr::with_edit(std::move(edits), policy, ledger, what);
}

ReplicationEdits judge(ReplicationEdits edits, const ReplicationConfiguration& present) {
  return dr::judged(std::move(edits), policy, ledger, present, at("11:00:00"));
}

const ReplicationRule x = rule("x", "logs/"), y = rule("y", "photos/", 8);

struct Row {
  const char* time;       // of the edit; our look is at 10:00:10.500, the answer to our PUT at 10:00:10.900
  bool kept, there, own;  // our PUT had the rule; a look after it finds it; the edit is our own document
  bool lost;
};

TEST(ReplicationEdits, what_is_lost_follows_from_time_and_content_alone) {
  const Row rows[] = {
      {"09:59:54", false, false, false, false},  // before any look: it was seen, and others took it away
      {"09:59:55", false, false, false, true},   // the look may have been that much behind
      {"10:00:09", false, false, false, true},
      {"10:00:09", true, false, false, false},  // we kept it: others took it away afterwards
      {"10:00:09", false, true, false, false},
      {"10:00:09", false, false, true, false},
      {"10:00:10", false, false, false, true},  // the same second: it may have been before our PUT
      {"10:00:10", false, true, false, false},
      {"10:00:10", true, false, false, false},
      {"10:00:10", false, false, true, false},
      {"10:00:11", false, false, false, false},  // after our PUT: not by us
      {"10:00:11", false, true, false, false},
      {"10:00:11", false, false, true, false},
  };
  for (const Row& row : rows) {
    for (const bool heard_first : {false, true}) {
      for (const int repeated : {1, 2, 3}) {
        const ReplicationConfiguration written = row.kept ? ours({x}) : ours();
        ReplicationEdit told = edit(row.time, {x});
        if (row.own) told.configuration = written;
        ReplicationEdits edits;
        if (heard_first) edits = hear(std::move(edits), told);
        edits = put(std::move(edits), written, "10:00:10.500", "10:00:10.900");
        for (int i = 0; i < repeated; ++i) {
          edits = hear(std::move(edits), told);
          edits = judge(std::move(edits), row.there ? ours({x}) : ours());
        }
        const std::string which = std::string(row.time) + (row.kept ? " kept" : "") +
                                  (row.there ? " there" : "") + (row.own ? " own" : "") +
                                  (heard_first ? " heard first " : " ") + std::to_string(repeated);
        EXPECT_EQ(edits.lost.has_value(), row.lost) << which;
        if (!edits.lost) continue;
        EXPECT_EQ(dr::lost_configuration(*edits.lost).rules, std::vector<ReplicationRule>{x}) << which;
        EXPECT_EQ(edits.lost->put_at, at("10:00:10.900"));
      }
    }
  }
}

// The event of our own PUT may be there before the PUT is noted. Until then it looks like one of others that lacks
// the rule, and it must not speak for them.
TEST(ReplicationEdits, our_own_event_never_counts_as_one_of_others) {
  const ReplicationConfiguration written = ours();
  ReplicationEdits edits = hear({}, edit("10:00:09", {x}));
  ReplicationEdit own{at("10:00:10"), "e-2", "arn:aws:iam::111122223333:user/maria", written};
  edits = hear(std::move(edits), own);
  edits = put(std::move(edits), written, "10:00:08", "10:00:10.900");
  edits = judge(std::move(edits), written);
  ASSERT_TRUE(edits.lost);
  EXPECT_EQ(edits.lost->id, "e-1");
  edits = judge(hear(std::move(edits), own), written);
  EXPECT_TRUE(edits.lost);
}

// They write what we wrote before, and our next PUT overwrites it.
TEST(ReplicationEdits, the_same_document_on_another_day_is_not_ours) {
  auto edits = put({}, ours({x}), "09:00:00", "09:00:01");
  edits = put(std::move(edits), ours({y}), "10:00:10.500", "10:00:10.900");
  ReplicationEdit told = edit("10:00:10", {});
  told.configuration = ours({x});
  edits = judge(hear(std::move(edits), told), ours({y}));
  ASSERT_TRUE(edits.lost);
  EXPECT_EQ(dr::lost_configuration(*edits.lost).rules, std::vector<ReplicationRule>{x});
}

TEST(ReplicationEdits, later_edits_of_others_that_lack_the_rule_clear_it_in_any_order) {
  const ReplicationEdit written = edit("10:00:10", {x}), removed = edit("10:00:40", {}, "e-2");
  const auto base = put({}, ours(), "10:00:10.500", "10:00:10.900");
  EXPECT_FALSE(judge(hear(judge(hear(base, written), ours()), removed), ours()).lost);
  EXPECT_FALSE(judge(hear(judge(hear(base, removed), ours()), written), ours()).lost);
  // Replaced by another one under the same id, and only that one is lost.
  const ReplicationRule changed = rule("x", "logs/2026/");
  const auto both = judge(hear(hear(base, written), edit("10:00:10", {changed}, "e-3")), ours());
  ASSERT_TRUE(both.lost) << "in one second nobody knows which was the last";
  EXPECT_EQ(both.lost->rules.size(), 2U);
  const auto last =
      judge(hear(hear(base, edit("10:00:09", {x})), edit("10:00:10", {changed}, "e-3")), ours());
  ASSERT_TRUE(last.lost);
  EXPECT_EQ(dr::lost_configuration(*last.lost).rules, std::vector<ReplicationRule>{changed});
}

TEST(ReplicationEdits, a_look_that_finds_the_rules_clears_them_for_good) {
  const auto base = put({}, ours(), "10:00:10.500", "10:00:10.900");
  auto edits = judge(hear(base, edit("10:00:10", {x, y})), ours());
  ASSERT_TRUE(edits.lost);
  EXPECT_EQ(edits.lost->rules.size(), 2U);
  edits = judge(edits, ours({y}));
  ASSERT_TRUE(edits.lost);
  EXPECT_EQ(dr::lost_configuration(*edits.lost).rules, std::vector<ReplicationRule>{x});
  edits = judge(edits, ours({x, y}));
  EXPECT_FALSE(edits.lost);
  // Taken away later by others, and that event never arrives.
  EXPECT_FALSE(judge(hear(edits, edit("10:00:10", {x, y})), ours()).lost);
}

// Our last PUT was in the same second, and the next one is still under way: it may overwrite what a look finds now.
TEST(ReplicationEdits, nothing_is_settled_while_a_put_of_ours_may_follow) {
  ReplicationEdits edits = put({}, ours(), "10:00:10.100", "10:00:10.200");
  edits.put_may_follow = at("10:00:10.300");
  edits = hear(std::move(edits), edit("10:00:10", {x}));
  edits = judge(std::move(edits), ours({x}));
  edits = put(std::move(edits), ours(), "10:00:10.400", "10:00:12.000");
  edits = judge(std::move(edits), ours());
  ASSERT_TRUE(edits.lost);
  EXPECT_EQ(dr::lost_configuration(*edits.lost).rules, std::vector<ReplicationRule>{x});
}

TEST(ReplicationEdits, what_a_person_has_settled_does_not_come_back) {
  const auto base = put({}, ours(), "10:00:10.500", "10:00:10.900");
  auto edits = dr::settled(judge(hear(base, edit("10:00:10", {x})), ours()));
  EXPECT_FALSE(edits.lost);
  EXPECT_FALSE(judge(hear(edits, edit("10:00:10", {x})), ours()).lost);
  for (int i = 0; i < 6; ++i)
    edits =
        judge(hear(edits, edit("10:0" + std::to_string(i + 1) + ":00", {}, "n" + std::to_string(i))), ours());
  EXPECT_FALSE(judge(hear(edits, edit("10:00:10", {x})), ours()).lost) << "delivered once more, much later";
}

// The store fills in what the writer left out.
TEST(ReplicationEdits, a_rule_is_there_when_its_meaning_is) {
  ReplicationRule sent = x, shown = x;
  sent.id.clear();
  sent.filter->prefix = "";
  shown.filter->prefix.reset();
  shown.delete_marker_replication.reset();
  const auto base = put({}, ours(), "10:00:10.500", "10:00:10.900");
  EXPECT_FALSE(judge(hear(base, edit("10:00:10", {sent})), ours({shown})).lost);
  shown.filter->prefix = "other/";
  EXPECT_TRUE(judge(hear(base, edit("10:00:10", {sent})), ours({shown})).lost);
}

// A function may die between its PUT and the note of it.
TEST(ReplicationEdits, a_put_that_was_never_noted_is_taken_from_the_record_of_its_generation) {
  test::ModelWorld world;
  world.add_source(ledger, {{"dr", "true"}});
  world.add_destination(s3::BucketName::parse("archive")).versioning = s3::Versioning::enabled;
  Instant now = at("10:00:00");
  // Nobody notes a PUT here. Ends before the step that begins so.
  const auto run_until = [&](const std::string& begins) {
    while (true) {
      now += milliseconds(1'000);
      const dr::ObservedPair seen = world.observe(ledger, now);
      const dr::Plan plan = dr::plan(world.policy, seen, now);
      const auto next = std::ranges::find_if(plan.actions, [](const dr::Action& a) { return a.ready(); });
      if (next == plan.actions.end() || next->what.starts_with(begins)) return;
      world.apply(*next, seen, now);
    }
  };
  run_until("set our rule");
  const auto before = world.record(ledger)->edits.put_may_follow;
  ASSERT_TRUE(before);
  run_until("record that the rule is live");
  world.buckets.at(ledger).replication->rules.push_back(y);
  run_until("backfill");
  const dr::Record record = *world.record(ledger);
  ASSERT_EQ(record.rule.state, dr::RuleState::live);
  EXPECT_FALSE(record.edits.put_may_follow);
  ASSERT_EQ(record.edits.puts.size(), 1U);
  EXPECT_EQ(record.edits.puts.front().looked, *before);
  EXPECT_EQ(record.edits.puts.front().foreign, std::vector<std::string>{dr::fingerprint(y)});
}

TEST(ReplicationEdits, the_record_holds_a_bounded_number_of_bounded_documents) {
  const auto base = put({}, ours(), "10:00:10.500", "10:00:10.900");
  std::vector<ReplicationRule> many;
  for (int i = 0; i < 300; ++i) many.push_back(rule("rule " + std::to_string(i), std::string(200, 'p'), i));
  ReplicationEdits edits = judge(hear(base, edit("10:00:10", many)), ours());
  ASSERT_TRUE(edits.lost);
  EXPECT_EQ(edits.lost->document, "");
  EXPECT_EQ(edits.lost->rules.size(), dr::edit_rules_max);
  EXPECT_NE(dr::lost_advice(*edits.lost, ledger).find("e-1"), std::string::npos) << "where the document is";
  many.resize(20);
  for (int i = 0; i < 9; ++i) {
    edits = put(hear(std::move(edits), edit("10:00:10", many, "n" + std::to_string(i))), ours(many),
                "10:00:10", "10:00:11");
    edits = judge(std::move(edits), ours());
  }
  std::size_t documents = 0;
  for (const auto& heard : edits.heard) documents += heard.document.size();
  EXPECT_LE(documents, dr::edit_document_bytes_max);
  EXPECT_LE(edits.heard.size(), dr::heard_edits_max);
  EXPECT_LE(edits.puts.size(), dr::own_puts_max);
  EXPECT_LE(boost::json::serialize(dr::json_of(edits)).size(), 40U * 1024);
  EXPECT_EQ(dr::parse_edits(dr::json_of(edits)), edits);
}

TEST(ReplicationEdits, the_codec_keeps_what_it_does_not_know_and_refuses_what_it_cannot_read) {
  const auto base = put({}, ours({y}), "10:00:10.500", "10:00:10.900");
  ReplicationEdits edits = judge(hear(base, edit("10:00:10", {x})), ours());
  edits.put_may_follow = at("10:00:30");
  boost::json::value value = dr::json_of(edits);
  EXPECT_EQ(dr::parse_edits(value), edits);
  EXPECT_TRUE(dr::json_of({}).is_null());
  value.as_object()["newer"] = 1;
  value.as_object()["lost"].as_object()["newer"] = 2;
  value.as_object()["heard"].as_array()[0].as_object()["newer"] = 3;
  EXPECT_EQ(dr::json_of(dr::parse_edits(value)), value);
  value.as_object()["lost"].as_object()["document"] = "<Rep";
  EXPECT_THROW(dr::parse_edits(value), Error);
}

TEST(Restoration, the_lost_rules_come_back_beside_everything_that_is_there) {
  const ReplicationConfiguration lost{"arn:aws:iam::111122223333:role/theirs", {x}};
  const auto with_others = dr::restoration(policy, ledger, replica, lost, {}, ours({y}));
  ASSERT_TRUE(with_others.configuration) << with_others.refused;
  EXPECT_NE(dr::find_rule(*with_others.configuration, "x"), nullptr);
  EXPECT_NE(dr::find_rule(*with_others.configuration, "y"), nullptr);
  EXPECT_EQ(dr::rule_drift(policy, ledger, replica, *with_others.configuration).text(), "");

  // Nobody else's rule is there: their role comes back with them.
  const ReplicationConfiguration alone = dr::with_our_rule(policy, ledger, replica, "", {});
  ASSERT_EQ(alone.role_arn, policy.replication_role_arn);
  const auto back = dr::restoration(policy, ledger, replica, lost, {}, alone);
  ASSERT_TRUE(back.configuration);
  EXPECT_EQ(back.configuration->role_arn, lost.role_arn);

  // Our rule has taken their priority: it gives way. A disabled rule of ours stays disabled.
  ReplicationConfiguration paused = dr::with_our_rule_disabled(policy, ledger, alone);
  paused.rules.front().priority = x.priority;
  const auto beside = dr::restoration(policy, ledger, replica, lost, {}, paused);
  ASSERT_TRUE(beside.configuration) << beside.refused;
  EXPECT_EQ(dr::find_rule(*beside.configuration, "x")->priority, x.priority);
  const ReplicationRule* kept = dr::find_rule(*beside.configuration, dr::rule_id(policy, ledger));
  EXPECT_NE(kept->priority, x.priority);
  EXPECT_EQ(kept->status, s3::Switch::disabled);

  const auto nothing = dr::restoration(policy, ledger, replica, lost, {}, ours({x}));
  EXPECT_FALSE(nothing.configuration);
  EXPECT_EQ(nothing.refused, "");
}

// Others switched their rule off, and our PUT brought it back switched on.
TEST(Restoration, a_rule_that_our_put_brought_back_gives_way_to_the_lost_one) {
  ReplicationRule off = x;
  off.status = s3::Switch::disabled;
  const auto base = put({}, ours({x, y}), "10:00:10.500", "10:00:10.900");
  const auto edits = judge(hear(base, edit("10:00:10", {off, y})), ours({x, y}));
  ASSERT_TRUE(edits.lost);
  EXPECT_EQ(edits.lost->undone, std::vector<std::string>{dr::fingerprint(x)});
  const auto lost = dr::lost_configuration(*edits.lost);
  EXPECT_EQ(lost.rules, std::vector<ReplicationRule>{off});
  const auto back = dr::restoration(policy, ledger, replica, lost, edits.lost->undone, ours({x, y}));
  ASSERT_TRUE(back.configuration) << back.refused;
  EXPECT_EQ(back.replaced, std::vector<ReplicationRule>{x});
  EXPECT_EQ(dr::find_rule(*back.configuration, "x")->status, s3::Switch::disabled);
  EXPECT_EQ(back.configuration->rules.size(), 3U);
  // Changed once more since: that is theirs.
  const auto refused =
      dr::restoration(policy, ledger, replica, lost, edits.lost->undone, ours({rule("x", "new/")}));
  EXPECT_NE(refused.refused, "");
}

TEST(Restoration, where_a_person_has_to_choose_it_is_refused) {
  const ReplicationConfiguration lost{"", {x}};
  EXPECT_NE(dr::restoration(policy, ledger, replica, lost, {}, ours({rule("x", "other/", 9)})).refused, "");
  EXPECT_NE(dr::restoration(policy, ledger, replica, lost, {}, ours({rule("z", "other/", 7)})).refused, "");
  ReplicationRule into_ours = x;
  into_ours.destination.bucket_arn = "arn:aws:s3:::ledger-dr";
  EXPECT_NE(dr::restoration(policy, ledger, replica, {"", {into_ours}}, {}, ours()).refused, "");
  ReplicationRule old = x;
  old.v1_prefix = "logs/";
  old.filter.reset();
  EXPECT_NE(dr::restoration(policy, ledger, replica, {"", {old}}, {}, ours()).refused, "");
}

}  // namespace
}  // namespace s3dr
