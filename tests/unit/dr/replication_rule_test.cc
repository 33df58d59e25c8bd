#include "dr/replication_rule.h"

#include <gtest/gtest.h>

#include "dr/property_clone.h"
#include "dr/replica_name.h"
#include "dr/rule_drift.h"
#include "s3/replication_match.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

const auto policy = test::test_policy();
const auto source = s3::BucketName::parse("ledger");
const auto replica = s3::BucketName::parse("ledger-dr");

s3::ReplicationRule foreign(const std::string& id, std::int64_t priority) {
  s3::ReplicationRule rule;
  rule.id = id;
  rule.priority = priority;
  rule.filter = s3::ReplicationFilter{"logs/", {}};
  rule.delete_marker_replication = s3::Switch::disabled;
  rule.destination.bucket_arn = "arn:aws:s3:::elsewhere";
  rule.unknown_rule_xml = "<Vendor>1</Vendor>";
  return rule;
}

TEST(ReplicationRule, ours_is_v2_with_an_empty_filter_markers_and_metrics) {
  const auto configuration = dr::with_our_rule(policy, source, replica, "", {});
  ASSERT_EQ(configuration.rules.size(), 1u);
  const auto& rule = configuration.rules.front();
  EXPECT_TRUE(rule.id.starts_with("s3dr-"));
  EXPECT_FALSE(rule.is_v1());
  EXPECT_EQ(rule.filter, s3::ReplicationFilter{});
  EXPECT_EQ(rule.delete_marker_replication, s3::Switch::enabled);
  EXPECT_EQ(rule.destination.bucket_arn, "arn:aws:s3:::ledger-dr");
  EXPECT_EQ(rule.destination.account, std::nullopt) << "it is for another account's destination";
  EXPECT_EQ(rule.destination.metrics, s3::Switch::enabled);
  EXPECT_EQ(configuration.role_arn, policy.replication_role_arn);
  EXPECT_FALSE(s3::why_refused(configuration));
  EXPECT_EQ(dr::rule_drift(policy, source, replica, configuration).text(), "");
}

TEST(ReplicationRule, ours_is_as_the_options_ask_for) {
  auto wanted = test::two_account_policy();
  wanted.rule.delete_markers = false;
  wanted.rule.replication_time = true;
  wanted.rule.storage_class = "GLACIER_IR";
  wanted.rule.owner_override = false;
  wanted.rule.replica_modifications = true;
  wanted.rule.prefix = "logs/";
  wanted.rule.priority = 12;
  const auto configuration = dr::with_our_rule(wanted, source, replica, "", {});
  const auto& rule = configuration.rules.front();
  EXPECT_EQ(rule.priority, 12);
  EXPECT_EQ(rule.filter, (s3::ReplicationFilter{"logs/", {}}));
  EXPECT_EQ(rule.delete_marker_replication, s3::Switch::disabled);
  EXPECT_EQ(rule.replica_modifications, s3::Switch::enabled);
  EXPECT_EQ(rule.destination.storage_class, "GLACIER_IR");
  EXPECT_EQ(rule.destination.access_control_translation, "");
  EXPECT_EQ(rule.destination.replication_time_minutes, 15);
  EXPECT_EQ(rule.destination.metrics_event_threshold_minutes, 15);
  EXPECT_FALSE(s3::why_refused(configuration)) << s3::why_refused(configuration)->message;
  wanted.rule = {};
  wanted.rule.metrics = false;
  EXPECT_EQ(dr::desired_rule(wanted, source, replica, 1).destination.metrics, std::nullopt);
  wanted.rule.delete_markers = false;
  wanted.rule.prefix = "logs/";
  wanted.rule.tags = {{"class", "gold"}};
  EXPECT_EQ(dr::desired_rule(wanted, source, replica, 1).filter,
            (s3::ReplicationFilter{"logs/", {{"class", "gold"}}}));
}

