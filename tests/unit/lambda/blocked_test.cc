// Blocked is not success: what a person has to act upon is acknowledged, and told as a metric and as a line with one stable
// field. And no invocation sleeps for a job where jobs take minutes.
#include "base/encoding.h"
#include "handling_fixture.h"
#include "lambda/environment.h"

namespace s3dr::lambda {
namespace {

using dr::Function;

struct Blocked : Handling {
  // The lines that CloudWatch counts.
  std::vector<boost::json::object> counted() {
    std::vector<boost::json::object> found;
    for (const boost::json::object& line : logged.lines) {
      if (line.contains("_aws")) found.push_back(line);
    }
    return found;
  }
  std::string only_condition() {
    const auto found = counted();
    if (found.size() != 1) return std::to_string(found.size()) + " lines";
    return std::string(found[0].at("condition").as_string()) + " " +
           std::string(found[0].at("reason").as_string());
  }
};

TEST_F(Blocked, a_right_that_is_missing_is_counted_once_in_the_embedded_metric_format) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.before = [](const test::Call& call) {
    if (call.name == "source.put_bucket_versioning") throw Error(ErrorKind::denied, "AccessDenied");
  };
  log.set_deployment("photos-dr");
  const Reply reply = handle(Function::source_bucket_check, tagging_event("ledger"));
  EXPECT_FALSE(reply.failure);
  ASSERT_EQ(counted().size(), 1U) << logged.text;
  const boost::json::object line = counted()[0];
  EXPECT_EQ(line.at("condition"), "Permitted");
  EXPECT_EQ(line.at("reason"), "AccessDenied");
  EXPECT_EQ(line.at("bucket"), "ledger");
  EXPECT_EQ(line.at("Deployment"), "photos-dr");
  EXPECT_EQ(line.at("Blocked"), 1);
  const boost::json::value expected = boost::json::parse(
      R"([{"Namespace":"s3dr","Dimensions":[["Deployment"]],"Metrics":[{"Name":"Blocked","Unit":"Count"}]}])");
  EXPECT_EQ(line.at("_aws").at("CloudWatchMetrics"), expected);
  EXPECT_EQ(line.at("_aws").at("Timestamp"), clock.now().time_since_epoch().count());
}

TEST_F(Blocked, a_conflict_is_counted) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.world.add_destination(s3::BucketName::parse("ledger-dr"));
  handle(Function::destination_bucket_check, delivery({message(ledger)}));
  EXPECT_EQ(only_condition(), "Conflict NotOurs");
}

TEST_F(Blocked, a_source_that_is_gone_is_counted_at_every_look) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  flow(tagging_event("ledger"));
  ports.world.buckets.erase(ledger);
  for (std::size_t i = 1; i <= 2; ++i) {
    handle(Function::source_bucket_check, tagging_event("ledger"));
    ASSERT_EQ(counted().size(), i) << logged.text;
    EXPECT_EQ(counted().back().at("condition"), "SourcePresent");
    EXPECT_EQ(counted().back().at("reason"), "SourceGone");
  }
}

TEST_F(Blocked, a_backfill_that_was_given_up_is_counted_at_every_look) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  ports.after = [&](const test::Call& call) {
    if (call.name == "jobs.create_job") ports.world.end_jobs(s3::JobStatus::complete, 2);
  };
  ports.run_to_rest(ledger);
  ASSERT_EQ(ports.world.record(ledger)->state, dr::State::degraded);
  for (int i = 1; i <= 2; ++i) {
    handle(Function::source_bucket_check, tagging_event("ledger"));
    ASSERT_EQ(counted().size(), static_cast<std::size_t>(i));
    EXPECT_EQ(counted().back().at("condition"), "BackfillComplete");
    EXPECT_EQ(counted().back().at("reason"), "GivenUp");
  }
}

TEST_F(Blocked, a_sweep_that_may_not_list_is_counted) {
  ports.before = [](const test::Call& call) {
    if (call.name == "source.list_buckets") throw Error(ErrorKind::denied, "AccessDenied");
  };
  handle(Function::source_bucket_check, R"({"source":"s3dr","detail-type":"Sweep","detail":{}})");
  EXPECT_EQ(only_condition(), "Permitted AccessDenied") << logged.text;
}

TEST_F(Blocked, what_goes_well_is_not_counted) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  flow(tagging_event("ledger"));
  ports.world.end_jobs(s3::JobStatus::complete);
  flow(tagging_event("ledger"));
  EXPECT_TRUE(counted().empty());
}

TEST_F(Blocked, on_aws_no_invocation_sleeps_for_a_job) {
  ports.world.policy.store = dr::profile_of(dr::StoreKind::aws);
  ports.world.policy.store.after_first_versioning = ports.world.policy.store.after_new_rule = milliseconds(0);
  ports.world.add_source(ledger, {{"dr", "true"}});
  const milliseconds began = clock.uptime();
  flow(tagging_event("ledger"));
  EXPECT_EQ(ports.world.jobs.size(), 1U);
  EXPECT_EQ(clock.uptime(), began);
  ports.world.end_jobs(s3::JobStatus::complete);
  flow(R"({"source":"s3dr","detail-type":"Bucket Check","detail":)" + message(ledger, dr::MessageKind::look) +
       "}");
  EXPECT_EQ(ports.world.record(ledger)->state, dr::State::verifying);
}

