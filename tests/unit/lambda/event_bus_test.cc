// PutEvents: ten at a time, and a 200 that hides entries which were not taken.
#include "lambda/event_bus.h"

#include <boost/json.hpp>

#include "base/error.h"
#include "client/credentials.h"
#include "lambda_fixture.h"
#include "support/scripted_transport.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;

struct Bus : testing::Test {
  test::ScriptedTransport transport;
  test::ManualClock clock{test::Sleeps::wait};
  boost::asio::io_context io;
  std::unique_ptr<Random> random = make_seeded_random(1);
  std::unique_ptr<client::CredentialsProvider> credentials =
      client::make_fixed_credentials({"AKIDEXAMPLE", Secret("secret"), Secret()});
  client::ServiceClient client{transport, clock, *random, *credentials, options()};
  RetryPolicy retry{.attempts_max = 3, .delay_base = milliseconds(100)};
  std::unique_ptr<EventBus> bus = make_event_bus(client, retry);

  static client::ServiceClientOptions options() {
    client::ServiceClientOptions result;
    result.region = s3::Region::parse("us-west-2");
    return result;
  }
  Task<bool> put_all(std::vector<BusEvent> events) {
    co_await bus->put(std::move(events));
    co_return true;
  }
  void put(std::size_t count) {
    std::vector<BusEvent> events;
    for (std::size_t i = 0; i < count; ++i)
      events.push_back({"Bucket Check", "{\"n\":" + std::to_string(i) + "}"});
    run_in_time(io, clock, put_all(std::move(events)));
  }
  // `refused`: positions with their code.
  static std::string answer(std::size_t count, const std::map<std::size_t, std::string>& refused = {}) {
    json::array entries;
    for (std::size_t i = 0; i < count; ++i) {
      const auto found = refused.find(i);
      if (found == refused.end()) {
        entries.push_back({{"EventId", "e"}});
      } else {
        entries.push_back({{"ErrorCode", found->second}, {"ErrorMessage", "planted"}});
      }
    }
    return json::serialize(
        json::object{{"FailedEntryCount", refused.size()}, {"Entries", std::move(entries)}});
  }
  static json::array entries_of(const test::SentRequest& request) {
    return json::parse(request.body).at("Entries").as_array();
  }
};

TEST_F(Bus, puts_ten_at_a_time_from_our_own_source) {
  transport.answer(200, answer(10)).answer(200, answer(10)).answer(200, answer(3));
  put(23);
  ASSERT_EQ(transport.count(), 3U);
  EXPECT_EQ(transport.sent()[0].endpoint.host, "events.us-west-2.amazonaws.com");
  EXPECT_EQ(transport.sent()[0].header("X-Amz-Target"), "AWSEvents.PutEvents");
  const json::array last = entries_of(transport.sent()[2]);
  ASSERT_EQ(last.size(), 3U);
  EXPECT_EQ(last[0].at("Source").as_string(), "s3dr");
  EXPECT_EQ(last[0].at("DetailType").as_string(), "Bucket Check");
  EXPECT_EQ(last[0].at("Detail").as_string(), "{\"n\":20}");
}

TEST_F(Bus, puts_again_only_the_entries_that_were_not_taken) {
  transport.answer(200, answer(4, {{1, "ThrottlingException"}, {3, "InternalFailure"}}))
      .answer(200, answer(2));
  put(4);
  const json::array again = entries_of(transport.last());
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].at("Detail").as_string(), "{\"n\":1}");
  EXPECT_EQ(again[1].at("Detail").as_string(), "{\"n\":3}");
}

TEST_F(Bus, gives_up_with_the_reason_after_a_few_times) {
  for (int i = 0; i < 3; ++i) transport.answer(200, answer(1, {{0, "ThrottlingException"}}));
  try {
    put(1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::throttled);
    EXPECT_EQ(error.code(), "ThrottlingException");
  }
}

TEST_F(Bus, an_entry_that_will_never_be_taken_is_an_error_at_once) {
  transport.answer(200, answer(1, {{0, "NotAuthorizedForSourceException"}}));
  try {
    put(1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::denied);
  }
}

TEST_F(Bus, an_answer_that_does_not_speak_of_every_entry_is_not_believed) {
  for (const char* body : {"", "[]", "{}", R"({"Entries":[]})", R"({"Entries":[1]})", R"({"Entries":{}})"}) {
    transport.answer(200, body);
    EXPECT_THROW(put(1), Error) << body;
  }
}

}  // namespace
}  // namespace s3dr::lambda
