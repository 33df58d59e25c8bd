#include "cloud/services/bus/cloudtrail_store.h"

#include "unit/cloud/services/events/events_fixture.h"

namespace s3dr::services {
namespace {
namespace json = boost::json;

class CloudTrailTest : public EventsTest {
 protected:
  cloud::Reply call(const std::string& operation, const json::value& body,
                    const std::string& region = "us-west-2") {
    return json_call("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." + operation,
                     body, cloud::alice, region);
  }
  json::object trail(const std::string& operation, const json::value& body,
                     const std::string& region = "us-west-2") {
    const cloud::Reply reply = call(operation, body, region);
    EXPECT_EQ(reply.status, 200) << operation << reply.body;
    return parsed(reply);
  }
  std::string refused(const std::string& operation, const json::value& body,
                      const std::string& region = "us-west-2") {
    return std::string(parsed(call(operation, body, region)).at("__type").as_string());
  }
  bool flow_in(cloud::Region& region, const cloud::Account& account = cloud::alice) {
    return Trails(region.context().database.reader(), region.context()).events_flow(account.id);
  }
  // Trails of the eastern region, as this call lists them.
  std::size_t trails_in_the_east(const json::value& body) {
    return trail("DescribeTrails", body, "us-east-2").at("trailList").as_array().size();
  }
  bool flow() {
    return Trails(west().context().database.reader(), west().context()).events_flow(cloud::alice.id);
  }
};

// As on AWS: no account is born with one.
TEST_F(CloudTrailTest, UnlessTheRegionMakesOneThereIsNone) {
  makes_trail = false;
  start("us-west-2");
  const json::object trails = trail("DescribeTrails", {{"includeShadowTrails", true}});
  EXPECT_TRUE(trails.at("trailList").as_array().empty());
  EXPECT_FALSE(flow());
}

TEST_F(CloudTrailTest, ATrailThatLogsIsThereFromTheStart) {
  const json::object trails = trail("DescribeTrails", {{"includeShadowTrails", true}});
  ASSERT_EQ(trails.at("trailList").as_array().size(), 1U);
  EXPECT_EQ(trails.at("trailList").at(0).at("Name"), "s3dr-default");
  EXPECT_EQ(trails.at("trailList").at(0).at("HomeRegion"), "us-west-2");
  const json::object status = trail("GetTrailStatus", {{"Name", "s3dr-default"}});
  EXPECT_EQ(status.at("IsLogging"), true);
  EXPECT_NE(status.at("LatestDeliveryError"), "");
  const json::object selectors = trail("GetEventSelectors", {{"TrailName", "s3dr-default"}});
  EXPECT_EQ(selectors.at("EventSelectors").at(0).at("ReadWriteType"), "All");
  EXPECT_EQ(selectors.at("EventSelectors").at(0).at("IncludeManagementEvents"), true);
}

TEST_F(CloudTrailTest, WhatTheOwnerTurnsOffOrDeletesStaysSo) {
  trail("StopLogging", {{"Name", "s3dr-default"}});
  EXPECT_FALSE(flow());
  restart();
  const json::object status = trail("GetTrailStatus", {{"Name", "s3dr-default"}});
  EXPECT_EQ(status.at("IsLogging"), false);
  EXPECT_TRUE(status.contains("StopLoggingTime"));
  EXPECT_FALSE(flow());
  trail("DeleteTrail", {{"Name", "s3dr-default"}});
  restart();
  EXPECT_TRUE(trail("ListTrails", json::object()).at("Trails").as_array().empty());
  EXPECT_EQ(refused("GetTrail", {{"Name", "s3dr-default"}}), "TrailNotFoundException");
}

TEST_F(CloudTrailTest, ATrailOfOnesOwn) {
  trail("DeleteTrail", {{"Name", "s3dr-default"}});
  EXPECT_EQ(refused("CreateTrail", {{"Name", "mine"}, {"S3BucketName", "logs"}}),
            "S3BucketDoesNotExistException");
  create_bucket(west(), "logs");
  create_bucket(west(), "bobs-logs", cloud::bob);
  EXPECT_EQ(refused("CreateTrail", {{"Name", "mine"}, {"S3BucketName", "bobs-logs"}}),
            "InsufficientS3BucketPolicyException");
  const json::object made = trail(
      "CreateTrail",
      {{"Name", "mine"}, {"S3BucketName", "logs"}, {"TagsList", {{{"Key", "owner"}, {"Value", "s3dr"}}}}});
  EXPECT_EQ(made.at("TrailARN"), "arn:aws:cloudtrail:us-west-2:111122223333:trail/mine");
  EXPECT_FALSE(flow());  // as on AWS: made, not logging
  trail("StartLogging", {{"Name", made.at("TrailARN")}});
  EXPECT_TRUE(flow());
  trail("AddTags", {{"ResourceId", made.at("TrailARN")}, {"TagsList", {{{"Key", "a"}, {"Value", "b"}}}}});
  EXPECT_EQ(refused("AddTags", {{"ResourceId", made.at("TrailARN")},
                                {"TagsList", {{{"Key", "aws:a"}, {"Value", "b"}}}}}),
            "ValidationException");
  trail("RemoveTags", {{"ResourceId", made.at("TrailARN")}, {"TagsList", {{{"Key", "owner"}}}}});
  const json::object tags = trail("ListTags", {{"ResourceIdList", json::array{made.at("TrailARN")}}});
  EXPECT_EQ(json::serialize(tags.at("ResourceTagList").at(0).at("TagsList")), R"([{"Key":"a","Value":"b"}])");
  EXPECT_EQ(refused("CreateTrail", {{"Name", "mine"}, {"S3BucketName", "logs"}}),
            "TrailAlreadyExistsException");
  // What an update does not name stays.
  create_bucket(west(), "more-logs");
  EXPECT_EQ(refused("UpdateTrail", {{"Name", "mine"}, {"S3BucketName", "bobs-logs"}}),
            "InsufficientS3BucketPolicyException");
  EXPECT_EQ(refused("UpdateTrail", {{"Name", "nobodys"}, {"S3BucketName", "logs"}}),
            "TrailNotFoundException");
  const json::object updated = trail("UpdateTrail", {{"Name", "mine"}, {"S3BucketName", "more-logs"}});
  EXPECT_EQ(updated.at("S3BucketName"), "more-logs");
  EXPECT_EQ(updated.at("IncludeGlobalServiceEvents"), true);
  EXPECT_EQ(trail("GetTrail", {{"Name", "mine"}}).at("Trail").at("S3BucketName"), "more-logs");
  EXPECT_TRUE(flow());
}

// A member account sees it and whether it logs, not what it selects, and changes nothing of it.
TEST_F(CloudTrailTest, ATrailOfAnOrganizationTellsOfEveryAccount) {
  create_bucket(west(), "logs");
  EXPECT_EQ(
      call("CreateTrail", {{"Name", "org"}, {"S3BucketName", "logs"}, {"IsOrganizationTrail", true}}).status,
      501);
  const json::value arn = trail("CreateTrail", {{"Name", "org"},
                                                {"S3BucketName", "logs"},
                                                {"IsMultiRegionTrail", true},
                                                {"IsOrganizationTrail", true}})
                              .at("TrailARN");
  const auto as_member = [&](const std::string& operation, const json::value& body) {
    return parsed(json_call("cloudtrail",
                            "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." + operation, body,
                            cloud::bob, "us-east-2"));
  };
  for (const char* region : {"us-west-2", "us-east-2"})
    json_call("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DeleteTrail",
              {{"Name", "s3dr-default"}}, cloud::bob, region);
  EXPECT_FALSE(flow_in(east(), cloud::bob));
  trail("StartLogging", {{"Name", "org"}});
  EXPECT_TRUE(flow_in(east(), cloud::bob));
  const json::array seen = as_member("DescribeTrails", json::object()).at("trailList").as_array();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen.at(0).at("TrailARN"), arn);
  EXPECT_EQ(seen.at(0).at("IsOrganizationTrail"), true);
  const json::object status = as_member("GetTrailStatus", {{"Name", arn}});
  EXPECT_TRUE(status.contains("IsLogging") && status.at("IsLogging") == true) << json::serialize(status);
  EXPECT_EQ(as_member("GetTrailStatus", {{"Name", "org"}}).at("__type"), "TrailNotFoundException");
  EXPECT_EQ(as_member("GetEventSelectors", {{"TrailName", arn}}).at("__type"),
            "CloudTrailARNInvalidException");
  for (const char* change : {"StopLogging", "DeleteTrail"})
    EXPECT_EQ(as_member(change, {{"Name", arn}}).at("__type"), "NotOrganizationMasterAccountException")
        << change;
}

TEST_F(CloudTrailTest, ATrailOfSeveralRegionsTellsOfEachOfThem) {
  for (const char* region : {"us-west-2", "us-east-2"})
    trail("DeleteTrail", {{"Name", "s3dr-default"}}, region);
  create_bucket(west(), "logs");
  EXPECT_EQ(refused("CreateTrail", {{"Name", "all"},
                                    {"S3BucketName", "logs"},
                                    {"IsMultiRegionTrail", true},
                                    {"IncludeGlobalServiceEvents", false}}),
            "InvalidParameterCombinationException");
  const json::object made =
      trail("CreateTrail", {{"Name", "all"}, {"S3BucketName", "logs"}, {"IsMultiRegionTrail", true}});
  EXPECT_EQ(made.at("IsMultiRegionTrail"), true);
  const json::value arn = made.at("TrailARN");
  EXPECT_FALSE(flow_in(east()));
  trail("StartLogging", {{"Name", "all"}});
  EXPECT_TRUE(flow_in(west()));
  EXPECT_TRUE(flow_in(east()));
  EXPECT_FALSE(flow_in(east(), cloud::bob));
  // Where it is not at home it is seen, by its ARN, and not changed.
  const json::object seen = trail("DescribeTrails", json::object(), "us-east-2");
  ASSERT_EQ(seen.at("trailList").as_array().size(), 1U);
  EXPECT_EQ(seen.at("trailList").at(0).at("HomeRegion"), "us-west-2");
  EXPECT_EQ(trails_in_the_east({{"includeShadowTrails", false}}), 0U);
  EXPECT_EQ(trails_in_the_east({{"trailNameList", {"all"}}}), 0U);
  EXPECT_EQ(trails_in_the_east({{"trailNameList", json::array{arn}}}), 1U);
  EXPECT_EQ(refused("GetTrailStatus", {{"Name", "all"}}, "us-east-2"), "TrailNotFoundException");
  EXPECT_EQ(trail("GetTrailStatus", {{"Name", arn}}, "us-east-2").at("IsLogging"), true);
  for (const char* change : {"StopLogging", "DeleteTrail", "UpdateTrail"})
    EXPECT_EQ(refused(change, {{"Name", arn}}, "us-east-2"), "InvalidHomeRegionException") << change;
  // It outlives its home region's run.
  restart();
  EXPECT_TRUE(flow_in(east()));
  trail("StopLogging", {{"Name", "all"}});
  EXPECT_FALSE(flow_in(west()));
  EXPECT_FALSE(flow_in(east()));
  trail("StartLogging", {{"Name", "all"}});
  EXPECT_EQ(refused("UpdateTrail", {{"Name", "all"}, {"IncludeGlobalServiceEvents", false}}),
            "InvalidParameterCombinationException");
  // To one region and back: nothing else of it changes.
  trail("UpdateTrail", {{"Name", "all"}, {"IsMultiRegionTrail", false}});
  EXPECT_TRUE(flow_in(west()));
  EXPECT_FALSE(flow_in(east()));
  trail("UpdateTrail", {{"Name", "all"}, {"IsMultiRegionTrail", true}});
  EXPECT_TRUE(flow_in(east()));
  ASSERT_EQ(trail("ListTrails", json::object()).at("Trails").as_array().size(), 1U);
  trail("DeleteTrail", {{"Name", "all"}});
  EXPECT_FALSE(flow_in(west()));
  EXPECT_FALSE(flow_in(east()));
  EXPECT_EQ(trails_in_the_east(json::object()), 0U);
}

TEST_F(CloudTrailTest, SelectorsDecideWhetherWritesAreSeen) {
  const auto put = [&](const std::string& selectors) {
    json::object body = json::parse(selectors).as_object();
    body["TrailName"] = "s3dr-default";
    return call("PutEventSelectors", body).status;
  };
  EXPECT_EQ(put(R"({"EventSelectors":[{"ReadWriteType":"ReadOnly","IncludeManagementEvents":true}]})"), 200);
  EXPECT_FALSE(flow());
  EXPECT_EQ(put(R"({"EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]})"), 200);
  EXPECT_TRUE(flow());
  EXPECT_EQ(put(R"({"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":false}]})"), 200);
  EXPECT_FALSE(flow());
  EXPECT_EQ(put(R"({"AdvancedEventSelectors":[{"Name":"m","FieldSelectors":[{"Field":"eventCategory",)"
                R"("Equals":["Management"]},{"Field":"readOnly","Equals":["false"]}]}]})"),
            200);
  EXPECT_TRUE(flow());
  EXPECT_EQ(
      put(R"({"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},)"
          R"({"Field":"readOnly","Equals":["true"]}]}]})"),
      200);
  EXPECT_FALSE(flow());
  EXPECT_EQ(
      put(R"({"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]}]}]})"),
      501);
  EXPECT_EQ(
      put(R"({"EventSelectors":[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}]})"),
      501);
  EXPECT_EQ(put(R"({"EventSelectors":[]})"), 400);
  EXPECT_EQ(put("{}"), 400);
  EXPECT_FALSE(flow());  // nothing of what was refused has been taken
}

}  // namespace
}  // namespace s3dr::services
