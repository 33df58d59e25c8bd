// The table of permissions against the code: what src/functions calls on its ports, and nothing else, is what
// the roles allow.
#include "deploy/resources/permissions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "deploy/declare/role_policies.h"
#include "s3/bucket_setting.h"
#include "unit/deploy/samples.h"

namespace s3dr::deploy {
namespace {

using Call = std::pair<std::string, std::string>;

// Accessors that ask nobody.
const std::set<std::string> local{"region", "account"};

std::set<Call> calls_in(const std::string& text) {
  std::set<Call> found;
  const std::regex call(R"(\b(source|destination|records|jobs|store|topic_to\([^()]*\)|to_\w+)\.(\w+)\()");
  for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) {
    const std::string port = (*at)[1], method = (*at)[2];
    if (local.contains(method)) continue;
    if (port == "store") {  // functions/observe.cc asks both sides the same
      found.insert({"source", method});
      found.insert({"destination", method});
    } else if (port.starts_with("topic_to")) {
      found.insert({"to_destination_bucket_check", method});
      found.insert({"to_enable_replication", method});
    } else {
      found.insert({port, method});
    }
  }
  return found;
}

std::set<Call> calls_of_code() {
  std::set<Call> found;
  const auto folder = std::filesystem::path(S3DR_TEST_DATA) / "../../src/functions";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".cc") continue;
    std::ifstream in(file.path());
    std::ostringstream text;
    text << in.rdbuf();
    found.merge(calls_in(text.str()));
  }
  return found;
}

std::set<Call> calls_of_table() {
  std::set<Call> found;
  for (const PortCall& call : port_calls()) found.insert({std::string(call.port), std::string(call.method)});
  return found;
}

// What the host of the functions calls for the sweep (lambda/, control/), not the functions themselves.
const std::set<Call> of_the_host{{"source", "list_buckets"},
                                 {"events", "put_events"},
                                 {"heartbeat", "read"},
                                 {"heartbeat", "write"},
                                 // One port, told apart by what lies below which name in the control bucket.
                                 {"job_queue", "read"},
                                 {"job_queue", "write"}};

TEST(Permissions, EveryCallOfTheCodeIsInTheTableAndTheOtherWayRound) {
  std::set<Call> table = calls_of_table();
  for (const Call& call : of_the_host) table.erase(call);
  std::set<Call> code = calls_of_code();
  for (const Call& call : of_the_host) code.erase(call);
  EXPECT_EQ(code, table);
}

TEST(Permissions, TheSearchFindsACallThatWasAdded) {
  EXPECT_THAT(calls_in("co_await context.source.delete_bucket(name);"),
              testing::ElementsAre(Call("source", "delete_bucket")));
  EXPECT_THAT(calls_in("pair.record.source.bucket.text(); policy.source.region()"), testing::IsEmpty());
}

TEST(Permissions, EachEntryIsCalledBySomeFunction) {
  std::set<Call> called;
  for (const Function function : all_functions) {
    for (const FunctionCall& call : calls_of(function))
      called.insert({std::string(call.port), std::string(call.method)});
  }
  EXPECT_EQ(called, calls_of_table());
}

boost::json::string json_text(const s3::AccountId& account) {
  return boost::json::string(account.text());
}

std::set<std::string> actions_of(Function function) {
  std::set<std::string> result;
  for (const Grant& grant : grants_of(function)) result.insert(std::string(grant.action));
  return result;
}

TEST(Permissions, OnlyEnableReplicationWritesReplicationAndHandsRolesOver) {
  for (const Function function : all_functions) {
    const bool is_it = function == Function::enable_replication;
    EXPECT_EQ(actions_of(function).contains("s3:PutReplicationConfiguration"), is_it);
    EXPECT_EQ(actions_of(function).contains("iam:PassRole"), is_it);
    EXPECT_EQ(actions_of(function).contains("s3:CreateJob"), is_it);
  }
}

TEST(Permissions, OnlyDestinationBucketCheckCreatesBuckets) {
  for (const Function function : all_functions) {
    EXPECT_EQ(actions_of(function).contains("s3:CreateBucket"),
              function == Function::destination_bucket_check);
  }
}

TEST(Permissions, NoFunctionReadsOrDeletesData) {
  for (const Function function : all_functions) {
    for (const Grant& grant : grants_of(function)) {
      // A setting that the source has no more is taken from the replica; nothing else is ever deleted.
      const bool is_setting = grant.subject == Subject::replica_setting;
      if (grant.action.starts_with("s3:Delete")) EXPECT_TRUE(is_setting) << grant.action;
      EXPECT_FALSE(grant.action.starts_with("s3:DeleteObject")) << grant.action;
      EXPECT_NE(grant.action, "s3:DeleteBucket");
      if (grant.action == "s3:GetObject" || grant.action == "s3:PutObject")
        EXPECT_TRUE(grant.subject == Subject::record || grant.subject == Subject::heartbeat ||
                    grant.subject == Subject::job_queue || grant.subject == Subject::job_report)
            << grant.action;
      if (grant.action == "s3:PutObject") EXPECT_NE(grant.subject, Subject::job_report);
      EXPECT_NE(grant.action, "s3:GetObjectVersion");
    }
  }
}

