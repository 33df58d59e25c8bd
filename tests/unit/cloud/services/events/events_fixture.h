// A region whose background work runs, with queues as targets (their rows alone: the SQS service is not
// asked).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "unit/cloud/services/services_fixture.h"

namespace s3dr::services {

// What waits in outbox and queue, and what was given up without a dead-letter queue.
struct DeliveryState {
  std::uint64_t unmatched = 0;
  std::uint64_t waiting = 0;
  std::uint64_t dropped = 0;
};

class EventsTest : public ServicesTest {
 protected:
  ~EventsTest() override { stop(); }

  void restart() {
    stop();
    start("us-west-2");
    work();
  }
  void pass(milliseconds time, milliseconds step = milliseconds(50)) { ServicesTest::pass(time, step); }

  cloud::Reply events(const std::string& operation, const boost::json::value& body,
                      const cloud::Account& account = cloud::alice) {
    cloud::Reply reply = json_call("events", "AWSEvents." + operation, body, account);
    test::settle(io);
    return reply;
  }
  boost::json::object answer(const std::string& operation, const boost::json::value& body,
                             const cloud::Account& account = cloud::alice) {
    const cloud::Reply reply = events(operation, body, account);
    EXPECT_EQ(reply.status, 200) << operation << reply.body;
    return parsed(reply);
  }
  // The error's name.
  std::string refusal(const std::string& operation, const boost::json::value& body,
                      const cloud::Account& account = cloud::alice) {
    const cloud::Reply reply = events(operation, body, account);
    EXPECT_NE(reply.status, 200) << operation << boost::json::serialize(body).substr(0, 500);
    if (reply.status == 200) return "";
    return std::string(parsed(reply).at("__type").as_string());
  }

  static std::string queue_arn(const std::string& name, const cloud::Account& account = cloud::alice) {
    return "arn:aws:sqs:us-west-2:" + account.id + ":" + name;
  }
  std::string make_queue(const std::string& name, const cloud::Account& account = cloud::alice) {
    run(west().context().database.write([&](cloud::Connection& db) {
      db.prepare("INSERT INTO sqs_queue (account, name, attributes, created_ms) VALUES (?, ?, ?, 0)")
          .bind(account.id, name, boost::json::serialize(open_queue()))
          .run();
    }));
    return queue_arn(name, account);
  }
  struct Message {
    boost::json::value body;
    boost::json::object attributes;
  };
  std::vector<Message> messages(const std::string& queue) {
    std::vector<Message> result;
    auto rows = west().context().database.reader().prepare(
        "SELECT m.body, m.attributes FROM sqs_message m JOIN sqs_queue q ON q.id = m.queue WHERE q.name = ? "
        "ORDER BY m.rowid");
    rows.bind(queue);
    while (rows.step())
      result.push_back({boost::json::parse(rows.text(0)), boost::json::parse(rows.text(1)).as_object()});
    return result;
  }

  // A rule with one target.
  void make_rule(const std::string& name, const std::string& pattern, boost::json::object target,
                 const cloud::Account& account = cloud::alice) {
    answer("PutRule", {{"Name", name}, {"EventPattern", pattern}}, account);
    if (!target.contains("Id")) target["Id"] = "one";
    const auto put = answer(
        "PutTargets", {{"Rule", name}, {"Targets", boost::json::array{boost::json::value(target)}}}, account);
    ASSERT_EQ(put.at("FailedEntryCount"), 0) << boost::json::serialize(put);
  }
  boost::json::object put_event(const std::string& source, const std::string& detail = "{}",
                                const cloud::Account& account = cloud::alice) {
    boost::json::object entry = {{"Source", source}, {"DetailType", "test"}, {"Detail", detail}};
    return answer("PutEvents", {{"Entries", boost::json::array{boost::json::value(entry)}}}, account);
  }
  // An API destination of its own connection; its ARN.
  std::string make_destination(const std::string& name, const std::string& url, std::int64_t rate = 300) {
    const auto connection = answer(
        "CreateConnection",
        {{"Name", name},
         {"AuthorizationType", "API_KEY"},
         {"AuthParameters",
          {{"ApiKeyAuthParameters", {{"ApiKeyName", "x-key"}, {"ApiKeyValue", "key-canary-secret"}}}}}});
    const auto destination =
        answer("CreateApiDestination", {{"Name", name},
                                        {"ConnectionArn", connection.at("ConnectionArn")},
                                        {"InvocationEndpoint", url},
                                        {"HttpMethod", "POST"},
                                        {"InvocationRateLimitPerSecond", rate}});
    return std::string(destination.at("ApiDestinationArn").as_string());
  }
  // So that what a test looks at is its own alone.
  void without_serve() { answer("DisableRule", {{"Name", "s3dr-serve"}}); }
  DeliveryState state() {
    const auto number = [&](std::string_view query) -> std::uint64_t {
      auto row = west().context().database.reader().prepare(query);
      return row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
    };
    return {number("SELECT COUNT(*) FROM event"), number("SELECT COUNT(*) FROM event_delivery"),
            number("SELECT value FROM counter WHERE name = 'event_deliveries_dropped'")};
  }
};

}  // namespace s3dr::services
