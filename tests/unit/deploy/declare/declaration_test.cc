#include "deploy/declare/declaration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "aws/event_pattern.h"
#include "deploy/declare/deployer_policy.h"
#include "deploy/resources/difference.h"
#include "dr/messages/watched_calls.h"
#include "unit/deploy/samples.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

json::object as_json(const std::vector<Resource>& resources) {
  json::object result;
  for (const Resource& resource : resources) {
    json::array depends;
    for (const std::string& id : resource.depends) depends.emplace_back(id);
    result[resource.id()] = json::object{{"side", to_string(resource.side)},
                                         {"account", resource.account},
                                         {"arn", resource.arn},
                                         {"parent", resource.parent},
                                         {"depends", std::move(depends)},
                                         {"wanted", resource.wanted},
                                         {"holds", boost::json::value_from(resource.holds)},
                                         {"properties", resource.properties}};
  }
  return result;
}

// A line for each resource, so that a change of the file can be read.
std::string as_file(const json::object& resources) {
  std::string text = "{\n";
  for (const auto& [id, resource] : resources) {
    if (text.size() > 2) text += ",\n";
    text += json::serialize(json::string(id)) + ": " + json::serialize(resource);
  }
  return text + "\n}\n";
}

// The declaration kept in tests/data. Written anew with S3DR_WRITE_GOLDEN=1; then read what has changed.
void expect_golden(const std::string& name, const Settings& settings) {
  const std::string path = std::string(S3DR_TEST_DATA) + "/deploy/" + name;
  const json::object declared = as_json(declare(settings));
  if (std::getenv("S3DR_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << as_file(declared);
    return;
  }
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  const json::object kept = json::parse(text.str()).as_object();
  for (const FieldChange& change : differences(kept, declared)) {
    ADD_FAILURE() << name << ": " << change.path << "\n  kept:     " << shown(change.live)
                  << "\n  declared: " << shown(change.declared);
  }
}

TEST(Declaration, IsTheOneThatIsKept) {
  expect_golden("one_account.json", test::one_account());
  expect_golden("everything.json", test::everything());
}

TEST(Declaration, HasThreeFunctionsWhereTheyBelong) {
  std::map<std::string, std::string> regions;
  for (const Resource& resource : declare(test::one_account())) {
    if (resource.kind == Kind::function) regions[resource.name] = resource.region;
  }
  EXPECT_EQ(regions, (std::map<std::string, std::string>{{"s3dr-source_bucket_check", "us-west-2"},
                                                         {"s3dr-enable_replication", "us-west-2"},
                                                         {"s3dr-destination_bucket_check", "us-east-1"}}));
}

TEST(Declaration, EveryIdIsUniqueAndNamesOnlyWhatStandsBefore) {
  for (const Settings& settings : {test::one_account(), test::two_accounts(), test::everything()}) {
    std::set<std::string> before;
    for (const Resource& resource : declare(settings)) {
      for (const std::string& id : resource.depends)
        EXPECT_TRUE(before.contains(id)) << resource.id() << " " << id;
      if (!resource.parent.empty()) EXPECT_TRUE(before.contains(resource.parent)) << resource.id();
      EXPECT_TRUE(before.insert(resource.id()).second) << resource.id();
    }
  }
}

TEST(Declaration, EverythingCarriesTheOwnerTagAndTheNamePrefix) {
  for (const Resource& resource : declare(test::everything())) {
    const json::value* tags = resource.properties.if_contains("tags");
    const bool hangs_on_another = !resource.parent.empty();
    ASSERT_EQ(tags == nullptr, hangs_on_another) << resource.id();
    if (tags != nullptr) EXPECT_EQ(tags->at(owner_tag), "s3dr/us-west-2/us-east-1") << resource.id();
    if (resource.holds.empty())
      EXPECT_THAT(resource.name, testing::ContainsRegex("^(/aws/lambda/)?s3dr-")) << resource.id();
  }
}

// Within an account a role named by a topic could publish without its own policy.
TEST(Declaration, ATopicNamesNoRoleOfItsOwnAccount) {
  const auto named_by_topics = [](const Settings& settings) {
    std::map<std::string, json::value> named;
    for (const Resource& resource : declare(settings)) {
      if (resource.kind != Kind::topic) continue;
      const json::array& statements = resource.properties.at("policy").at("Statement").as_array();
      EXPECT_EQ(statements.size(), 1U);
      named[resource.name] = statements.at(0).at("Principal");
    }
    return named;
  };
  const auto aws = [](const char* arn) { return json::value{{"AWS", json::array{json::string(arn)}}}; };
  EXPECT_EQ(named_by_topics(test::one_account()),
            (std::map<std::string, json::value>{
                {"s3dr-destination_bucket_check", aws("arn:aws:iam::111122223333:root")},
                {"s3dr-enable_replication", aws("arn:aws:iam::111122223333:root")}}));
  EXPECT_EQ(
      named_by_topics(test::two_accounts()),
      (std::map<std::string, json::value>{
          {"s3dr-destination_bucket_check", aws("arn:aws:iam::111122223333:role/s3dr-source_bucket_check")},
          {"s3dr-enable_replication", aws("arn:aws:iam::444455556666:role/s3dr-destination_bucket_check")}}));
}

TEST(Declaration, TheEventPatternsAreTheDocumentedOnes) {
  json::object calls = bucket_event_pattern();
  json::array& names = calls.at("detail").at("eventName").as_array();
  for (const dr::WatchedCall& call : dr::watched_calls())
    EXPECT_EQ(std::ranges::count(names, json::value(call.name)), call.at_source ? 1 : 0) << call.name;
  names.clear();
  EXPECT_EQ(calls, json::parse(R"({
      "source": [{"prefix": "aws.s3"}, "s3dr.selftest"], "detail-type": ["AWS API Call via CloudTrail"],
      "detail": {"eventSource": [{"prefix": "s3"}], "eventName": [], "errorCode": [{"exists": false}]}})"));
  EXPECT_EQ(tag_change_pattern(), json::parse(R"({
      "source": [{"prefix": "aws.tag"}, "s3dr.selftest"], "detail-type": ["Tag Change on Resource"],
      "detail": {"service": ["s3"]}})"));
}

// EventBridge takes 2,048 characters of a pattern (docs/protocol/events-and-trails.md).
TEST(Declaration, TheEventPatternsAreShortEnough) {
  for (const json::object& pattern : {bucket_event_pattern(), replica_event_pattern(), tag_change_pattern()})
    EXPECT_LE(json::serialize(pattern).size(), 2'048U);
}

// A change of any setting is heard at both doors, and is told to be one.
TEST(Declaration, EveryKindOfSettingIsHeardAtBothDoors) {
  const auto source = aws::EventPattern::parse(json::serialize(bucket_event_pattern()));
  const auto replica = aws::EventPattern::parse(json::serialize(replica_event_pattern()));
  for (const s3::SettingCall& call : s3::setting_calls()) {
    std::size_t heard = 0;
    for (const dr::WatchedCall& watched : dr::watched_calls()) {
      if (watched.setting != call.kind) continue;
      const json::value event{{"source", "aws.s3"},
                              {"detail-type", "AWS API Call via CloudTrail"},
                              {"detail", {{"eventSource", "s3.amazonaws.com"}, {"eventName", watched.name}}}};
      EXPECT_TRUE(source.matches(event)) << watched.name;
      EXPECT_TRUE(replica.matches(event)) << watched.name;
      ++heard;
    }
    EXPECT_GE(heard, call.has_delete ? 2U : 1U) << call.word;
  }
}

// Every kept event comes through one of the rules, unless its first line says that it is ignored.
TEST(Declaration, TheEventPatternsLetEveryKeptEventThrough) {
  const auto calls = aws::EventPattern::parse(json::serialize(bucket_event_pattern()));
  const auto tags = aws::EventPattern::parse(json::serialize(tag_change_pattern()));
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(S3DR_TEST_DATA) + "/events")) {
    std::ifstream file(entry.path());
    std::string expected;
    std::getline(file, expected);
    std::ostringstream text;
    text << file.rdbuf();
    const json::value event = json::parse(text.str());
    const bool wanted = expected.find("ignored") == std::string::npos;
    EXPECT_EQ(calls.matches(event) || tags.matches(event), wanted) << entry.path() << ": " << expected;
    ++count;
  }
  EXPECT_GE(count, 6U);
}

