#include "cloud/events/event_outbox.h"

#include <boost/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

class EventOutbox : public RegionTest {};

TEST_F(EventOutbox, TheEnvelope) {
  create_bucket(west(), "photos");
  const auto events = outbox(west());
  ASSERT_EQ(events.size(), 1U);
  const boost::json::value event = boost::json::parse(events[0]);
  const auto text = [&event](std::string_view pointer) {
    boost::json::error_code failure;
    const auto* found = event.find_pointer(pointer, failure);
    return found == nullptr || !found->is_string() ? std::string("(absent)")
                                                   : std::string(found->as_string());
  };
  EXPECT_EQ(text("/version"), "0");
  EXPECT_EQ(text("/detail-type"), "AWS API Call via CloudTrail");
  EXPECT_EQ(text("/source"), "aws.s3");
  EXPECT_EQ(text("/account"), alice.id);
  EXPECT_EQ(text("/region"), "us-west-2");
  EXPECT_EQ(text("/time"), "2026-08-01T00:00:00Z");
  EXPECT_EQ(text("/id").size(), 36U);
  EXPECT_NE(text("/id"), text("/detail/eventID"));
  EXPECT_EQ(text("/detail/eventSource"), "s3.amazonaws.com");
  EXPECT_EQ(text("/detail/eventName"), "CreateBucket");
  EXPECT_EQ(text("/detail/awsRegion"), "us-west-2");
  EXPECT_EQ(text("/detail/sourceIPAddress"), "127.0.0.1");
  EXPECT_EQ(text("/detail/userIdentity/accountId"), alice.id);
  EXPECT_EQ(text("/detail/recipientAccountId"), alice.id);
  EXPECT_EQ(text("/detail/resources/0/ARN"), "arn:aws:s3:::photos");
  EXPECT_EQ(text("/detail/requestParameters/bucketName"), "photos");
  EXPECT_EQ(text("/detail/requestParameters/CreateBucketConfiguration/LocationConstraint"), "us-west-2");
  EXPECT_EQ(text("/detail/errorCode"), "(absent)");
}

TEST_F(EventOutbox, WhatAnotherAccountChangesIsToldToTheOwnerToo) {
  create_bucket(west(), "photos");
  const std::string tags = "<Tagging><TagSet><Tag><Key>dr</Key><Value>true</Value></Tag></TagSet></Tagging>";
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" + bob.id +
      R"("},"Action":["s3:PutBucketTagging","s3:DeleteBucket"],"Resource":"arn:aws:s3:::photos"}]})";
  EXPECT_EQ(send({"PUT", "/photos?tagging", tags, {}, bob}).status, 403);
  ASSERT_EQ(send({"PUT", "/photos?policy", policy}).status, 204);
  ASSERT_EQ(send({"PUT", "/photos?tagging", tags, {}, bob}).status, 204);
  ASSERT_EQ(send({"DELETE", "/photos", "", {}, bob}).status, 204);
  std::vector<std::string> told, shared, ids;
  for (const std::string& text : outbox(west())) {
    const boost::json::object event = boost::json::parse(text).as_object();
    if (event.at("source") == "aws.tag") continue;
    const boost::json::object& detail = event.at("detail").as_object();
    const auto string = [](const boost::json::value& value) { return std::string(value.as_string()); };
    EXPECT_EQ(event.at("account"), detail.at("recipientAccountId"));
    const bool refused = detail.contains("errorCode");
    const boost::json::object& resource = detail.at("resources").at(0).as_object();
    EXPECT_EQ(resource.contains("accountId"), !refused) << "a stranger is not told whose bucket it is";
    if (!refused) EXPECT_EQ(string(resource.at("accountId")), alice.id);
    // The owner learns which account it was, not with which key.
    const boost::json::object& identity = detail.at("userIdentity").as_object();
    const bool of_another = string(event.at("account")) != string(identity.at("accountId"));
    EXPECT_EQ(string(identity.at("type")), of_another ? "AWSAccount" : "Root");
    EXPECT_EQ(identity.contains("accessKeyId"), !of_another);
    told.push_back(string(detail.at("eventName")) + (refused ? " refused" : "") + " to " +
                   (string(event.at("account")) == alice.id ? "alice" : "bob"));
    ids.push_back(string(detail.at("eventID")));
    if (const auto* id = detail.if_contains("sharedEventID")) shared.push_back(string(*id));
  }
  EXPECT_EQ(told, (std::vector<std::string>{"CreateBucket to alice", "PutBucketTagging refused to bob",
                                            "PutBucketPolicy to alice", "PutBucketTagging to bob",
                                            "PutBucketTagging to alice", "DeleteBucket to bob",
                                            "DeleteBucket to alice"}));
  ASSERT_EQ(shared.size(), 4U);
  EXPECT_EQ(shared[0], shared[1]);
  EXPECT_EQ(shared[2], shared[3]);
  EXPECT_NE(shared[0], shared[2]);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

