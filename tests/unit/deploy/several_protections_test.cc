// A deployment of several protections: what stands where, what belongs to it, and what fits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "deploy/apply.h"
#include "deploy/declare/declaration.h"
#include "deploy/declare/deployer_policy.h"
#include "deploy/declare/limits.h"
#include "deploy/deployment.h"
#include "deploy/template/stack_template.h"
#include "fake_kinds.h"
#include "samples.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr::deploy {
namespace {

using test::FakeKinds;

void quiet(const std::string&, bool) {}

DeploymentPlan look(FakeKinds& kinds, const Settings& settings) {
  const std::vector<Resource> declared = declare(settings);
  boost::asio::io_context context;
  const LiveResources live = s3dr::test::run(context, read_all(kinds, declared, quiet));
  return plan(declared, live, {owners_of(settings), false});
}

ApplyResult apply_now(FakeKinds& kinds, const Settings& settings) {
  boost::asio::io_context context;
  s3dr::test::ManualClock clock(s3dr::test::Sleeps::skip);
  DeploymentPlan wanted = look(kinds, settings);
  return s3dr::test::run(context,
                         apply(kinds, std::move(wanted), {owners_of(settings), false}, clock, {}, quiet));
}

// IAM has a role once for all regions of its account. The fake keeps it by the id, which has a region in it.
void find_roles_by_name(FakeKinds& kinds, const Settings& settings) {
  for (const Resource& resource : declare(settings)) {
    if (resource.kind != Kind::role || kinds.live.contains(resource.id())) continue;
    for (const auto& [id, live] : kinds.live) {
      if (!id.starts_with("role " + resource.account + "/") || !id.ends_with(" " + resource.name)) continue;
      auto node = kinds.live.extract(id);
      node.key() = resource.id();
      kinds.live.insert(std::move(node));
      break;
    }
  }
}

Settings in_another_order() {
  Settings settings = test::three_protections();
  std::ranges::reverse(settings.protections);
  return settings;
}

// "account/region" of each resource of this kind and name, in the order of the declaration.
std::vector<std::string> places(const Settings& settings, Kind kind, const std::string& name) {
  std::vector<std::string> result;
  for (const Resource& resource : declare(settings)) {
    if (resource.kind == kind && resource.name == name && resource.wanted)
      result.push_back(resource.account + "/" + resource.region);
  }
  return result;
}

std::vector<std::string> wanted_roles(const Settings& settings) {
  std::vector<std::string> result;
  for (const Resource& resource : declare(settings)) {
    if (resource.kind == Kind::role && resource.wanted)
      result.push_back(resource.account + " " + resource.name);
  }
  std::ranges::sort(result);
  return result;
}

const boost::json::object& environment_of(const std::vector<Resource>& declared, const std::string& name,
                                          const std::string& region) {
  const auto found = std::ranges::find_if(declared, [&](const Resource& resource) {
    return resource.kind == Kind::function && resource.name == name && resource.region == region;
  });
  return found->properties.at("environment").as_object();
}

TEST(SeveralProtections, TheSourceStandsOnceAndEachDestinationOnce) {
  const Settings settings = test::three_protections();
  const std::vector<std::string> source{"111122223333/us-west-2"};
  const std::vector<std::string> destinations{"111122223333/us-east-1", "111122223333/eu-west-1",
                                              "444455556666/us-east-1"};
  EXPECT_EQ(places(settings, Kind::function, "s3dr-source_bucket_check"), source);
  EXPECT_EQ(places(settings, Kind::function, "s3dr-enable_replication"), source);
  EXPECT_EQ(places(settings, Kind::function, "s3dr-destination_bucket_check"), destinations);
  EXPECT_EQ(places(settings, Kind::topic, "s3dr-destination_bucket_check"), destinations);
  EXPECT_EQ(places(settings, Kind::rule, "s3dr-replica-events"), destinations);
  EXPECT_EQ(places(settings, Kind::alarm, "s3dr-destination_bucket_check-errors"), destinations);
  std::vector<std::string> everywhere = source;
  everywhere.insert(everywhere.end(), destinations.begin(), destinations.end());
  EXPECT_EQ(places(settings, Kind::queue, "s3dr-dead-letters"), everywhere);
  // The source's account has the alarm in both regions. One in us-east-1 is for two destinations.
  EXPECT_EQ(places(settings, Kind::alarm, "s3dr-replication-pending"),
            (std::vector<std::string>{"111122223333/us-east-1", "111122223333/eu-west-1"}));
  std::size_t control_buckets = 0;
  for (const Resource& resource : declare(settings))
    control_buckets += resource.name.starts_with("s3dr-control-") ? 1 : 0;
  EXPECT_EQ(control_buckets, 3U);
}

TEST(SeveralProtections, TwoOfOnePlaceShareWhatStandsThere) {
  Settings settings = test::one_account();
  settings.protections.push_back(settings.protections.front());
  settings.protections.back().name = "gold";
  settings.protections.back().match_tags = {{"dr", "gold"}};
  Settings only = test::one_account();
  EXPECT_EQ(declare(settings).size(), declare(only).size());
  EXPECT_NO_THROW(stack_template(settings, Stack::destination));
}

TEST(SeveralProtections, EveryArnIsMadeOnceInItsAccount) {
  for (const Settings& settings : {test::three_protections(), in_another_order()}) {
    std::set<std::string> ids, roles;
    for (const Resource& resource : declare(settings)) {
      EXPECT_TRUE(ids.insert(resource.id()).second) << resource.id();
      for (const std::string& needed : resource.depends) EXPECT_TRUE(ids.contains(needed)) << needed;
      if (resource.kind == Kind::role) EXPECT_TRUE(roles.insert(resource.arn).second) << resource.arn;
    }
  }
}

TEST(SeveralProtections, RolesOfOneAccountHaveTheirDestinationInTheName) {
  EXPECT_EQ(
      wanted_roles(test::three_protections()),
      (std::vector<std::string>{"111122223333 s3dr-batch", "111122223333 s3dr-destination_bucket_check",
                                "111122223333 s3dr-destination_bucket_check-111122223333-eu-west-1",
                                "111122223333 s3dr-destination_bucket_check-remote-444455556666-us-east-1",
                                "111122223333 s3dr-enable_replication", "111122223333 s3dr-replication",
                                "111122223333 s3dr-source_bucket_check",
                                "444455556666 s3dr-destination_bucket_check-444455556666-us-east-1",
                                "444455556666 s3dr-enable_replication-remote-444455556666-us-east-1",
                                "444455556666 s3dr-source_bucket_check-remote-444455556666-us-east-1"}));
}

TEST(SeveralProtections, NamesOfRolesFitIam) {
  Settings settings = test::three_protections();
  settings.name_prefix = std::string(29, 'p');
  ASSERT_EQ(Deployment::why_impossible(settings), std::nullopt);
  std::set<std::string> arns;
  for (const Resource& resource : declare(settings)) {
    if (resource.kind != Kind::role) continue;
    EXPECT_LE(resource.name.size(), 64U) << resource.name;
    EXPECT_TRUE(resource.name.starts_with(settings.name_prefix + "-")) << resource.name;
    EXPECT_TRUE(arns.insert(resource.arn).second) << resource.arn;
  }
}

// What one destination is called does not depend on the others.
TEST(SeveralProtections, AFurtherOneInTheSameRegionRenamesNothing) {
  Settings three = test::three_protections();
  three.protections[2].destination.region = three.protections[1].destination.region;
  Settings two = three;
  two.protections.pop_back();
  const std::vector<std::string> before = wanted_roles(two), after = wanted_roles(three);
  for (const std::string& role : before) EXPECT_TRUE(std::ranges::find(after, role) != after.end()) << role;
}

TEST(SeveralProtections, AnotherOrderTakesWhatIsThereAndLeavesNoRoleBehind) {
  FakeKinds kinds;
  apply_now(kinds, test::three_protections());
  find_roles_by_name(kinds, in_another_order());
  const DeploymentPlan seen = look(kinds, in_another_order());
  EXPECT_FALSE(seen.blocked());
  apply_now(kinds, in_another_order());
  EXPECT_FALSE(look(kinds, in_another_order()).pending());
  std::vector<std::string> roles;
  for (const auto& [id, live] : kinds.live) {
    if (id.starts_with("role ")) roles.push_back(id);
  }
  EXPECT_EQ(roles.size(), wanted_roles(in_another_order()).size()) << testing::PrintToString(roles);
}

// What was deployed for one protection goes on; the other one comes beside it.
TEST(SeveralProtections, GrowFromOne) {
  Settings one = test::three_protections();
  one.protections.resize(1);
  FakeKinds kinds;
  apply_now(kinds, one);
  Settings two = test::three_protections();
  two.protections.resize(2);
  const DeploymentPlan seen = look(kinds, two);
  EXPECT_FALSE(seen.blocked());
  for (const Change& change : seen.changes) {
    const bool is_new = change.resource.region == "eu-west-1" ||
                        change.resource.name == "s3dr-destination_bucket_check-111122223333-eu-west-1";
    EXPECT_EQ(change.kind == ChangeKind::create, is_new) << change.resource.id();
    EXPECT_NE(change.kind, ChangeKind::remove) << change.resource.id();
  }
}

TEST(SeveralProtections, WhatAnotherDeploymentMadeIsNotOurs) {
  FakeKinds kinds;
  Settings other = test::three_protections();
  for (Protection& protection : other.protections)
    protection.destination.region = s3::Region::parse("eu-north-1");
  apply_now(kinds, test::three_protections());
  for (auto& [id, live] : kinds.live) {
    if (live.owner) live.owner = owner_of(other);
  }
  EXPECT_TRUE(look(kinds, test::three_protections()).blocked());
}

TEST(SeveralProtections, AFunctionIsToldOfAllOfThem) {
  const std::vector<Resource> declared = declare(test::three_protections());
  const auto list = [&](const std::string& name, const std::string& region) {
    return boost::json::parse(environment_of(declared, name, region).at("S3DR_PROTECTIONS").as_string());
  };
  EXPECT_EQ(list("s3dr-source_bucket_check", "us-west-2"), boost::json::parse(R"({
      "destinations": [
        {"account": "111122223333", "region": "us-east-1",
         "topic": "arn:aws:sns:us-east-1:111122223333:s3dr-destination_bucket_check"},
        {"account": "111122223333", "region": "eu-west-1",
         "topic": "arn:aws:sns:eu-west-1:111122223333:s3dr-destination_bucket_check"},
        {"account": "444455556666", "region": "us-east-1",
         "topic": "arn:aws:sns:us-east-1:444455556666:s3dr-destination_bucket_check",
         "role": "arn:aws:iam::444455556666:role/s3dr-source_bucket_check-remote-444455556666-us-east-1"}],
      "protections": [
        {"name": "near", "to": 0, "tags": {"dr": "true"},
         "settings": {"executor_role": "arn:aws:iam::111122223333:role/s3dr-destination_bucket_check"}},
        {"name": "gold", "to": 1, "tags": {"dr": "gold"}, "replica_name": "{bucket}-gold",
         "settings":
             {"executor_role": "arn:aws:iam::111122223333:role/s3dr-destination_bucket_check-111122223333-eu-west-1"}},
        {"name": "vault", "to": 2, "tags": {"vault": "yes"}, "replica_namespace": "account-regional",
         "rule": {"delete_markers": false},
         "settings":
             {"executor_role": "arn:aws:iam::444455556666:role/s3dr-destination_bucket_check-444455556666-us-east-1"}}]})"));
  const boost::json::object& there = environment_of(declared, "s3dr-destination_bucket_check", "eu-west-1");
  EXPECT_EQ(there.at("S3DR_DESTINATION_REGION"), "eu-west-1");
  EXPECT_FALSE(there.contains("S3DR_MATCH_TAGS"));
  EXPECT_FALSE(there.contains("S3DR_REMOTE_ROLE"));
  EXPECT_EQ(list("s3dr-destination_bucket_check", "eu-west-1").at("protections").as_array().size(), 3U);
}

TEST(SeveralProtections, TheDeployerHasAPolicyForEachAccount) {
  const auto keys = [](const Settings& settings) {
    std::vector<std::string> result;
    for (const auto& [key, policy] : deployer_policies(settings)) result.emplace_back(key);
    return result;
  };
  Settings settings = test::three_protections();
  EXPECT_EQ(keys(settings), (std::vector<std::string>{"source", "destination"}));
  settings.protections[1].destination.account = s3::AccountId::parse("777788889999");
  EXPECT_EQ(keys(settings),
            (std::vector<std::string>{"source", "destination 444455556666", "destination 777788889999"}));
}

TEST(SeveralProtections, MoreThanFitAreRefusedWithHowManyDo) {
  Settings settings = test::three_protections();
  EXPECT_EQ(Deployment::why_impossible(settings), std::nullopt);
  for (int i = 0; i < 120; ++i) {
    Protection more = settings.protections.front();
    more.name = "more-" + std::to_string(i);
    more.match_tags = {{"dr", more.name}};
    settings.protections.push_back(more);
  }
  const std::string why = Deployment::why_impossible(settings).value_or("");
  EXPECT_THAT(why, testing::HasSubstr("cannot have these 123: the environment of function "
                                      "111122223333/us-west-2 s3dr-source_bucket_check"));
  const std::string before = "; the first ";
  const int fit = std::stoi(why.substr(why.find(before) + before.size()));
  ASSERT_GT(fit, 20);
  settings.protections.resize(static_cast<std::size_t>(fit) + 1);
  EXPECT_NE(Deployment::why_impossible(settings), std::nullopt);
  settings.protections.pop_back();
  EXPECT_EQ(Deployment::why_impossible(settings), std::nullopt);
}

TEST(SeveralProtections, TooManyPlacesForOneRoleAreRefused) {
  Settings settings = test::one_account();
  settings.protections.clear();
  for (const char* direction : {"east", "west", "north", "south", "central"}) {
    for (int i = 1; i <= 9; ++i) {
      const std::string region = std::string("eu-") + direction + "-" + std::to_string(i);
      Protection more = test::protection_to("111122223333", region.c_str());
      more.name = region;
      more.replica_name_template = std::string(20, 'r') + "-" + region + "-{bucket}";
      settings.protections.push_back(more);
    }
  }
  ASSERT_EQ(why_invalid(settings), std::nullopt);
  EXPECT_THAT(why_too_large(settings).value_or("fits"), testing::HasSubstr("of 10240 characters"));
}

TEST(SeveralProtections, TemplatesForSeveralDestinationsAreRefusedInWords) {
  try {
    stack_template(test::three_protections(), Stack::destination);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_THAT(error.what(), testing::HasSubstr("not supported yet"));
  }
}

TEST(SeveralProtections, TemplatesForSeveralOfOnePlaceAreWritten) {
  Settings settings = test::three_protections();
  settings.protections[1].destination = settings.protections[0].destination;
  settings.protections[1].control_bucket = settings.protections[0].control_bucket;
  settings.protections.pop_back();
  ASSERT_EQ(Deployment::why_impossible(settings), std::nullopt);
  for (const Stack stack : {Stack::source, Stack::destination}) {
    const std::string text = boost::json::serialize(stack_template(settings, stack));
    EXPECT_THAT(text, testing::HasSubstr("S3DR_PROTECTIONS"));
    for (const char* replica : {"-dr", "-gold"}) EXPECT_THAT(text, testing::HasSubstr(replica)) << replica;
  }
}

}  // namespace
}  // namespace s3dr::deploy