TEST(Declaration, NamesNeitherRegionNorAccountThatWasNotGiven) {
  Settings settings = test::one_account();
  settings.source.region = s3::Region::parse("eu-west-1");
  settings.destination.region = s3::Region::parse("ap-south-1");
  settings.control_bucket =
      dr::control_bucket_name(settings.destination.account, settings.destination.region);
  settings.reports_bucket = dr::reports_bucket_name(settings.source.account, settings.source.region);
  const std::string text = json::serialize(as_json(declare(settings)));
  EXPECT_EQ(text.find("us-east-1"), std::string::npos);
  EXPECT_EQ(text.find("us-west-2"), std::string::npos);
}

// S3 publishes the metric in the replicas' region, to the source's account.
TEST(Declaration, TheAlarmOnWhatWaitsStandsWhereItsMetricIs) {
  const auto place = [](const Settings& settings) {
    std::string found;
    for (const Resource& resource : declare(settings)) {
      if (resource.name == "s3dr-replication-pending")
        found += std::string(to_string(resource.side)) + " " + resource.region + " " + resource.arn;
    }
    return found;
  };
  EXPECT_EQ(place(test::one_account()),
            "destination us-east-1 arn:aws:cloudwatch:us-east-1:111122223333:alarm:s3dr-replication-pending");
  EXPECT_EQ(place(test::two_accounts()),
            "source us-east-1 arn:aws:cloudwatch:us-east-1:111122223333:alarm:s3dr-replication-pending");
}

