// Every rule of the decision, by rows of its own: what is written there, and what the record says.
#include "dr/settings/settle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/error.h"

namespace s3dr::dr {
namespace {

using Sight = SettingSeen::Sight;
using enum SettingStatus;

// Documents of these rows are a digit for how strict it is, and any letters. What is not set is "5".
int level(const SettingDocument& document) {
  return document ? document->front() - '0' : 5;
}
Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (level(wanted) > level(present)) return Strictness::stricter;
  return level(wanted) < level(present) ? Strictness::weaker : Strictness::neutral;
}
SettingDocument as_it_is(std::string_view document) {
  return std::string(document);
}
// "7 without key": the key cannot be had. "7 later": a part waits. "bad": nobody understands it. "0 gone": nothing is left.
Transformed transform(const SettingContext&, const SettingDocument& source) {
  Transformed result{source, {}, {}};
  if (!source) return result;
  if (*source == "bad") throw Error(ErrorKind::invalid, "no such document");
  if (source->ends_with("without key")) result = {source->substr(0, 1), {"its key has no counterpart"}, {}};
  if (source->ends_with("gone")) result = {std::nullopt, {"its log bucket has no counterpart"}, {}};
  if (source->ends_with("later")) result = {source->substr(0, 1), {}, *source};
  return result;
}
std::string summary(const SettingDocument& document) {
  return "<" + *document + ">";
}

Setting row_of(Follow follow) {
  return {s3::SettingKind::cors, "rows for tests", follow, "", as_it_is, transform, compare, summary};
}

struct Settle : ::testing::Test {
  SettingsPolicy policy;
  SettingContext context{policy, "aws", {}, {}, ""};
  Setting row = row_of(Follow::clone);
  Instant now{milliseconds(1000)};
  SettingSeen source{Sight::known, std::nullopt, ""}, replica{Sight::known, std::nullopt, ""};
  std::optional<SettingRecord> known;
  std::optional<std::string> tried;
  bool is_fresh = false;

