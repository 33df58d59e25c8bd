// Weaknesses of the set-up itself, each in a test that has the weakness for its name and shows that it is not
// here. docs/decisions/004 lists them all; those of the functions are in tests/unit/lambda.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "deploy/apply.h"
#include "deploy/declare/declaration.h"
#include "deploy/resources/permissions.h"
#include "support/manual_clock.h"
#include "support/run_task.h"
#include "unit/deploy/fake_kinds.h"
#include "unit/deploy/samples.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;
using test::FakeKinds;

std::vector<Resource> of(const std::vector<Resource>& declared, Kind kind) {
  std::vector<Resource> result;
  std::ranges::copy_if(declared, std::back_inserter(result),
                       [&](const Resource& resource) { return resource.kind == kind && resource.wanted; });
  return result;
}

std::set<std::string> actions_of(const Resource& role) {
  std::set<std::string> result;
  for (const auto& [name, policy] : role.properties.at("policies").as_object()) {
    for (const json::value& statement : policy.at("Statement").as_array()) {
      for (const json::value& action : statement.at("Action").as_array())
        result.insert(std::string(action.as_string()));
    }
  }
  return result;
}

// The original's one role was trusted by S3, EventBridge and Lambda and had full access to four services.
TEST(OriginalWeakness, OneAllPowerfulRole) {
  for (const Settings& settings : {test::one_account(), test::two_accounts()}) {
    const std::vector<Resource> declared = declare(settings);
    std::set<std::string> all;
    for (const Resource& role : of(declared, Kind::role)) all.merge(actions_of(role));
    std::set<std::string> of_functions;
    for (const Resource& function : of(declared, Kind::function))
      EXPECT_TRUE(of_functions.insert(std::string(function.properties.at("role").as_string())).second)
          << function.id() << " has no role of its own";
    // What would do harm together is in different hands.
    const std::set<std::string> apart{"s3:CreateBucket", "s3:PutReplicationConfiguration",
                                      "s3:ReplicateObject", "s3:InitiateReplication", "events:PutEvents"};
    for (const std::string& action : apart) EXPECT_TRUE(all.contains(action)) << action;
    for (const Resource& role : of(declared, Kind::role)) {
      const std::set<std::string> actions = actions_of(role);
      EXPECT_LE(std::ranges::count_if(apart, [&](const auto& action) { return actions.contains(action); }), 1)
          << role.id();
      EXPECT_TRUE(role.properties.at("attached_policies").as_array().empty()) << role.id();
      const json::array& trusted = role.properties.at("trust").at("Statement").as_array();
      ASSERT_EQ(trusted.size(), 1U) << role.id();
      const json::object& principal = trusted[0].at("Principal").as_object();
      ASSERT_EQ(principal.size(), 1U) << role.id();
      EXPECT_EQ(principal.begin()->value().as_array().size(), 1U) << role.id() << " is trusted by several";
    }
  }
}

TEST(OriginalWeakness, NoDeadLetterQueue) {
  for (const Settings& settings : {test::one_account(), test::everything()}) {
    const std::vector<Resource> declared = declare(settings);
    std::map<std::string, Resource> queues;
    for (const Resource& queue : of(declared, Kind::queue)) queues[queue.arn] = queue;
    const auto expect_queue = [&](const Resource& what, const json::value& arn) {
      const auto found = queues.find(std::string(arn.as_string()));
      ASSERT_NE(found, queues.end()) << what.id();
      EXPECT_EQ(found->second.region, what.region) << what.id() << ": services deliver within their region";
    };
    const auto expect_let_in = [&](const Resource& what, const json::value& arn) {
      const Resource& queue = queues.at(std::string(arn.as_string()));
      EXPECT_THAT(json::serialize(queue.properties.at("policy")), testing::HasSubstr('"' + what.arn + '"'))
          << "the queue does not take what " << what.id() << " sends";
    };
    const auto configs = of(declared, Kind::event_invoke_config);
    EXPECT_EQ(configs.size(), of(declared, Kind::function).size());
    for (const Resource& config : configs) expect_queue(config, config.properties.at("on_failure"));
    const auto subscriptions = of(declared, Kind::subscription);
    EXPECT_EQ(subscriptions.size(), of(declared, Kind::topic).size());
    for (const Resource& subscription : subscriptions) {
      expect_queue(subscription, subscription.properties.at("dead_letters"));
      expect_let_in(subscription, subscription.properties.at("dead_letters"));  // its arn is the topic's
    }
    for (const Resource& rule : of(declared, Kind::rule)) {
      for (const auto& [id, target] : rule.properties.at("targets").as_object()) {
        expect_queue(rule, target.at("dead_letters"));
        expect_let_in(rule, target.at("dead_letters"));
      }
    }
    for (const auto& [arn, queue] : queues) {  // and somebody hears of what lands there
      EXPECT_TRUE(std::ranges::any_of(of(declared, Kind::alarm), [&](const Resource& alarm) {
        const auto* dimensions = alarm.properties.if_contains("dimensions");
        return alarm.region == queue.region && dimensions != nullptr &&
               dimensions->as_object().contains("QueueName") &&
               dimensions->at("QueueName") == json::value(queue.name);
      })) << queue.id();
    }
  }
}

TEST(OriginalWeakness, RunningTheSetUpAgainMayDropSubscriptions) {
  const Settings settings = test::one_account();
  const std::vector<Resource> declared = declare(settings);
  const auto apply_again = [&](FakeKinds& kinds) {
    boost::asio::io_context context;
    s3dr::test::ManualClock clock(s3dr::test::Sleeps::skip);
    const PlanOptions ours{owners_of(settings), false};
    LiveResources live = s3dr::test::run(context, read_all(kinds, declared, [](const std::string&, bool) {}));
    return s3dr::test::run(
        context, apply(kinds, plan(declared, live, ours), ours, clock, {}, [](const std::string&, bool) {}));
  };
  FakeKinds kinds;
  apply_again(kinds);
  kinds.live["subscription us-west-2 s3dr-enable_replication/pager"] = {};  // somebody's own
  // Everything that a subscription hangs on was changed by hand.
  for (auto& [id, live] : kinds.live) {
    for (const char* field : {"display_name", "memory_mib", "retention_seconds"}) {
      if (live.properties.contains(field)) live.properties[field] = "changed";
    }
  }
  const LiveResources before = kinds.live;
  const ApplyResult result = apply_again(kinds);
  EXPECT_EQ(result.created + result.removed, 0U);
  EXPECT_EQ(result.updated, 2U + 3U + 2U) << "topics, functions and queues";
  int subscriptions = 0;
  for (const auto& [id, live] : before) {
    if (!id.starts_with("subscription")) continue;
    ++subscriptions;
    ASSERT_TRUE(kinds.live.contains(id)) << id;
    EXPECT_EQ(kinds.live.at(id), live) << id;
  }
  EXPECT_EQ(subscriptions, 3);
}

}  // namespace
}  // namespace s3dr::deploy
