// A handler over the model of two regions, with a clock that moves only while everything waits: what the
// tests of whole invocations stand on.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "lambda/handler.h"
#include "lambda_fixture.h"
#include "support/fake_ports.h"

namespace s3dr::lambda {

class KeptBus : public EventBus {
 public:
  std::vector<BusEvent> events;
  std::optional<Error> failure;
  Task<> put(std::vector<BusEvent> given) override {
    if (failure) throw *failure;
    for (BusEvent& event : given) events.push_back(std::move(event));
    co_return;
  }
};

struct Handling : testing::Test {
  const s3::BucketName ledger = s3::BucketName::parse("ledger");
  test::FakePorts ports;
  boost::asio::io_context io;
  test::ManualClock clock;
  LoggedLines logged;
  JsonLog log{clock, LogLevel::debug, logged.sink()};
  KeptBus bus;
  HandlerOptions options;

  functions::Context context() { return ports.context(clock, log); }
  Reply handle(dr::Function function, const std::string& event, milliseconds time = milliseconds(60'000)) {
    Handler handler(function, {context()}, bus, log, options);
    Invocation invocation;
    invocation.request_id = "r-1";
    invocation.event = event;
    invocation.deadline = clock.now() + time;
    return run_in_time(io, clock, handler.handle(std::move(invocation)));
  }
  static boost::json::object result(const Reply& reply) {
    return boost::json::parse(reply.result).as_object();
  }
  std::string message(const s3::BucketName& bucket, dr::MessageKind kind = dr::MessageKind::ensure) {
    return dr::to_json(dr::message_for(ports.world.policy, kind, bucket, "c1"));
  }
  std::string delivery(const std::vector<std::string>& texts) {
    boost::json::array records;
    for (const std::string& text : texts)
      records.push_back({{"EventSource", "aws:sns"}, {"Sns", {{"Message", text}}}});
    return boost::json::serialize(boost::json::object{{"Records", std::move(records)}});
  }
  static std::string tagging_event(const std::string& bucket) {
    return R"({"source":"aws.s3","id":"e-1","detail":{"eventSource":"s3.amazonaws.com","eventName":"PutBucketTagging",)"
           R"("requestParameters":{"bucketName":")" +
           bucket + R"("}}})";
  }
  // The flow over deliveries, as SNS makes them, until no message is left.
  void flow(const std::string& event) {
    EXPECT_FALSE(handle(dr::Function::source_bucket_check, event).failure);
    for (int i = 0; i < 20 && !ports.queue.empty(); ++i) {
      const auto [to, text] = ports.queue.front();
      ports.queue.pop_front();
      EXPECT_FALSE(handle(to, delivery({text})).failure) << logged.text;
    }
    EXPECT_TRUE(ports.queue.empty());
  }
};

}  // namespace s3dr::lambda