  SettingDecision decide() {
    SettingQuestion question{row, context, source, replica};
    question.known = known ? &*known : nullptr;
    question.tried = tried;
    question.is_fresh = is_fresh;
    question.now = now;
    return settle(question);
  }
  SettingDecision decide(SettingDocument of_source, SettingDocument of_replica) {
    source.document = std::move(of_source);
    replica.document = std::move(of_replica);
    return decide();
  }
  // As the executor does: written, then looked at again.
  SettingRecord carry_out() {
    SettingDecision decision = decide();
    if (decision.writes) {
      replica.document = decision.document;
      tried = "";
      decision = decide();
      EXPECT_FALSE(decision.writes);
    }
    tried.reset();
    known = decision.next;
    now += milliseconds(10);
    return decision.next;
  }
  SettingRecord look(SettingDocument of_source) {
    source.document = std::move(of_source);
    is_fresh = !known;  // at the first look the replica is being made
    return carry_out();
  }
  void accept() {
    SettingsRecord all{{*known}, now, ""};
    EXPECT_TRUE(accept_held(all, std::nullopt));
    known = all.kinds.front();
  }
};

TEST_F(Settle, what_is_equal_is_in_sync_whatever_is_followed) {
  for (const Follow follow : {Follow::clone, Follow::stricter, Follow::warn}) {
    row = row_of(follow);
    for (const SettingDocument& document : {SettingDocument(), SettingDocument("7a")}) {
      const SettingDecision decision = decide(document, document);
      EXPECT_FALSE(decision.writes);
      EXPECT_EQ(decision.next.status, in_sync);
      EXPECT_EQ(decision.next.written, setting_print(document));
      EXPECT_EQ(decision.next.word, "cors");
    }
  }
}

TEST_F(Settle, what_a_new_bucket_has_by_default_is_nobodys_choice) {
  is_fresh = true;
  EXPECT_TRUE(decide("1", "9").writes);
  is_fresh = false;
  EXPECT_FALSE(decide("1", "9").writes);
  EXPECT_EQ(decide("1", "9").next.status, SettingStatus::held);
}

TEST_F(Settle,
       a_replica_of_before_keeps_what_it_has_until_a_person_accepts_and_only_what_is_neutral_is_copied) {
  EXPECT_TRUE(decide("5a", std::nullopt).writes);
  // Weaker, stricter (it may take away what its owner set, or shut readers out), and where somebody chose.
  for (const auto& [of_source, of_replica] : {std::pair<const char*, SettingDocument>{"1a", std::nullopt},
                                              {"7a", std::nullopt},
                                              {"7a", "6"},
                                              {"5a", "5b"},
                                              {"1a", "5b"}}) {
    const SettingDecision decision = decide(of_source, of_replica);
    EXPECT_FALSE(decision.writes) << of_source;
    EXPECT_EQ(decision.next.status, held);
    EXPECT_EQ(decision.next.held, setting_print(of_source));
    EXPECT_FALSE(decision.next.written);
  }
  for (const Follow follow : {Follow::clone, Follow::stricter}) {
    row = row_of(follow);
    source.document = "7a";
    replica.document = "6";
    known.reset();
    EXPECT_EQ(carry_out().status, held);
    EXPECT_EQ(carry_out().status, held);  // and stays so
    accept();
    EXPECT_EQ(carry_out().status, in_sync);
    EXPECT_EQ(replica.document, "7a");
  }
}

TEST_F(Settle, what_cannot_be_undone_always_waits) {
  row.cannot_be_undone = true;
  EXPECT_EQ(look("6").status, in_sync);  // while the replica is being made
  EXPECT_EQ(look("9").status, held);
  EXPECT_EQ(replica.document, "6");
  accept();
  EXPECT_EQ(look("9").status, in_sync);
}

TEST_F(Settle, later_stricter_and_neutral_follow_and_weaker_is_held_until_a_person_accepts_it) {
  EXPECT_EQ(look("5a").status, in_sync);
  EXPECT_EQ(look("5b").status, in_sync);
  EXPECT_EQ(look("7").status, in_sync);
  EXPECT_EQ(replica.document, "7");
  const SettingRecord waits = look("3a");
  EXPECT_EQ(waits.status, held);
  EXPECT_EQ(replica.document, "7");
  EXPECT_EQ(waits.held, setting_print("3a"));
  EXPECT_EQ(waits.message, "the source asks for what is weaker: <3a>; the replica keeps <7>");
  EXPECT_EQ(look("3a"), waits);  // the same again: `since` stays
  accept();
  EXPECT_EQ(look("3b").status, held);  // not what was accepted
  EXPECT_FALSE(known->accepted);
  accept();
  const SettingRecord done = look("3b");
  EXPECT_EQ(done.status, in_sync);
  EXPECT_EQ(replica.document, "3b");
  EXPECT_FALSE(done.accepted);  // once
  EXPECT_EQ(look("7").status, in_sync);
  EXPECT_EQ(look("3b").status, held);
}

TEST_F(Settle, a_removal_is_a_change_like_any_other) {
  look("7");
  EXPECT_EQ(look(std::nullopt).status, held);
  EXPECT_EQ(replica.document, "7");
  EXPECT_EQ(known->held, "");
  accept();
  EXPECT_EQ(look(std::nullopt).status, in_sync);
  EXPECT_EQ(replica.document, std::nullopt);
  look("4");
  EXPECT_EQ(look(std::nullopt).status, in_sync);  // that is stricter
}

TEST_F(Settle, what_a_hand_changed_at_the_replica_is_put_right_unless_it_is_stricter) {
  look("5a");
  for (const char* changed : {"3", "5b"}) {
    replica.document = changed;
    EXPECT_EQ(carry_out().status, in_sync) << changed;
    EXPECT_EQ(replica.document, "5a");
  }
  replica.document = "8";
  EXPECT_EQ(carry_out().status, by_hand);
  EXPECT_EQ(replica.document, "8");
  accept();
  EXPECT_EQ(carry_out().status, in_sync);
  EXPECT_EQ(replica.document, "5a");
}

TEST_F(Settle, without_repair_a_hand_is_left_alone_whatever_the_source_does) {
  policy.repair = false;
  look("5a");
  for (const char* changed : {"3", "5b", "8"}) {
    replica.document = changed;
    EXPECT_EQ(look("5a").status, by_hand);
    EXPECT_EQ(look("9").status, by_hand);
    EXPECT_EQ(replica.document, changed);
    replica.document = "5a";
    look("5a");
  }
}

TEST_F(Settle, follow_stricter_writes_only_what_is_stricter) {
  row = row_of(Follow::stricter);
  EXPECT_EQ(look("7").status, in_sync);
  EXPECT_EQ(replica.document, "7");
  EXPECT_EQ(look("7b").status, in_sync);
  EXPECT_EQ(replica.document, "7");  // neutral: not written
  EXPECT_EQ(look("2").status, held);
  EXPECT_EQ(replica.document, "7");
  EXPECT_EQ(look("9").status, in_sync);
  EXPECT_EQ(replica.document, "9");
}

TEST_F(Settle, follow_stricter_keeps_for_a_failover_what_was_weaker_from_the_start_but_no_later_change) {
  row = row_of(Follow::stricter);
  EXPECT_EQ(look("2").status, on_failover);
  EXPECT_EQ(known->later, "2");
  EXPECT_EQ(replica.document, std::nullopt);
  EXPECT_EQ(look("2").status, on_failover);
  source.sight = Sight::unknown;
  EXPECT_EQ(carry_out().status, unknown);
  source.sight = Sight::known;
  EXPECT_EQ(look("2").status, on_failover);
  EXPECT_EQ(look("1").status, held);
  source.sight = Sight::unknown;
  carry_out();
  source.sight = Sight::known;
  EXPECT_EQ(look("1").status, held);  // a look that failed hides nothing
  accept();
  EXPECT_EQ(look("1").status, in_sync);
  EXPECT_EQ(replica.document, "1");
}

TEST_F(Settle, what_waits_for_a_failover_is_kept_and_never_written) {
  row = row_of(Follow::on_failover);
  EXPECT_EQ(look("9").status, on_failover);
  EXPECT_EQ(known->later, "9");
  EXPECT_EQ(replica.document, std::nullopt);
  EXPECT_EQ(look(std::nullopt).status, in_sync);
  EXPECT_FALSE(known->later);
  EXPECT_EQ(look("9 gone").status, left_out);
}

TEST_F(Settle, a_part_that_waits_for_a_failover_is_kept_beside_what_is_written) {
  is_fresh = true;
  EXPECT_EQ(look("4 later").status, on_failover);
  EXPECT_EQ(replica.document, "4");
  EXPECT_EQ(known->later, "4 later");
}

TEST_F(Settle, what_cannot_be_had_is_said_and_takes_nothing_away) {
  EXPECT_EQ(look("7 without key").status, left_out);
  EXPECT_EQ(replica.document, "7");
  EXPECT_EQ(known->message, "its key has no counterpart");
  EXPECT_EQ(look("7 gone").status, left_out);
  EXPECT_EQ(replica.document, "7");
}

TEST_F(Settle, warn_and_ignore_write_nothing) {
  row = row_of(Follow::warn);
  EXPECT_EQ(look("9").status, warned);
  EXPECT_EQ(known->message, "different: not set, the source's is <9>");
  policy.follow[s3::SettingKind::cors] = Follow::ignore;
  EXPECT_EQ(look("9").status, ignored);
  EXPECT_EQ(replica.document, std::nullopt);
}

TEST_F(Settle, what_was_not_seen_or_not_understood_is_unknown_and_nothing_is_written) {
  look("5");
  for (SettingSeen* side : {&source, &replica}) {
    *side = {Sight::unknown, std::nullopt, "AccessDenied"};
    const SettingDecision decision = decide();
    EXPECT_FALSE(decision.writes);
    EXPECT_EQ(decision.next.status, unknown);
    EXPECT_NE(decision.next.message.find("AccessDenied"), std::string::npos);
    EXPECT_EQ(decision.next.written, known->written);
    *side = {Sight::known, "5", ""};
  }
  EXPECT_EQ(look("bad").status, unknown);
}

TEST_F(Settle, a_store_without_the_setting_is_no_difference_where_nobody_wants_it) {
  source = {Sight::unsupported, std::nullopt, "501"};
  EXPECT_EQ(decide().next.status, in_sync);
  source = {Sight::known, std::nullopt, ""};
  replica = {Sight::unsupported, std::nullopt, "501"};
  EXPECT_EQ(decide().next.status, in_sync);
  source.document = "7";
  const SettingDecision decision = decide();
  EXPECT_EQ(decision.next.status, left_out);
  EXPECT_FALSE(decision.writes);
  EXPECT_EQ(decision.next.message, "the destination store has no rows for tests: 501");
}

TEST_F(Settle, what_was_written_in_this_look_is_not_written_again) {
  is_fresh = true;
  tried = "MalformedXML: no";
  SettingDecision decision = decide("7", std::nullopt);
  EXPECT_FALSE(decision.writes);
  EXPECT_EQ(decision.next.status, refused);
  EXPECT_EQ(decision.next.message, "MalformedXML: no");
  EXPECT_FALSE(decision.next.written);
  tried = "";
  decision = decide("7", "6");
  EXPECT_EQ(decision.next.status, refused);
  EXPECT_EQ(decision.next.message, "written, but the store shows something else: <6>");
}

// Whatever the record said before: weaker than the replica is written only if it was accepted, or begins a clone.
TEST_F(Settle, nothing_weaker_is_written_from_any_status) {
  const std::vector<SettingDocument> documents = {std::nullopt, "1", "5", "5a", "9"};
  int judged = 0;
  for (const Follow follow :
       {Follow::clone, Follow::stricter, Follow::on_failover, Follow::warn, Follow::ignore}) {
    row = row_of(follow);
    for (const SettingStatus status :
         {in_sync, held, by_hand, on_failover, warned, ignored, left_out, refused, unknown}) {
      for (const SettingDocument& written : documents) {
        for (const SettingDocument& of_source : documents) {
          for (const SettingDocument& of_replica : documents) {
            for (const bool repair : {true, false}) {
              policy.repair = repair;
              SettingRecord before;
              before.status = status;
              before.written = setting_print(written);
              known = before;
              const SettingDecision decision = decide(of_source, of_replica);
              ++judged;
              if (!decision.writes) continue;
              EXPECT_TRUE(follow == Follow::clone || follow == Follow::stricter);
              EXPECT_NE(compare(of_replica, decision.document), Strictness::weaker);
              EXPECT_NE(of_replica, decision.document);
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(judged, 5 * 9 * 125 * 2);
}

TEST(SettingsRecord, keeps_what_it_does_not_know_and_what_was_not_looked_at) {
  SettingRecord newer;
  newer.word = "colour";
  newer.status = in_sync;
  SettingsRecord record{{newer}, std::nullopt, ""};
  SettingDecision decision;
  decision.next.word = "cors";
  const SettingsRecord after = with_decisions(record, {decision}, Instant(milliseconds(5)));
  ASSERT_EQ(after.kinds.size(), 2U);
  EXPECT_EQ(after.kinds[0].word, "cors");
  EXPECT_EQ(after.kinds[1].word, "colour");
  EXPECT_EQ(after.checked, Instant(milliseconds(5)));
}

TEST(SettingsRecord, what_waits_for_a_failover_is_bounded_and_says_so) {
  std::vector<SettingDecision> decisions(2);
  decisions[0].next.word = "notification";
  decisions[0].next.later = std::string(40 * 1024, 'a');
  decisions[1].next.word = "policy";
  decisions[1].next.later = std::string(30 * 1024, 'b');
  const SettingsRecord after = with_decisions({}, decisions, Instant{});
  EXPECT_TRUE(after.kinds[0].later);
  EXPECT_FALSE(after.kinds[1].later);
  EXPECT_EQ(after.kinds[1].status, left_out);
}

}  // namespace
}  // namespace s3dr::dr