TEST(Deployment, is_the_prefix_of_the_functions_name) {
  const auto named = [](std::string name) {
    return [name = std::move(name)](std::string_view variable) -> std::optional<std::string> {
      return variable == "AWS_LAMBDA_FUNCTION_NAME" ? std::optional(name) : std::nullopt;
    };
  };
  EXPECT_EQ(deployment_of(named("photos-dr-source_bucket_check"), Function::source_bucket_check),
            "photos-dr");
  EXPECT_EQ(deployment_of(named("by-hand"), Function::source_bucket_check), "by-hand");
}

// The event of somebody's PUT that ours has overwritten.
TEST_F(Blocked, a_lost_rule_of_others_is_counted_at_every_look_and_never_put_back) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  flow(tagging_event("ledger"));
  const auto rules = ports.world.buckets.at(ledger).replication;
  const std::string time = to_iso8601_seconds(ports.world.record(ledger)->edits.puts.back().answered);
  const auto edit_event = [&](const std::string& region) {
    return R"({"source":"aws.s3","id":"e-1","detail":{"eventSource":"s3.amazonaws.com","eventName":"PutBucketReplication",)"
           R"("awsRegion":")" +
           region + R"(","eventTime":")" + time +
           R"(","eventID":"lost-1","requestParameters":{)"
           R"("bucketName":"ledger","ReplicationConfiguration":{"Role":"arn:aws:iam::111122223333:role/theirs",)"
           R"("Rule":{"ID":"theirs","Priority":"9","Filter":{"Prefix":"logs/"},"Status":"Enabled",)"
           R"("DeleteMarkerReplication":{"Status":"Disabled"},"Destination":{"Bucket":"arn:aws:s3:::elsewhere"}}}}}})";
  };
  handle(Function::source_bucket_check, edit_event("us-east-2"));
  EXPECT_FALSE(ports.world.record(ledger)->edits.lost) << "about a bucket of the other region";
  const std::size_t lines = logged.lines.size();
  const Reply reply = handle(Function::source_bucket_check, edit_event("us-west-2"));
  EXPECT_FALSE(reply.failure);
  ASSERT_TRUE(ports.world.record(ledger)->edits.lost);
  EXPECT_EQ(only_condition(), "RulesLost Overwritten") << logged.text;
  bool told = false;
  for (std::size_t i = lines; i < logged.lines.size(); ++i) {
    const auto* document = logged.lines[i].if_contains("document");
    told = told || (document != nullptr && document->as_string().find("elsewhere") != std::string::npos);
  }
  EXPECT_TRUE(told) << "the document that was lost: " << logged.text;
  EXPECT_EQ(ports.world.buckets.at(ledger).replication, rules);
}

TEST_F(Blocked, an_edit_that_cannot_be_noted_now_fails_the_invocation_so_that_it_comes_again) {
  ports.world.add_source(ledger, {});
  ports.before = [&](const test::Call& call) {
    if (call.name == "records.read") throw Error(ErrorKind::unavailable, "dead region");
  };
  const Reply reply = handle(
      Function::source_bucket_check,
      R"({"source":"aws.s3","id":"e-1","detail":{"eventSource":"s3.amazonaws.com","eventName":"DeleteBucketReplication",)"
      R"("awsRegion":"us-west-2","eventTime":"2026-08-01T10:15:03Z","eventID":"i","requestParameters":{"bucketName":"ledger"}}})");
  EXPECT_TRUE(reply.failure);
  EXPECT_TRUE(counted().empty()) << logged.text;
}

TEST_F(Blocked, an_edit_that_can_never_be_noted_is_counted) {
  ports.world.add_source(ledger, {{"dr", "true"}});
  flow(tagging_event("ledger"));
  ports.world.end_jobs(s3::JobStatus::complete);
  flow(tagging_event("ledger"));
  ASSERT_TRUE(counted().empty());
  ports.before = [&](const test::Call& call) {
    if (call.name == "records.write") throw Error(ErrorKind::denied, "AccessDenied");
  };
  const std::string time = to_iso8601_seconds(clock.now());
  const Reply reply = handle(
      Function::source_bucket_check,
      R"({"source":"aws.s3","id":"e-1","detail":{"eventSource":"s3.amazonaws.com","eventName":"DeleteBucketReplication",)"
      R"("awsRegion":"us-west-2","eventTime":")" +
          time + R"(","eventID":"i","requestParameters":{"bucketName":"ledger"}}})");
  EXPECT_FALSE(reply.failure) << "Lambda would deliver it again for nothing";
  EXPECT_EQ(only_condition(), "Permitted AccessDenied") << logged.text;
  EXPECT_EQ(counted()[0].at("bucket"), "ledger");
}

}  // namespace
}  // namespace s3dr::lambda