// aws.tag: to the owner, with the keys that differ; nothing for a call that changes nothing.
TEST_F(EventOutbox, ChangedTagsAreToldByAnEventOfTheirOwn) {
  create_bucket(west(), "photos");
  const auto tags = [](const std::string& of) { return "<Tagging><TagSet>" + of + "</TagSet></Tagging>"; };
  const std::string dr = "<Tag><Key>dr</Key><Value>true</Value></Tag>";
  const std::string team = "<Tag><Key>team</Key><Value>x</Value></Tag>";
  ASSERT_EQ(send({"PUT", "/photos?tagging", tags(dr + team)}).status, 204);
  ASSERT_EQ(send({"PUT", "/photos?tagging", tags(team + dr)}).status, 204);
  ASSERT_EQ(send({"PUT", "/photos?tagging", tags(team)}).status, 204);
  ASSERT_EQ(send({"DELETE", "/photos?tagging"}).status, 204);
  std::vector<std::string> told;
  for (const std::string& text : outbox(west())) {
    const boost::json::object event = boost::json::parse(text).as_object();
    if (event.at("source") != "aws.tag") continue;
    EXPECT_EQ(event.at("detail-type"), "Tag Change on Resource");
    EXPECT_EQ(event.at("account").as_string(), alice.id);
    EXPECT_EQ(event.at("resources"), boost::json::parse(R"(["arn:aws:s3:::photos"])"));
    const boost::json::value& detail = event.at("detail");
    EXPECT_EQ(detail.at("service"), "s3");
    EXPECT_EQ(detail.at("resource-type"), "bucket");
    told.push_back(boost::json::serialize(detail.at("changed-tag-keys")) + " " +
                   boost::json::serialize(detail.at("tags")));
  }
  EXPECT_EQ(told, (std::vector<std::string>{R"(["dr","team"] {"dr":"true","team":"x"})",
                                            R"(["dr"] {"team":"x"})", R"(["team"] {})"}));
}

TEST_F(EventOutbox, ARefusedCallOnABucketThatIsNotHereNamesNoOwner) {
  create_bucket(east(), "photos");
  EXPECT_EQ(send({"PUT",
                  "/photos",
                  "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint>"
                  "</CreateBucketConfiguration>",
                  {},
                  bob})
                .code(),
            "BucketAlreadyExists");
  const auto events = outbox(west());
  ASSERT_EQ(events.size(), 1U);
  const auto resource = boost::json::parse(events[0]).at("detail").at("resources").at(0).as_object();
  EXPECT_FALSE(resource.contains("accountId"));
}

TEST_F(EventOutbox, AFullOutboxDropsTheOldestAndCounts) {
  west().context().options.events_max = 3;
  for (const char* bucket : {"one", "two", "three", "four", "five"}) create_bucket(west(), bucket);
  const auto events = outbox(west());
  ASSERT_EQ(events.size(), 3U);
  EXPECT_NE(events[0].find("\"three\""), std::string::npos);
  EXPECT_NE(events[2].find("\"five\""), std::string::npos);
  EXPECT_EQ(outbox_state(west().context()).dropped, 2U);
  EXPECT_EQ(outbox_state(west().context()).waiting, 3U);
}

TEST_F(EventOutbox, EventsOutliveARestart) {
  create_bucket(west(), "photos");
  start("us-west-2");
  EXPECT_EQ(outbox(west()).size(), 1U);
  EXPECT_EQ(outbox_state(west().context()).waiting, 1U);
}

TEST_F(EventOutbox, AnUndoneChangeLeavesNoEventOfIts) {
  create_bucket(west(), "photos");
  send({"PUT", "/photos/key", "text"});
  send({"DELETE", "/photos"});
  const auto events = outbox(west());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_NE(events[1].find("\"errorCode\":\"BucketNotEmpty\""), std::string::npos);
}

}  // namespace
}  // namespace s3dr::cloud
