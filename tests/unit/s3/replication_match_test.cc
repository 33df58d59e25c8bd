#include "s3/replication_match.h"

#include <gtest/gtest.h>

namespace s3dr::s3 {
namespace {

ReplicationRule v1(std::string id, std::string prefix, std::string to = "arn:aws:s3:::replica-a") {
  ReplicationRule rule;
  rule.id = std::move(id);
  rule.v1_prefix = std::move(prefix);
  rule.destination.bucket_arn = std::move(to);
  return rule;
}

ReplicationRule v2(std::string id, std::int64_t priority, ReplicationFilter filter = {},
                   std::string to = "arn:aws:s3:::replica-a") {
  ReplicationRule rule;
  rule.id = std::move(id);
  rule.priority = priority;
  rule.filter = std::move(filter);
  rule.delete_marker_replication = Switch::disabled;
  rule.destination.bucket_arn = std::move(to);
  return rule;
}

ReplicationConfiguration configuration(std::vector<ReplicationRule> rules) {
  return {"arn:aws:iam::111122223333:role/dr", std::move(rules)};
}

std::string matched_ids(const std::vector<ReplicationRule>& rules, const char* key, const TagSet& tags = {}) {
  std::string ids;
  for (const MatchedRule& rule : match_rules(configuration(rules), ObjectKey(key), tags))
    ids += rule.rule_id + " ";
  return ids;
}

ReplicationRule disabled(ReplicationRule rule) {
  rule.status = Switch::disabled;
  return rule;
}

TEST(ReplicationMatch, TableOfFilters) {
  const TagSet a1 = {{"a", "1"}}, a1b2 = {{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(matched_ids({v1("r", "")}, "any"), "r ");
  EXPECT_EQ(matched_ids({v1("r", "in/")}, "in/x"), "r ");
  EXPECT_EQ(matched_ids({v1("r", "in/")}, "in"), "");
  EXPECT_EQ(matched_ids({v1("r", "in/")}, "IN/x"), "");
  EXPECT_EQ(matched_ids({v2("r", 1)}, "any"), "r ");
  EXPECT_EQ(matched_ids({v2("r", 1, {"", {}})}, "any"), "r ");
  EXPECT_EQ(matched_ids({v2("r", 1, {"in/", {}})}, "in/x"), "r ");
  EXPECT_EQ(matched_ids({v2("r", 1, {"in/", {}})}, "out/x"), "");
  EXPECT_EQ(matched_ids({v2("r", 1, {std::nullopt, a1})}, "x", a1b2), "r ");
  EXPECT_EQ(matched_ids({v2("r", 1, {std::nullopt, a1})}, "x", {{"a", "2"}}), "");
  EXPECT_EQ(matched_ids({v2("r", 1, {std::nullopt, a1})}, "x"), "");
  EXPECT_EQ(matched_ids({v2("r", 1, {std::nullopt, a1b2})}, "x", a1), "");
  EXPECT_EQ(matched_ids({v2("r", 1, {"in/", a1b2})}, "in/x", a1b2), "r ");
  EXPECT_EQ(matched_ids({v2("r", 1, {"in/", a1b2})}, "out/x", a1b2), "");
  EXPECT_EQ(matched_ids({disabled(v2("r", 1))}, "any"), "");
  EXPECT_EQ(matched_ids({disabled(v1("r", ""))}, "any"), "");
}

TEST(ReplicationMatch, OneRulePerDestinationTheHigherPriorityWins) {
  const std::string b = "arn:aws:s3:::replica-b";
  EXPECT_EQ(matched_ids({v2("low", 1), v2("high", 9)}, "x"), "high ");
  EXPECT_EQ(matched_ids({v2("high", 9), v2("low", 1)}, "x"), "high ");
  EXPECT_EQ(matched_ids({v2("low", 1), disabled(v2("high", 9))}, "x"), "low ");
  EXPECT_EQ(matched_ids({v2("low", 1), v2("high", 9, {"in/", {}})}, "x"), "low ");
  EXPECT_EQ(matched_ids({v2("a", 1), v2("b", 2, {}, b)}, "x"), "a b ");
  EXPECT_EQ(matched_ids({v2("a", 1), v2("bare", 2, {}, "replica-a")}, "x"), "bare ");
  EXPECT_EQ(matched_ids({v1("p", "in/"), v1("q", "in/x")}, "in/x"), "p ");
}

TEST(ReplicationMatch, DeleteMarkersByVersionOfTheSchema) {
  const auto markers = [](const ReplicationRule& rule, const TagSet& tags = {}) {
    const auto matched = match_rules(configuration({rule}), ObjectKey("x"), tags);
    return matched.size() == 1 && matched[0].replicates_delete_markers;
  };
  EXPECT_TRUE(markers(v1("r", "")));
  EXPECT_FALSE(markers(v2("r", 1)));
  ReplicationRule on = v2("r", 1);
  on.delete_marker_replication = Switch::enabled;
  EXPECT_TRUE(markers(on));
  on.delete_marker_replication.reset();
  EXPECT_FALSE(markers(on));
  ReplicationRule tagged = v2("r", 1, {std::nullopt, {{"a", "1"}}});
  tagged.delete_marker_replication = Switch::enabled;
  EXPECT_FALSE(markers(tagged, {{"a", "1"}}));
}

TEST(ReplicationMatch, ARuleWithAFilterNobodyUnderstandsMatchesNothing) {
  ReplicationRule rule = v2("r", 1);
  rule.filter.reset();
  EXPECT_EQ(matched_ids({rule}, "x"), "r ");
  rule.unknown_rule_xml = "<Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></Filter>";
  EXPECT_EQ(matched_ids({rule}, "x"), "");
}

TEST(ReplicationMatch, DestinationBucketOfArnOrBareName) {
  const auto name = [](const char* text) {
    ReplicationDestination destination;
    destination.bucket_arn = text;
    const auto bucket = destination_bucket(destination);
    return bucket ? bucket->text() : "-";
  };
  EXPECT_EQ(name("arn:aws:s3:::replica-a"), "replica-a");
  EXPECT_EQ(name("arn:aws-cn:s3:::replica-a"), "replica-a");
  EXPECT_EQ(name("replica-a"), "replica-a");
  for (const char* bad : {"", "arn:aws:s3:::", "arn:aws:s3:::-b-", "arn:aws:sns:::x", "arn::s3:::abc",
                          "arn:a:b:s3:::abc", "arn:aws:s3:::abc/def"}) {
    EXPECT_EQ(name(bad), "-") << bad;
  }
}

std::string refused(std::vector<ReplicationRule> rules) {
  const auto refusal = why_refused(configuration(std::move(rules)));
  return refusal ? refusal->code : "";
}

template <class Change>
std::string refused_after(ReplicationRule rule, Change change) {
  change(rule);
  return refused({std::move(rule)});
}

TEST(ReplicationRefusal, AcceptsGoodConfigurations) {
  EXPECT_EQ(refused({v1("a", "")}), "");
  EXPECT_EQ(refused({v1("a", "x/"), v1("b", "y/")}), "");
  EXPECT_EQ(refused({v2("a", 1), v2("b", 2)}), "");
  EXPECT_EQ(refused({v2("a", 1), v2("b", 1, {}, "arn:aws:s3:::replica-b")}), "");
  EXPECT_EQ(refused_after(v2("a", 1),
                          [](auto& rule) {
                            rule.delete_marker_replication = Switch::enabled;
                            rule.destination.metrics = Switch::enabled;
                            rule.destination.account = AccountId::parse("444455556666");
                          }),
            "");
}

TEST(ReplicationRefusal, TableOfFaults) {
  EXPECT_EQ(refused({}), "MalformedXML");
  EXPECT_EQ(refused(std::vector<ReplicationRule>(1'001, v2("a", 1))), "InvalidRequest");
  EXPECT_EQ(refused({v2("a", 1), v2("a", 2)}), "InvalidArgument");
  EXPECT_EQ(refused({v2("a", 1), v2("b", 1)}), "InvalidRequest");
  EXPECT_EQ(refused({v2("a", 1), v1("b", "")}), "InvalidRequest");
  EXPECT_EQ(refused({v1("a", "x"), v1("b", "y", "arn:aws:s3:::replica-b")}), "InvalidRequest");
  EXPECT_EQ(refused({v2("a", 1, {}, "arn:aws:s3:::-bad-")}), "InvalidArgument");
  EXPECT_EQ(refused({v2("\xC3\xA4", 1)}), "InvalidArgument");
  EXPECT_EQ(refused({v2(std::string(256, 'a'), 1)}), "InvalidArgument");
  EXPECT_EQ(refused({v2("a", -1)}), "InvalidArgument");
  EXPECT_EQ(refused({v2("a", 1, {std::string(1'025, 'x'), {}})}), "InvalidRequest");
  EXPECT_EQ(refused({v2("a", 1, {std::nullopt, {{"", "x"}}})}), "InvalidTag");
  EXPECT_EQ(refused_after(v2("a", 1), [](auto& rule) { rule.priority.reset(); }), "InvalidRequest");
  EXPECT_EQ(refused_after(v2("a", 1), [](auto& rule) { rule.delete_marker_replication.reset(); }),
            "InvalidRequest");
  EXPECT_EQ(refused_after(v1("a", ""), [](auto& rule) { rule.filter.emplace(); }), "MalformedXML");
  EXPECT_EQ(refused_after(v1("a", ""), [](auto& rule) { rule.delete_marker_replication = Switch::enabled; }),
            "MalformedXML");
  EXPECT_EQ(refused_after(v2("a", 1, {std::nullopt, {{"k", "v"}}}),
                          [](auto& rule) { rule.delete_marker_replication = Switch::enabled; }),
            "InvalidRequest");
  EXPECT_EQ(refused_after(v2("a", 1), [](auto& rule) { rule.sse_kms_encrypted_objects = Switch::enabled; }),
            "InvalidRequest");
  EXPECT_EQ(refused_after(v2("a", 1),
                          [](auto& rule) { rule.destination.access_control_translation = "Destination"; }),
            "InvalidRequest");
  EXPECT_EQ(
      refused_after(v2("a", 1), [](auto& rule) { rule.destination.replication_time = Switch::enabled; }),
      "MalformedXML");
  EXPECT_EQ(refused_after(v2("a", 1),
                          [](auto& rule) {
                            rule.destination.replication_time = Switch::enabled;
                            rule.destination.replication_time_minutes = 15;
                          }),
            "InvalidRequest");
  for (const char* role : {"", "dr", "arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:user/x",
                           "arn:aws:iam::111122223333:role/"}) {
    EXPECT_EQ(why_refused({role, {v2("a", 1)}}).value_or(Refusal{}).code, "InvalidArgument") << role;
  }
}

}  // namespace
}  // namespace s3dr::s3