// Within one account a rule that states it means the same, and is not written again.
TEST(ReplicationRule, the_account_may_stand_there_within_one_account) {
  auto configuration = dr::with_our_rule(policy, source, replica, "", {});
  configuration.rules.front().destination.account = policy.destination_account;
  EXPECT_EQ(dr::rule_drift(policy, source, replica, configuration).text(), "");
  configuration.rules.front().destination.account = s3::AccountId::parse("444455556666");
  EXPECT_EQ(dr::rule_drift(policy, source, replica, configuration).text(), "another destination account");
  const auto two = test::two_account_policy();
  auto abroad = dr::with_our_rule(two, source, replica, "", {});
  abroad.rules.front().destination.account.reset();
  EXPECT_EQ(dr::rule_drift(two, source, replica, abroad).text(), "another destination account");
}

TEST(ReplicationRule, between_accounts_the_destination_becomes_the_owner) {
  const auto two = test::two_account_policy();
  auto configuration = dr::with_our_rule(two, source, replica, "", {});
  auto& destination = configuration.rules.front().destination;
  EXPECT_EQ(destination.account, two.destination_account);
  EXPECT_EQ(destination.access_control_translation, "Destination");
  EXPECT_FALSE(s3::why_refused(configuration));
  EXPECT_EQ(dr::rule_drift(two, source, replica, configuration).text(), "");
  destination.access_control_translation = "";
  EXPECT_EQ(dr::rule_drift(two, source, replica, configuration).text(), "no owner override");
}

TEST(ReplicationRule, other_rules_stay_as_they_are_with_their_role_and_priority) {
  const s3::ReplicationConfiguration theirs{"arn:aws:iam::111122223333:role/theirs",
                                            {foreign("a", 1), foreign("b", 3)}};
  const auto merged = dr::with_our_rule(policy, source, replica, "", theirs);
  EXPECT_EQ(dr::foreign_rules(policy, source, merged), theirs.rules);
  EXPECT_EQ(merged.role_arn, theirs.role_arn);
  EXPECT_EQ(merged.rules.back().priority, 2);
  EXPECT_FALSE(s3::why_refused(merged));
  EXPECT_EQ(dr::with_our_rule(policy, source, replica, "", merged), merged);
  const auto paused = dr::with_our_rule_disabled(policy, source, merged);
  EXPECT_EQ(dr::foreign_rules(policy, source, paused), theirs.rules);
  EXPECT_EQ(dr::rule_drift(policy, source, replica, paused).text(), "disabled");
}

TEST(ReplicationRule, what_servers_rewrite_is_no_difference) {
  auto configuration = dr::with_our_rule(policy, source, replica, "", {});
  auto& rule = configuration.rules.front();
  rule.filter->prefix = "";
  rule.priority = 7;
  rule.destination.bucket_arn = "ledger-dr";
  rule.existing_object_replication = s3::Switch::disabled;
  rule.replica_modifications = s3::Switch::disabled;
  EXPECT_EQ(dr::rule_drift(policy, source, replica, configuration).text(), "");
}

TEST(ReplicationRule, each_edit_is_a_difference) {
  using Edit = void (*)(s3::ReplicationRule&);
  const Edit edits[] = {
      [](s3::ReplicationRule& r) { r.status = s3::Switch::disabled; },
      [](s3::ReplicationRule& r) { r.filter->prefix = "x"; },
      [](s3::ReplicationRule& r) { r.filter->tags = {{"a", "b"}}; },
      [](s3::ReplicationRule& r) { r.filter.reset(); },
      [](s3::ReplicationRule& r) { r.destination.bucket_arn = "arn:aws:s3:::elsewhere"; },
      [](s3::ReplicationRule& r) { r.destination.account = s3::AccountId::parse("444455556666"); },
      [](s3::ReplicationRule& r) { r.delete_marker_replication = s3::Switch::disabled; },
      [](s3::ReplicationRule& r) { r.destination.metrics.reset(); },
      [](s3::ReplicationRule& r) { r.destination.storage_class = "GLACIER"; },
      [](s3::ReplicationRule& r) { r.destination.access_control_translation = "Destination"; },
      [](s3::ReplicationRule& r) { r.id = "renamed"; },
  };
  for (const Edit edit : edits) {
    auto configuration = dr::with_our_rule(policy, source, replica, "", {});
    edit(configuration.rules.front());
    EXPECT_NE(dr::rule_drift(policy, source, replica, configuration).text(), "");
    EXPECT_EQ(dr::rule_drift(policy, source, replica,
                             dr::with_our_rule(policy, source, replica, "renamed", configuration))
                  .text(),
              "");
  }
}

