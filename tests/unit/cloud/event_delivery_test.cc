#include "cloud/event_delivery.h"

#include <boost/json.hpp>

#include "cloud/event_outbox.h"
#include "region_fixture.h"

namespace s3dr::cloud {
namespace {

class EventDelivery : public RegionTest {
 protected:
  void deliver() { test::start(io, deliver_events(west().context(), wakeup), delivery); }
  void stop() {
    delivery.cancel();
    test::settle(io);
    EXPECT_TRUE(delivery.ended);
  }
  void pass(milliseconds time) {
    for (milliseconds passed{0}; passed < time; passed += milliseconds(50)) {
      clock.advance(milliseconds(50));
      test::settle(io);
    }
  }
  std::size_t waiting() { return outbox(west()).size(); }

  Notifier wakeup{io.get_executor()};
  test::Outcome delivery;
};

TEST_F(EventDelivery, TheEnvelope) {
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

TEST_F(EventDelivery, DeliversInOrderAndForgets) {
  create_bucket(west(), "photos");
  enable_versioning(west(), "photos");
  deliver();
  test::settle(io);
  ASSERT_EQ(wires.events.size(), 2U);
  EXPECT_NE(wires.events[0].find("CreateBucket"), std::string::npos);
  EXPECT_NE(wires.events[1].find("PutBucketVersioning"), std::string::npos);
  EXPECT_EQ(wires.event_headers.get_or("x-s3dr-event-secret", ""), "event-canary-secret");
  EXPECT_EQ(waiting(), 0U);

  send({"DELETE", "/photos?tagging"});
  wakeup.notify();
  test::settle(io);
  EXPECT_EQ(wires.events.size(), 3U);
  stop();
}

TEST_F(EventDelivery, AnOutageLosesNothing) {
  wires.cut.insert("serve.test");
  create_bucket(west(), "photos");
  create_bucket(west(), "others");
  deliver();
  pass(milliseconds(5'000));
  EXPECT_EQ(waiting(), 2U);
  EXPECT_TRUE(wires.events.empty());
  wires.cut.clear();
  pass(west().context().options.retry_cap * 2);
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(wires.events.size(), 2U);
  stop();
}

TEST_F(EventDelivery, OneThatIsRefusedDoesNotBlockTheOthers) {
  for (const char* bucket : {"first", "poison", "third"}) create_bucket(west(), bucket);
  wires.event_status = [](const std::string& body) {
    return body.find("poison") != std::string::npos ? 400 : 202;
  };
  deliver();
  test::settle(io);
  EXPECT_EQ(waiting(), 1U);
  create_bucket(west(), "fourth");
  wakeup.notify();
  test::settle(io);
  EXPECT_EQ(waiting(), 1U);
  wires.event_status = [](const std::string&) { return 200; };
  pass(west().context().options.retry_cap);
  EXPECT_EQ(waiting(), 0U);
  stop();
}

TEST_F(EventDelivery, ServerErrorsAreTriedAgain) {
  create_bucket(west(), "photos");
  wires.event_status = [](const std::string&) { return 503; };
  deliver();
  pass(milliseconds(2'000));
  EXPECT_GT(wires.events.size(), 1U);
  EXPECT_EQ(waiting(), 1U);
  wires.event_status = [](const std::string&) { return 204; };
  pass(west().context().options.retry_cap);
  EXPECT_EQ(waiting(), 0U);
  stop();
}

TEST_F(EventDelivery, AFullOutboxDropsTheOldestAndCounts) {
  west().context().options.events_max = 3;
  for (const char* bucket : {"one", "two", "three", "four", "five"}) create_bucket(west(), bucket);
  const auto events = outbox(west());
  ASSERT_EQ(events.size(), 3U);
  EXPECT_NE(events[0].find("\"three\""), std::string::npos);
  EXPECT_NE(events[2].find("\"five\""), std::string::npos);
  EXPECT_EQ(outbox_state(west().context()).dropped, 2U);
  EXPECT_EQ(outbox_state(west().context()).waiting, 3U);
}

TEST_F(EventDelivery, EventsOutliveARestart) {
  create_bucket(west(), "photos");
  start("us-west-2");
  deliver();
  test::settle(io);
  EXPECT_EQ(wires.events.size(), 1U);
  stop();
}

TEST_F(EventDelivery, AnUndoneChangeLeavesNoEventOfIts) {
  create_bucket(west(), "photos");
  send({"PUT", "/photos/key", "text"});
  send({"DELETE", "/photos"});
  const auto events = outbox(west());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_NE(events[1].find("\"errorCode\":\"BucketNotEmpty\""), std::string::npos);
}

}  // namespace
}  // namespace s3dr::cloud
