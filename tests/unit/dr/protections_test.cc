#include "dr/protections.h"

#include <gtest/gtest.h>

#include "dr/messages/message.h"
#include "dr/plan.h"
#include "dr/property_clone.h"
#include "dr/replica_name.h"
#include "dr/replication_rule.h"
#include "dr/rule_drift.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

const auto source = s3::BucketName::parse("ledger");

// Like the ordinary one, with a name and tag of its own.
dr::Policy named(const std::string& name, const std::string& tag_key) {
  dr::Policy policy = test::test_policy();
  policy.protection_name = name;
  policy.match_tags = {{tag_key, "true"}};
  return policy;
}

// In another account, with replicas of another name.
dr::Policy vault(const std::string& name = "vault", const std::string& tag_key = "vault") {
  dr::Policy policy = named(name, tag_key);
  policy.destination_account = s3::AccountId::parse("444455556666");
  policy.control_bucket = {};
  policy.replica_name_template = "{bucket}-vault";
  return policy;
}

dr::Protections two() {
  return dr::with_each_other({named("near", "dr"), vault()});
}

std::string why(dr::Protections protections) {
  return dr::why_invalid(dr::with_each_other(std::move(protections))).value_or("");
}

using Indexes = std::vector<std::size_t>;

// Where in the list they are: those that count for a bucket with these tags.
Indexes covering(const dr::Protections& list, const s3::TagSet& tags) {
  Indexes result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (dr::covers(list[i], tags)) result.push_back(i);
  }
  return result;
}

TEST(Protections, one_with_the_default_name_is_as_before) {
  const auto one = dr::with_each_other({test::test_policy()});
  EXPECT_EQ(dr::why_invalid(one), std::nullopt);
  EXPECT_TRUE(one.front().others.empty());
  EXPECT_EQ(covering(one, {{"dr", "true"}}), Indexes{0});
  EXPECT_TRUE(dr::precedence_texts(one).empty());
}

TEST(Protections, a_bucket_is_covered_by_each_whose_tag_it_carries) {
  const auto list = two();
  EXPECT_EQ(why(list), "");
  EXPECT_EQ(covering(list, {{"dr", "true"}}), Indexes{0});
  EXPECT_EQ(covering(list, {{"vault", "true"}}), Indexes{1});
  EXPECT_EQ(covering(list, {{"vault", "true"}, {"dr", "true"}}), (Indexes{0, 1}));
  EXPECT_TRUE(covering(list, {{"vault", "yes"}}).empty());
  EXPECT_EQ(dr::first_of_each_place(list), (Indexes{0, 1}));
  EXPECT_EQ(dr::names_of(list), "near, vault");
}

TEST(Protections, of_two_with_one_destination_the_first_that_matches_counts) {
  auto bronze = named("bronze", "bronze");
  bronze.rule.delete_markers = false;
  const auto list = dr::with_each_other({named("gold", "gold"), vault(), bronze});
  ASSERT_EQ(why(list), "");
  const s3::TagSet gold{{"gold", "true"}}, bronze_tag{{"bronze", "true"}};
  const s3::TagSet both{{"bronze", "true"}, {"gold", "true"}};
  EXPECT_EQ(covering(list, gold), Indexes{0});
  EXPECT_EQ(covering(list, bronze_tag), Indexes{2});
  EXPECT_EQ(covering(list, both), Indexes{0});
  EXPECT_EQ(dr::overruled_by(list[2], both)->name, "gold");
  EXPECT_EQ(dr::overruled_by(list[0], both), nullptr);
  // Not tagged for gold: its plan must not pause what bronze protects.
  EXPECT_EQ(dr::overruled_by(list[0], bronze_tag)->name, "bronze");
  EXPECT_EQ(dr::overruled_by(list[0], {}), nullptr) << "nobody counts: the pause is anybody's";
  EXPECT_EQ(dr::overruled_by(list[1], both), nullptr) << "another destination";
  EXPECT_EQ(dr::first_of_each_place(list), (Indexes{0, 1}));
  EXPECT_EQ(dr::precedence_texts(list),
            std::vector<std::string>{
                "a bucket with tags of both \"gold\" and \"bronze\" is protected by \"gold\": both "
                "have the destination 111122223333/us-east-2, and it comes first"});
}