TEST(ReplicationRule, a_rule_without_id_is_not_taken_for_the_one_to_replace) {
  s3::ReplicationConfiguration configuration{"r", {foreign("", 1)}};
  EXPECT_EQ(dr::with_our_rule(policy, source, replica, "", configuration).rules.size(), 2u);
}

TEST(ReplicaName, follows_the_template_and_shortens_what_is_too_long) {
  EXPECT_EQ(dr::replica_name(policy, source).text(), "ledger-dr");
  std::set<std::string> names;
  for (std::size_t length = 3; length <= 63; ++length) {
    const auto name = dr::replica_name(policy, s3::BucketName::parse(std::string(length, 'a')));
    EXPECT_LE(name.text().size(), 63u);
    EXPECT_TRUE(name.text().ends_with("-dr"));
    EXPECT_TRUE(names.insert(name.text()).second);
    EXPECT_EQ(name, dr::replica_name(policy, s3::BucketName::parse(std::string(length, 'a'))));
  }
  const auto dotted = s3::BucketName::parse(std::string(50, 'a') + "." + std::string(12, 'b'));
  EXPECT_EQ(s3::BucketName::why_not_new(dr::replica_name(policy, dotted).text()), std::nullopt);
}

TEST(ReplicaName, a_source_with_an_old_name_gets_a_replica_that_can_be_made) {
  std::set<std::string> names;
  for (const char* text : {"My_Legacy_Bucket", "my-legacy-bucket", "my_legacy_bucket", "My-Legacy-Bucket",
                           "UPPER", "upper", "a..b", "_", "___", "xn--bucket", "sthree-x",
                           "photos-111122223333-us-west-2-an", "photos", "10.0.0.x_"}) {
    if (s3::BucketName::why_impossible(text)) continue;
    const auto name = dr::replica_name(policy, s3::BucketName::parse(text));
    EXPECT_EQ(s3::BucketName::why_not_new(name.text()), std::nullopt) << text << " → " << name.text();
    EXPECT_TRUE(names.insert(name.text()).second) << text << " → " << name.text();
  }
  EXPECT_TRUE(dr::replica_name(policy, s3::BucketName::parse("My_Legacy_Bucket"))
                  .text()
                  .starts_with("my-legacy-bucket-"));
}

TEST(ReplicaName, in_the_account_regional_namespace_nobody_else_can_take_it) {
  dr::Policy regional = policy;
  regional.replica_namespace = dr::ReplicaNamespace::account_regional;
  const std::string ending =
      s3::account_regional_ending(policy.destination_account, policy.destination_region);
  EXPECT_EQ(dr::replica_name(regional, source).text(), "ledger-dr" + ending);
  std::set<std::string> names;
  for (const std::string& text :
       {std::string("ledger"), std::string("My_Ledger"), std::string("my-ledger"), std::string(63, 'a'),
        std::string(62, 'a'),
        "ledger" + s3::account_regional_ending(policy.source_account, policy.source_region)}) {
    for (const std::int64_t ordinal : {1, 2}) {
      const auto name = dr::replica_name(regional, s3::BucketName::parse(text), ordinal);
      EXPECT_EQ(s3::why_not_new_account_regional(name.text(), policy.destination_account,
                                                 policy.destination_region),
                std::nullopt)
          << name.text();
      EXPECT_TRUE(names.insert(name.text()).second) << name.text();
    }
  }
}

