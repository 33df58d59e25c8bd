// What CloudWatch hears of replication: failures in the source's region, what waits in the replicas'.
#include "cloud/replication/replication_metrics.h"

#include "aws/hash.h"
#include "cloud/door/internal_auth.h"
#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using cloud::alice;
using std::chrono::minutes;
using std::chrono::seconds;

class ReplicationMetricsTest : public RolesTest {
 protected:
  ReplicationMetricsTest() {
    clock.advance(minutes(10));
    begun = clock.now();
    create_bucket(west(), "ledger");
    enable_versioning(west(), "ledger");
    create_bucket(east(), "ledger-dr");
    enable_versioning(east(), "ledger-dr");
    create_role("copier", trust(of_service("s3.amazonaws.com")));
    let_replicate(true);
    replicate("Enabled");
    for (const char* region : {"us-west-2", "us-east-2"}) work(region);
  }
  ~ReplicationMetricsTest() override {
    for (const auto& [region, outcome] : working) outcome->cancel();
    test::settle(io);
  }

  void work(const std::string& region) {
    working[region] = std::make_unique<test::Outcome>();
    test::start(io, regions.at(region)->run(), *working[region]);
    test::settle(io);
  }
  void end(const std::string& region) {
    working.at(region)->cancel();
    test::settle(io);
    working.erase(region);
  }
  void let_replicate(bool may) {
    put_policy("copier", allow(R"(["s3:GetReplicationConfiguration","s3:ListBucket",)"
                               R"("s3:GetObjectVersionForReplication","s3:GetObjectVersionAcl")" +
                               std::string(may ? R"(,"s3:ReplicateObject"])" : "]")));
  }
  void replicate(const std::string& metrics) {
    const std::string xml =
        "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>" +
        role_arn("copier") +
        "</Role><Rule><ID>r-1</ID><Priority>1</Priority><Filter/><Status>Enabled</Status><Destination>"
        "<Bucket>arn:aws:s3:::ledger-dr</Bucket><Metrics><Status>" +
        metrics +
        "</Status></Metrics></Destination><DeleteMarkerReplication><Status>Enabled</Status>"
        "</DeleteMarkerReplication></Rule></ReplicationConfiguration>";
    const cloud::Reply reply = send({"PUT", "/ledger?replication", xml});
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  void write(const std::string& key, const std::string& data = "0123456789") {
    ASSERT_EQ(send({"PUT", "/ledger/" + key, data}).status, 200);
    test::settle(io);
  }
  void pass(milliseconds time) {
    for (; time > milliseconds(0); time -= seconds(10)) {
      clock.advance(seconds(10));
      test::settle(io);
    }
  }
  // The statistics of all there is of a metric in a region, by rule r-1; "" without any.
  std::string told(const std::string& region, const std::string& metric) {
    const auto epoch = [](Instant at) { return static_cast<double>(at.time_since_epoch().count()) / 1000; };
    const json::object asked{
        {"Namespace", "AWS/S3"},
        {"MetricName", metric},
        {"Dimensions", json::array{json::object{{"Name", "SourceBucket"}, {"Value", "ledger"}},
                                   json::object{{"Name", "DestinationBucket"}, {"Value", "ledger-dr"}},
                                   json::object{{"Name", "RuleId"}, {"Value", "r-1"}}}},
        {"StartTime", epoch(begun)},
        {"EndTime", epoch(begun + minutes(60))},
        {"Period", 3600},
        {"Statistics", json::array{"Sum", "Maximum", "Minimum", "SampleCount"}}};
    const cloud::Reply reply =
        json_call("monitoring", "GraniteServiceVersion20100801.GetMetricStatistics", asked, alice, region);
    EXPECT_EQ(reply.status, 200) << reply.body;
    const json::array points = parsed(reply).at("Datapoints").as_array();
    if (points.empty()) return "";
    std::string text;
    for (const char* name : {"Sum", "Minimum", "Maximum", "SampleCount", "Unit"})
      text += (text.empty() ? "" : " ") + json::serialize(points[0].at(name));
    return text;
  }
  std::size_t metrics_of_s3(const std::string& region) {
    return parsed(json_call("monitoring", "GraniteServiceVersion20100801.ListMetrics",
                            json::object{{"Namespace", "AWS/S3"}}, alice, region))
        .at("Metrics")
        .as_array()
        .size();
  }

  Instant begun;
  std::map<std::string, std::unique_ptr<test::Outcome>> working;
};

TEST_F(ReplicationMetricsTest, FailuresAreToldInTheSourcesRegion) {
  write("good");
  let_replicate(false);
  write("bad");
  write("bad-too");
  ASSERT_EQ(send({"HEAD", "/ledger/bad"}).header("x-amz-replication-status"), "FAILED");
  pass(seconds(20));
  EXPECT_EQ(told("us-west-2", "OperationsFailedReplication"), "2E0 0E0 1E0 3E0 \"Count\"");
  EXPECT_EQ(told("us-east-2", "OperationsFailedReplication"), "");
  EXPECT_EQ(metrics_of_s3("us-west-2"), 1U);
}

TEST_F(ReplicationMetricsTest, WhatWaitsIsToldInTheReplicasRegion) {
  pass(minutes(1));
  EXPECT_EQ(metrics_of_s3("us-east-2"), 0U) << "nothing is published while nothing happens";
  wires.cut.insert("us-east-2");
  write("a");
  write("b", "12345");
  pass(minutes(3));
  EXPECT_EQ(metrics_of_s3("us-east-2"), 0U) << "it was not reached";
  wires.cut.clear();
  pass(minutes(2));
  ASSERT_EQ(send({"HEAD", "/ledger/b"}).header("x-amz-replication-status"), "COMPLETED");
  const std::string operations = told("us-east-2", "OperationsPendingReplication");
  EXPECT_EQ(operations.find("8E0 0E0 2E0"), 0U) << "two in four minutes, then none: " << operations;
  EXPECT_EQ(told("us-east-2", "BytesPendingReplication").find("6E1 0E0 1.5E1"), 0U)
      << told("us-east-2", "BytesPendingReplication");
  const std::string latency = told("us-east-2", "ReplicationLatency");
  EXPECT_NE(latency.find("\"Seconds\""), std::string::npos);
  EXPECT_NE(latency.find(" 1.9E2"), std::string::npos) << "three minutes and ten seconds: " << latency;
  EXPECT_EQ(metrics_of_s3("us-east-2"), 3U);
  EXPECT_EQ(metrics_of_s3("us-west-2"), 1U);
}

TEST_F(ReplicationMetricsTest, OnlyOfRulesWithMetrics) {
  replicate("Disabled");
  write("a");
  let_replicate(false);
  write("b");
  pass(minutes(2));
  EXPECT_EQ(metrics_of_s3("us-west-2") + metrics_of_s3("us-east-2"), 0U);
}

TEST_F(ReplicationMetricsTest, AFailureSurvivesACrashBeforeCloudWatchHeardOfIt) {
  let_replicate(false);
  write("bad");
  end("us-west-2");
  storages.at("us-west-2")->crash();
  start("us-west-2");
  EXPECT_EQ(told("us-west-2", "OperationsFailedReplication"), "");
  work("us-west-2");
  pass(seconds(20));
  EXPECT_EQ(told("us-west-2", "OperationsFailedReplication"), "1E0 1E0 1E0 1E0 \"Count\"");
  pass(minutes(2));
  EXPECT_EQ(told("us-west-2", "OperationsFailedReplication"), "1E0 1E0 1E0 1E0 \"Count\"") << "once";
}

TEST_F(ReplicationMetricsTest, TheDoorForMetricsTakesNothingElse) {
  const auto put = [&](const std::string& body, const std::string& hashed) {
    HttpRequest request;
    request.method = "POST";
    request.target = std::string(cloud::replication_metrics_path);
    request.headers.add("Host", "us-east-2");
    cloud::sign_internal(west().context(), s3::Region::parse("us-east-2"), request, aws::sha256_hex(hashed));
    request.body = Body(body);
    HttpResponse response = run(east().handle_internal(std::move(request)));
    return std::to_string(response.status);
  };
  const std::string metric =
      R"([{"name":"ReplicationLatency","account":"111122223333","source":"a","destination":"b",)"
      R"("rule":"c","minute":1785542400000,"largest":5}])";
  EXPECT_EQ(put(metric, metric), "200");
  EXPECT_EQ(put(metric, "[]"), "400");
  for (const std::string text : {"", "{}", "[7]", "[{}]", R"([{"name":"ReplicationLatency"}])"})
    EXPECT_EQ(put(text, text), "400") << text;
  std::string failed = metric;
  failed.replace(failed.find("ReplicationLatency"), 18, "OperationsFailedReplication");
  EXPECT_EQ(put(failed, failed), "400") << "a region counts its own failures";
  pass(seconds(20));
  EXPECT_EQ(metrics_of_s3("us-east-2"), 1U);
}

}  // namespace
}  // namespace s3dr::services