TEST(Declaration, PermissionsNameTheArnAlone) {
  for (const Resource& resource : declare(test::two_accounts())) {
    if (resource.kind != Kind::permission) continue;
    EXPECT_FALSE(resource.properties.contains("source_account")) << resource.id();
    EXPECT_NE(std::string(resource.properties.at("source_arn").as_string()).find(resource.account),
              std::string::npos);
  }
}

// That aws:ResourceAccount is there when S3 itself acts is not documented.
TEST(Declaration, WhatS3TakesOnHasNoConditionOnTheAccount) {
  for (const Resource& resource : declare(test::two_accounts())) {
    if (resource.name != "s3dr-replication" && resource.name != "s3dr-batch") continue;
    EXPECT_EQ(json::serialize(resource.properties.at("policies")).find("Condition"), std::string::npos)
        << resource.name;
  }
}

TEST(Declaration, ChosenRolesAreMadeAndHandedOverUnderTheirNames) {
  Settings settings = test::one_account();
  settings.replication_role = "of-s3";
  settings.batch_role = "of-jobs";
  const std::string text = json::serialize(as_json(declare(settings)));
  EXPECT_EQ(text.find("s3dr-replication\""), std::string::npos);
  EXPECT_EQ(text.find("s3dr-batch\""), std::string::npos);
  EXPECT_NE(text.find("\"S3DR_REPLICATION_ROLE\":\"arn:aws:iam::111122223333:role/of-s3\""),
            std::string::npos);
  EXPECT_NE(text.find("\"S3DR_BATCH_ROLE\":\"arn:aws:iam::111122223333:role/of-jobs\""), std::string::npos);
}

// IAM's largest managed policy.
TEST(Declaration, ThePolicyOfTheDeployerFits) {
  constexpr std::size_t managed_policy_max = 6'144;
  for (const Settings& settings : {test::one_account(), test::everything()}) {
    for (const auto& [side, policy] : deployer_policies(settings))
      EXPECT_LT(json::serialize(policy).size(), managed_policy_max) << side;
  }
}

TEST(Declaration, NoRoleMayDoEverything) {
  for (const Resource& resource : declare(test::two_accounts())) {
    if (resource.kind != Kind::role) continue;
    for (const auto& [name, policy] : resource.properties.at("policies").as_object()) {
      for (const json::value& statement : policy.at("Statement").as_array()) {
        for (const json::value& action : statement.at("Action").as_array())
          EXPECT_EQ(action.as_string().find('*'), json::string::npos) << resource.id() << " " << action;
      }
    }
  }
}

TEST(Declaration, AlarmsSwitchedOffAreUnwantedNotForgotten) {
  Settings settings = test::one_account();
  settings.alarms = false;
  int unwanted = 0;
  for (const Resource& resource : declare(settings)) {
    if (resource.kind == Kind::alarm) {
      EXPECT_FALSE(resource.wanted) << resource.id();
      ++unwanted;
    }
  }
  EXPECT_EQ(unwanted, 9);
}

TEST(Settings, WhatCannotBeIsNamed) {
  const auto why = [](auto change) {
    Settings settings = test::one_account();
    change(settings);
    return why_invalid(settings).value_or("fine");
  };
  EXPECT_EQ(why([](Settings&) {}), "fine");
  EXPECT_THAT(why([](Settings& s) { s.name_prefix = "S3DR"; }), testing::HasSubstr("name prefix"));
  EXPECT_THAT(why([](Settings& s) { s.name_prefix = std::string(33, 'a'); }),
              testing::HasSubstr("name prefix"));
  EXPECT_THAT(why([](Settings& s) { s.destination.region = s.source.region; }),
              testing::HasSubstr("destination region"));
  EXPECT_THAT(why([](Settings& s) { s.match_tags.clear(); }), testing::HasSubstr("match tags"));
  EXPECT_THAT(why([](Settings& s) { s.architecture = "sparc"; }), testing::HasSubstr("architecture"));
  EXPECT_THAT(why([](Settings& s) { s.memory_mib = 127; }), testing::HasSubstr("memory"));
  EXPECT_THAT(why([](Settings& s) { s.timeout_seconds = 901; }), testing::HasSubstr("timeout"));
  EXPECT_THAT(why([](Settings& s) { s.log_retention_days = 31; }), testing::HasSubstr("retention"));
  EXPECT_THAT(why([](Settings& s) { s.sweep_minutes = 0; }), testing::HasSubstr("sweep"));
  EXPECT_THAT(why([](Settings& s) { s.ca_pem = std::string(4'000, 'x'); }), testing::HasSubstr("4 KiB"));
  EXPECT_THAT(why([](Settings& s) {
                s.ca_pem = std::string(3'000, 'x');
                s.rule.prefix = std::string(1'000, 'x');
              }),
              testing::HasSubstr("4 KiB"));
}

}  // namespace
}  // namespace s3dr::deploy
