#include "dr/rule_drift.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "support/drift_cases.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

using test::DriftCase;

const auto source = s3::BucketName::parse("ledger");
const auto replica = s3::BucketName::parse("ledger-dr");

// The names of all fields. A field that is added to one of these structs makes its binding fail to compile: give it a
// row in dr/rule_drift.cc, a name here, and a case in support/drift_cases.h.
std::multiset<std::string> field_names() {
  const s3::ReplicationRule rule;
  const auto& [id, priority, v1_prefix, filter, status, delete_marker_replication,
               existing_object_replication, sse_kms_encrypted_objects, replica_modifications, destination,
               unknown_rule_xml, unknown_destination_xml] = rule;
  const auto& [bucket_arn, account, storage_class, access_control_translation, replica_kms_key_id,
               replication_time, replication_time_minutes, metrics, metrics_event_threshold_minutes] =
      destination;
  const s3::ReplicationFilter some_filter;
  const auto& [prefix, tags] = some_filter;
  const s3::ReplicationConfiguration configuration;
  const auto& [role_arn, rules] = configuration;
  const auto of_rule =
      std::tie(id, priority, v1_prefix, status, delete_marker_replication, existing_object_replication,
               sse_kms_encrypted_objects, replica_modifications, unknown_rule_xml, unknown_destination_xml);
  const auto of_destination =
      std::tie(bucket_arn, account, storage_class, access_control_translation, replica_kms_key_id,
               replication_time, replication_time_minutes, metrics, metrics_event_threshold_minutes);
  const auto of_filter = std::tie(prefix, tags);
  const auto of_configuration = std::tie(role_arn);
  const std::multiset<std::string> names = {"id",
                                            "priority",
                                            "v1_prefix",
                                            "status",
                                            "delete_marker_replication",
                                            "existing_object_replication",
                                            "sse_kms_encrypted_objects",
                                            "replica_modifications",
                                            "unknown_rule_xml",
                                            "unknown_destination_xml",
                                            "destination.bucket_arn",
                                            "destination.account",
                                            "destination.storage_class",
                                            "destination.access_control_translation",
                                            "destination.replica_kms_key_id",
                                            "destination.replication_time",
                                            "destination.replication_time_minutes",
                                            "destination.metrics",
                                            "destination.metrics_event_threshold_minutes",
                                            "filter.prefix",
                                            "filter.tags",
                                            "role"};
  EXPECT_EQ(names.size(), std::tuple_size_v<decltype(of_rule)> + std::tuple_size_v<decltype(of_destination)> +
                              std::tuple_size_v<decltype(of_filter)> +
                              std::tuple_size_v<decltype(of_configuration)>);
  EXPECT_TRUE(filter == std::nullopt && rules.empty());  // said by their own fields
  return names;
}

TEST(RuleDrift, every_field_of_a_rule_is_in_one_row_with_a_reason) {
  std::multiset<std::string> rows;
  for (const dr::DriftRow& row : dr::drift_table()) {
    rows.emplace(row.field);
    EXPECT_FALSE(row.reason.empty()) << row.field;
  }
  EXPECT_EQ(rows, field_names());
}

// Nothing asks for KMS objects yet, so a rule cannot lack them.
bool is_possible(const dr::DriftRow& row, dr::DriftType type) {
  return !(row.field == "sse_kms_encrypted_objects" && type == dr::DriftType::lossy);
}

TEST(RuleDrift, every_row_has_a_case_of_each_of_its_types) {
  for (const dr::DriftRow& row : dr::drift_table()) {
    for (const dr::DriftType type : {row.less, row.more}) {
      const bool has_case = std::ranges::any_of(test::drift_cases(), [&](const DriftCase& one) {
        return one.field == row.field && one.type == type;
      });
      EXPECT_TRUE(has_case || !is_possible(row, type)) << row.field << " " << dr::to_string(type);
    }
  }
}

TEST(RuleDrift, each_case_is_found_with_its_field_type_and_words_and_put_right) {
  for (const DriftCase& one : test::drift_cases()) {
    auto policy = one.two_accounts ? test::two_account_policy() : test::test_policy();
    one.ask(policy);
    auto configuration = dr::with_our_rule(policy, source, replica, "", {});
    EXPECT_TRUE(dr::rule_drift(policy, source, replica, configuration).empty()) << one.field;
    test::make_drift(one, policy, source, configuration);
    const dr::RuleDrift drift = dr::rule_drift(policy, source, replica, configuration);
    EXPECT_EQ(drift.text(), one.what) << one.field;
    EXPECT_EQ(drift.empty(), one.type == dr::DriftType::tolerated) << one.field;
    EXPECT_EQ(drift.is_lossy(), one.type == dr::DriftType::lossy) << one.field << ": " << one.what;
    if (!drift.empty()) EXPECT_TRUE(drift.has(one.field)) << one.field << ": " << one.what;
    const auto right = dr::with_our_rule(policy, source, replica, "", configuration);
    EXPECT_TRUE(dr::rule_drift(policy, source, replica, right).empty()) << one.field;
  }
}

TEST(RuleDrift, of_several_differences_the_lossy_ones_are_said) {
  const auto policy = test::test_policy();
  auto configuration = dr::with_our_rule(policy, source, replica, "", {});
  auto& rule = configuration.rules.front();
  rule.destination.metrics.reset();
  rule.replica_modifications = s3::Switch::enabled;
  EXPECT_EQ(dr::rule_drift(policy, source, replica, configuration).text(),
            "replica modification sync on, metrics off");
  rule.status = s3::Switch::disabled;
  EXPECT_EQ(dr::rule_drift(policy, source, replica, configuration).text(), "disabled");
}

TEST(RuleDrift, with_rules_of_others_the_role_may_be_theirs_and_a_priority_is_not_shared) {
  const auto policy = test::test_policy();
  s3::ReplicationRule theirs;
  theirs.id = "theirs";
  theirs.priority = 1;
  theirs.filter.emplace();
  theirs.destination.bucket_arn = "arn:aws:s3:::elsewhere";
  auto configuration =
      dr::with_our_rule(policy, source, replica, "", {"arn:aws:iam::111122223333:role/theirs", {theirs}});
  EXPECT_TRUE(dr::rule_drift(policy, source, replica, configuration).empty());
  configuration.rules.back().priority = 1;
  const dr::RuleDrift shared = dr::rule_drift(policy, source, replica, configuration);
  EXPECT_EQ(shared.text(), "a priority that is shared");
  EXPECT_FALSE(shared.is_lossy());
}

TEST(RuleDrift, what_is_desired_changes_with_the_options_and_what_is_selected_with_the_filter) {
  const auto policy = test::test_policy();
  const dr::DesiredRule desired = dr::desired_of(policy, source, replica);
  EXPECT_EQ(desired.version, dr::rule_version);
  EXPECT_EQ(dr::desired_of(policy, source, replica), desired);
  auto quiet = policy;
  quiet.rule.metrics = false;
  EXPECT_NE(dr::desired_of(quiet, source, replica).rule, desired.rule);
  EXPECT_EQ(dr::desired_of(quiet, source, replica).selects, desired.selects);
  auto narrow = policy;
  narrow.rule.prefix = "logs/";
  EXPECT_NE(dr::desired_of(narrow, source, replica).selects, desired.selects);
  auto without_markers = policy;
  without_markers.rule.delete_markers = false;
  EXPECT_NE(dr::desired_of(without_markers, source, replica).selects, desired.selects);
}

}  // namespace
}  // namespace s3dr
