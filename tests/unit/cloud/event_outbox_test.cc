#include "cloud/event_outbox.h"

#include <boost/json.hpp>

#include "region_fixture.h"

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