TEST(Protections, what_cannot_be_together_is_refused_with_the_field) {
  EXPECT_EQ(why({}), "protections: empty, no bucket would be protected");
  EXPECT_TRUE(why({named("near", "dr"), vault("near")}).starts_with("name: two protections"));
  EXPECT_TRUE(why({named("Near", "dr")}).starts_with("name: \"Near\" is not"));
  auto role = vault();
  role.replication_role_arn = "arn:aws:iam::111122223333:role/another";
  EXPECT_TRUE(why({named("near", "dr"), role}).starts_with("replication_role: \"near\" and \"vault\""));
  auto elsewhere = vault();
  elsewhere.source_region = s3::Region::parse("eu-west-1");
  EXPECT_TRUE(why({named("near", "dr"), elsewhere}).starts_with("source: "));
  auto reports = vault();
  reports.reports_bucket = s3::BucketName::parse("other-reports");
  EXPECT_TRUE(why({named("near", "dr"), reports}).starts_with("reports_bucket: "));
  auto shared = vault();
  shared.control_bucket = two().front().control_bucket;
  EXPECT_TRUE(why({named("near", "dr"), shared}).starts_with("control_bucket: \"near\" and \"vault\" share"));
  auto second = named("bronze", "bronze");
  second.control_bucket = s3::BucketName::parse("second-control");
  EXPECT_TRUE(why({named("gold", "gold"), second}).starts_with("control_bucket: "));
  EXPECT_TRUE(
      why({named("gold", "dr"), named("bronze", "dr")}).starts_with("match_tags: \"bronze\" would never"));
  auto same_name = vault();
  same_name.replica_name_template = named("near", "dr").replica_name_template;
  EXPECT_TRUE(why({named("near", "dr"), same_name}).starts_with("replica_name: "));
  auto priorities = vault();
  priorities.rule.priority = 4;
  auto near = named("near", "dr");
  EXPECT_EQ(why({near, priorities}), "");
  near.rule.priority = 4;
  EXPECT_TRUE(why({near, priorities}).starts_with("rule.priority: "));
  auto broken = vault();
  broken.match_tags.clear();
  EXPECT_EQ(why({named("near", "dr"), broken}),
            "protection \"vault\": match_tags: empty, no bucket would be protected");
}

TEST(Protections, the_rule_of_another_one_is_ours_and_not_mine) {
  const auto list = two();
  const auto near_replica = s3::BucketName::parse("ledger-dr");
  const auto far_replica = s3::BucketName::parse("ledger-vault");
  auto both = dr::with_our_rule(list[0], source, near_replica, "", {});
  both = dr::with_our_rule(list[1], source, far_replica, "", both);
  ASSERT_EQ(both.rules.size(), 2U);
  EXPECT_NE(both.rules[0].priority, both.rules[1].priority);
  EXPECT_EQ(both.role_arn, list[0].replication_role_arn);
  EXPECT_EQ(dr::rule_drift(list[0], source, near_replica, both).text(), "");
  EXPECT_EQ(dr::rule_drift(list[1], source, far_replica, both).text(), "");
  for (const dr::Policy& policy : list) EXPECT_TRUE(dr::foreign_rules(policy, source, both).empty());
  const auto paused = dr::with_our_rule_disabled(list[0], source, both);
  EXPECT_EQ(paused.rules[0].status, s3::Switch::disabled);
  EXPECT_EQ(paused.rules[1], both.rules[1]) << "a pause touches its own rule only";
  // Somebody took ours away: it comes back beside the other one.
  auto lone = both;
  lone.rules.erase(lone.rules.begin());
  EXPECT_EQ(dr::with_our_rule(list[0], source, near_replica, "", lone).rules.size(), 2U);
  // A rule with a name like ours, of no protection that we know: of others.
  auto unknown = both.rules[1];
  unknown.id = "s3dr-0123456789abcdef";
  unknown.priority = 7;
  both.rules.push_back(unknown);
  for (const dr::Policy& policy : list)
    EXPECT_EQ(dr::foreign_rules(policy, source, both), std::vector{unknown});
}