// Least privilege: one function, each action of the table of kinds and no other, and no role is ever handed over.
TEST(Permissions, SettingsAreReadOnBothSidesAndWrittenToReplicasByDestinationBucketCheckAlone) {
  std::set<std::string> reads, of_replicas;
  for (const s3::SettingCall& call : s3::setting_calls()) {
    reads.insert(std::string(call.get_action));
    // The replica's policy is read and written as a whole, with calls of its own.
    if (call.kind == s3::SettingKind::policy) continue;
    of_replicas.insert({std::string(call.get_action), std::string(call.put_action)});
    if (!call.delete_action.empty()) of_replicas.insert(std::string(call.delete_action));
  }
  ASSERT_EQ(reads.size(), 18U);
  for (const Function function : all_functions) {
    std::set<std::string> of_source, of_replica;
    for (const Grant& grant : grants_of(function)) {
      if (grant.subject == Subject::source_setting) of_source.insert(std::string(grant.action));
      if (grant.subject == Subject::replica_setting) of_replica.insert(std::string(grant.action));
    }
    const bool is_it = function == Function::destination_bucket_check;
    EXPECT_EQ(of_source, is_it ? reads : std::set<std::string>());
    EXPECT_EQ(of_replica, is_it ? of_replicas : std::set<std::string>());
  }
  EXPECT_FALSE(actions_of(Function::destination_bucket_check).contains("iam:PassRole"));
}

TEST(RolePolicies, SettingsAreWrittenToReplicaNamesOfTheDestinationsAccountOnly) {
  for (const Settings& settings : {test::one_account(), test::two_accounts()}) {
    const boost::json::object policies =
        function_policies(settings, Names(settings), Function::destination_bucket_check);
    std::size_t found = 0;
    for (const boost::json::value& one : policies.at("calls").at("Statement").as_array()) {
      if (one.at("Sid") != "ReplicaBucketSettings") continue;
      ++found;
      EXPECT_EQ(one.at("Resource"), boost::json::value(boost::json::array{"arn:aws:s3:::*-dr"}));
      EXPECT_EQ(one.at("Condition").at("StringEquals").at("aws:ResourceAccount"),
                boost::json::value(
                    boost::json::array{json_text(settings.protections.front().destination.account)}));
    }
    EXPECT_EQ(found, 1U);
  }
}

TEST(RolePolicies, WithTwoAccountsTheOtherSideIsReachedThroughTheRemoteRoleAlone) {
  const Settings settings = test::two_accounts(), one = test::one_account();
  for (const Function function : all_functions) {
    const std::string own = boost::json::serialize(function_policies(settings, Names(settings), function));
    const std::string remote = boost::json::serialize(remote_policies(settings, Names(settings), function));
    const bool at_source = side_of(function) == Side::source;
    EXPECT_EQ(own.find(at_source ? "ReplicaBuckets" : "SourceBuckets"), std::string::npos);
    EXPECT_NE(own.find(at_source ? "SourceBuckets" : "ReplicaBuckets"), std::string::npos);
    EXPECT_NE(remote.find(at_source ? "ReplicaBuckets" : "SourceBuckets"), std::string::npos);
    EXPECT_NE(own.find("sts:AssumeRole"), std::string::npos);
    EXPECT_EQ(boost::json::serialize(function_policies(one, Names(one), function)).find("sts:AssumeRole"),
              std::string::npos);
  }
}

// The fence stands in the bucket policy, and with two accounts what lets the other account's replication role in.
TEST(RolePolicies, BucketPoliciesAreReadByAllAndWrittenByOneAndOfReplicaNamesOnly) {
  const auto rights = [](const Settings& settings, Function function) {
    return boost::json::serialize(function_policies(settings, Names(settings), function)) +
           boost::json::serialize(remote_policies(settings, Names(settings), function));
  };
  for (const Function function : all_functions) {
    const bool writes = function == Function::destination_bucket_check;
    for (const Settings& settings : {test::one_account(), test::two_accounts()}) {
      const std::string all = rights(settings, function);
      EXPECT_NE(all.find("s3:GetBucketPolicy"), std::string::npos);
      EXPECT_EQ(all.find("s3:PutBucketPolicy") != std::string::npos, writes);
      EXPECT_EQ(all.find("s3:DeleteBucketPolicy"), std::string::npos);
    }
    const auto statement = [&] {
      const Settings both = test::two_accounts();
      const boost::json::object policies = writes ? function_policies(both, Names(both), function)
                                                  : remote_policies(both, Names(both), function);
      for (const boost::json::value& one : policies.at("calls").at("Statement").as_array()) {
        if (one.at("Sid") == "ReplicaBucketPolicies") return one;
      }
      return boost::json::value();
    }();
    ASSERT_TRUE(statement.is_object());
    EXPECT_EQ(statement.at("Resource"), boost::json::value(boost::json::array{"arn:aws:s3:::*-dr"}));
    EXPECT_EQ(statement.at("Condition").at("StringEquals").at("aws:ResourceAccount"),
              boost::json::value(boost::json::array{"444455556666"}));
  }
  const auto replication = [](const Settings& settings) {
    return boost::json::serialize(replication_policies(settings)).find("ObjectOwnerOverrideToBucketOwner") !=
           std::string::npos;
  };
  EXPECT_FALSE(replication(test::one_account()));
  EXPECT_TRUE(replication(test::two_accounts()));
}

TEST(RolePolicies, StayBelowWhatIamTakes) {
  // All inline policies of a role together: 10,240 characters.
  for (const Function function : all_functions) {
    for (const Settings& settings : {test::one_account(), test::two_accounts()})
      EXPECT_LT(boost::json::serialize(function_policies(settings, Names(settings), function)).size(),
                10'240U);
  }
}

}  // namespace
}  // namespace s3dr::deploy