TEST(ReplicaName, the_mark_of_a_source_with_a_long_name_fits_into_a_tag) {
  const auto one = dr::replica_mark(policy, s3::BucketName::parse(std::string(255, 'A')));
  const auto other = dr::replica_mark(policy, s3::BucketName::parse(std::string(254, 'A') + "B"));
  EXPECT_EQ(s3::why_invalid(s3::TagSet{one}, s3::TagOwner::bucket), std::nullopt);
  EXPECT_NE(one.value, other.value);
}

TEST(ReplicaName, every_further_replica_takes_another_name) {
  std::set<std::string> names;
  for (std::int64_t ordinal = 1; ordinal <= 20; ++ordinal) {
    EXPECT_TRUE(names.insert(dr::replica_name(policy, source, ordinal).text()).second);
  }
}

TEST(PropertyClone, the_trigger_system_tags_and_marks_are_not_cloned_and_tags_of_people_stay) {
  const s3::TagSet source_tags = {
      {"dr", "true"}, {"aws:stack", "x"}, {"s3dr:replica-of", "y"}, {"team", "fin"}, {"cost", "1"}};
  EXPECT_EQ(dr::tags_to_clone(policy, source_tags), (s3::TagSet{{"team", "fin"}, {"cost", "1"}}));
  const auto mark = dr::replica_mark(policy, source);
  const auto change = dr::replica_tag_change(policy, mark, source_tags, {{"cost", "2"}, {"own", "z"}});
  EXPECT_EQ(change.set, (s3::TagSet{mark, {"team", "fin"}, {"cost", "1"}}));
  EXPECT_NE(s3::find_tag(change.merged, "own"), nullptr);
  EXPECT_TRUE(dr::replica_tag_change(policy, mark, source_tags, change.merged).set.empty());
}

TEST(PropertyClone, fifty_source_tags_fit_and_more_are_left_out_but_never_the_mark) {
  s3::TagSet tags = {{"dr", "true"}};
  for (int i = 0; i < 49; ++i) tags.push_back({"k" + std::to_string(i), "v"});
  const auto mark = dr::replica_mark(policy, source);
  EXPECT_EQ(dr::replica_tag_change(policy, mark, tags, {}).merged.size(), 50u);
  const auto full = dr::replica_tag_change(policy, mark, tags, {{"own", "z"}});
  EXPECT_FALSE(full.not_cloned.empty());
  EXPECT_EQ(full.set, s3::TagSet{mark});
}

TEST(Policy, exact_tags_count_and_near_misses_are_named) {
  EXPECT_TRUE(dr::is_tagged(policy, {{"dr", "true"}}));
  for (const s3::Tag& tag : s3::TagSet{{"DR", "True"}, {"dr", "TRUE"}, {"dr ", "true"}, {"Dr", " true"}}) {
    EXPECT_FALSE(dr::is_tagged(policy, {tag}));
    EXPECT_EQ(dr::near_misses(policy, {tag}).size(), 1u);
  }
  EXPECT_TRUE(dr::near_misses(policy, {{"dr", "true"}, {"dr", "false"}}).empty());
}

TEST(Policy, bad_ones_are_refused_with_the_field) {
  EXPECT_EQ(dr::why_invalid(policy), std::nullopt);
  auto same = policy;
  same.destination_region = same.source_region;
  EXPECT_TRUE(dr::why_invalid(same)->starts_with("destination.region"));
  auto name = policy;
  name.replica_name_template = "fixed";
  EXPECT_TRUE(dr::why_invalid(name)->starts_with("replica_name"));
  auto role = policy;
  role.batch_role_arn = "arn:aws:iam::999900001111:role/batch";
  EXPECT_TRUE(dr::why_invalid(role)->starts_with("batch_role"));
}

}  // namespace
}  // namespace s3dr