TEST(Protections, lost_rules_come_back_beside_the_rules_of_all_protections) {
  const auto list = two();
  auto present = dr::with_our_rule(list[0], source, s3::BucketName::parse("ledger-dr"), "", {});
  present = dr::with_our_rule(list[1], source, s3::BucketName::parse("ledger-vault"), "", present);
  s3::ReplicationRule theirs = present.rules[1];
  theirs.id = "theirs";
  theirs.destination.bucket_arn = "arn:aws:s3:::elsewhere";
  const s3::ReplicationConfiguration lost{"arn:aws:iam::111122223333:role/theirs", {theirs}};
  const auto back = dr::restoration(list[0], source, s3::BucketName::parse("ledger-dr"), lost, {}, present);
  ASSERT_TRUE(back.configuration) << back.refused;
  ASSERT_EQ(back.configuration->rules.size(), 3U);
  EXPECT_NE(dr::find_rule(*back.configuration, dr::rule_id(list[1], source)), nullptr);
  EXPECT_FALSE(s3::why_refused(*back.configuration)) << "priorities";
}

TEST(Protections, the_tag_of_another_one_is_no_near_miss_and_is_not_cloned) {
  auto upper = vault("upper", "DR");
  const auto list = dr::with_each_other({named("near", "dr"), upper});
  EXPECT_TRUE(dr::near_misses(list[0], {{"DR", "true"}}).empty());
  EXPECT_EQ(dr::near_misses(list[0], {{"Dr", "true"}}).size(), 1U);
  // Else the replica would carry a match tag itself.
  EXPECT_EQ(dr::tags_to_clone(two()[0], {{"dr", "true"}, {"vault", "true"}, {"team", "a"}}),
            (s3::TagSet{{"team", "a"}}));
}

TEST(Protections, two_replicas_of_a_long_name_have_different_names) {
  const auto list = two();
  const auto long_name = s3::BucketName::parse("My_Legacy_Bucket");
  EXPECT_NE(dr::replica_name(list[0], long_name), dr::replica_name(list[1], long_name));
  // The default one keeps the names that it gave before there were several.
  EXPECT_EQ(dr::replica_name(test::test_policy(), long_name).text(), "my-legacy-bucket-d2393d79-dr");
}

TEST(Protections, a_message_names_its_protection_unless_it_is_the_default) {
  const auto list = two();
  const auto named_message = dr::message_for(list[1], dr::MessageKind::look, source, "c-1");
  EXPECT_EQ(named_message.protection, "vault");
  EXPECT_EQ(dr::parse_message(dr::to_json(named_message)), named_message);
  const auto message = dr::message_for(test::test_policy(), dr::MessageKind::look, source, "c-1");
  // The release before refuses a field that it does not know.
  EXPECT_EQ(dr::to_json(message).find("protection"), std::string::npos);
  EXPECT_EQ(dr::parse_message(dr::to_json(message)).protection, "default");
  EXPECT_THROW(dr::parse_message(R"({"v":1,"kind":"look","bucket":"ledger","region":"us-west-2",)"
                                 R"("account":"111122223333","correlation_id":"c","protection":"A b"})"),
               Error);
}

TEST(Protections, a_plan_leaves_the_bucket_to_the_protection_that_counts) {
  auto bronze = named("bronze", "bronze");
  const auto list = dr::with_each_other({named("gold", "gold"), bronze});
  test::ModelWorld world;
  world.policy = list[0];
  world.add_source(source, {{"bronze", "true"}});
  const auto seen = world.observe(source, Instant(milliseconds(0)));
  const auto gold = dr::plan(list[0], seen, Instant(milliseconds(0)));
  EXPECT_TRUE(gold.empty());
  EXPECT_NE(gold.state_reason.find("\"bronze\" counts"), std::string::npos);
  EXPECT_FALSE(dr::plan(list[1], seen, Instant(milliseconds(0))).empty());
}

TEST(Protections, a_replica_that_is_tagged_is_refused_in_words) {
  test::ModelWorld world;
  auto& bucket = world.add_source(
      source, {{"dr", "true"}, {std::string(dr::replica_mark_key), "111122223333/eu-west-1/origin"}});
  const auto chain = dr::plan(world.policy, world.observe(source, Instant{}), Instant{});
  ASSERT_NE(chain.for_a_person(), nullptr);
  EXPECT_NE(chain.for_a_person()->reason.find("a replica of a replica"), std::string::npos);
  bucket.tags->back().value = "111122223333/us-east-2/origin";
  const auto circle = dr::plan(world.policy, world.observe(source, Instant{}), Instant{});
  ASSERT_NE(circle.for_a_person(), nullptr);
  EXPECT_NE(circle.for_a_person()->reason.find("lead its data back"), std::string::npos);
  for (const auto& action : circle.actions) EXPECT_FALSE(action.ready());
}

}  // namespace
}  // namespace s3dr
