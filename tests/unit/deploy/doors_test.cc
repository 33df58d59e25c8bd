// The self-test's doors: what a new rule misses is sent again.
#include "deploy/doors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "places_of_a_test.h"
#include "samples.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

// A bus, topics, log groups and an empty dead letter queue. What is sent is in the log at once, unless it is swallowed.
class DoorsOfATest : public http::HttpTransport {
 public:
  std::map<std::string, int> swallowed;  // how many of each detail type get lost
  std::map<std::string, std::vector<milliseconds>> sent;
  std::set<std::string> arrived;
  std::string letter;  // lies in the dead letter queue; empty: none
  explicit DoorsOfATest(const Clock& clock) : clock_(clock) {}

  Task<HttpResponse> send(Endpoint, HttpRequest request, http::SendOptions) override {
    const bool of_lambda = request.method == "GET";
    const std::string target(request.headers.get_or("X-Amz-Target", of_lambda ? ".GetPolicy" : ".Publish"));
    const std::string body = co_await request.body.read_all(1 << 20);
    HttpResponse response;
    response.status = 200;
    response.body = Body(answer(target.substr(target.rfind('.') + 1), body));
    co_return response;
  }

 private:
  std::string answer(const std::string& action, const std::string& body) {
    if (action == "Publish") {
      return "<PublishResponse><PublishResult><MessageId>" + take("message") +
             "</MessageId></PublishResult></PublishResponse>";
    }
    if (action == "PutEvents") {
      const json::value given = json::parse(body);
      const json::value& entry = given.at("Entries").at(0);
      const std::string id = take(std::string(entry.at("DetailType").as_string()));
      return json::serialize(json::object{{"Entries", json::array{json::object{{"EventId", id}}}}});
    }
    if (action == "FilterLogEvents") return found(json::parse(body).at("filterPattern").as_string());
    if (action == "GetQueueUrl") return R"({"QueueUrl":"http://queue"})";
    if (action == "ReceiveMessage") {
      json::array letters;
      if (!letter.empty()) letters.push_back(json::object{{"Body", letter}});
      return json::serialize(json::object{{"Messages", std::move(letters)}});
    }
    return "{}";
  }

  std::string take(const std::string& type) {
    sent[type].push_back(clock_.uptime());
    const std::string id = type + "-" + std::to_string(++count_);
    if (swallowed[type]-- <= 0) arrived.insert(id);
    return id;
  }

  // As CloudWatch Logs: "a" is one phrase; ?"a" ?"b" is any of them.
  std::string found(std::string_view filter) const {
    json::array lines;
    for (const std::string& id : arrived) {
      const bool asked = filter == "\"" + id + "\"" || filter.contains("?\"" + id + "\"");
      if (asked) lines.push_back(json::object{{"message", R"({"id":")" + id + "\"}"}, {"timestamp", 1}});
    }
    return json::serialize(json::object{{"events", std::move(lines)}});
  }

  const Clock& clock_;
  int count_ = 0;
};

struct DoorsTest : testing::Test {
  s3dr::test::ManualClock clock;
  DoorsOfATest transport{clock};
  Settings settings = test::one_account();

  std::vector<SelfTestStep> try_all() {
    test::PlacesOfATest clients(transport, clock, settings);
    const Places places = clients.places();
    std::vector<SelfTestStep> steps;
    boost::asio::io_context context;
    s3dr::test::Outcome outcome;
    s3dr::test::start(context, keep(try_doors(places, settings, clock, "run-1"), steps), outcome);
    s3dr::test::settle(context);
    for (int seconds = 0; !outcome.ended && seconds < 3'600; ++seconds) {
      clock.advance(std::chrono::seconds(1));
      s3dr::test::settle(context);
    }
    EXPECT_TRUE(outcome.ended);
    outcome.rethrow();
    return steps;
  }

  static Task<> keep(Task<std::vector<SelfTestStep>> running, std::vector<SelfTestStep>& steps) {
    steps = co_await std::move(running);
  }

  // The step whose door is called so. The schedule is not what these tests are about.
  static SelfTestStep step_of(const std::vector<SelfTestStep>& steps, const std::string& text) {
    const auto found = std::ranges::find_if(steps, [&](const auto& one) { return one.what.contains(text); });
    EXPECT_NE(found, steps.end()) << text;
    return found == steps.end() ? SelfTestStep() : *found;
  }
};

constexpr const char* tag_change = "Tag Change on Resource";

TEST_F(DoorsTest, what_arrives_is_sent_once) {
  const auto steps = try_all();
  EXPECT_EQ(std::ranges::count_if(steps, &SelfTestStep::passed), 6);
  EXPECT_EQ(transport.sent[tag_change].size(), 1U);
  EXPECT_EQ(transport.sent["message"].size(), 2U);
}

TEST_F(DoorsTest, what_a_new_rule_misses_is_sent_again_after_fifteen_seconds) {
  transport.swallowed[tag_change] = 1;
  const SelfTestStep step = step_of(try_all(), "s3dr-tag-changes");
  EXPECT_TRUE(step.passed) << step.detail;
  const auto& sent = transport.sent[tag_change];
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_GE(sent[1] - sent[0], std::chrono::seconds(15));
  EXPECT_LT(sent[1] - sent[0], std::chrono::seconds(18));
}

TEST_F(DoorsTest, a_rule_that_matches_nothing_is_found_at_the_deadline) {
  transport.swallowed[tag_change] = 1'000;
  const auto steps = try_all();
  const SelfTestStep step = step_of(steps, "s3dr-tag-changes");
  EXPECT_FALSE(step.passed);
  EXPECT_TRUE(step.detail.contains("within 180 s")) << step.detail;
  EXPECT_TRUE(step.detail.contains("times")) << step.detail;
  EXPECT_GE(transport.sent[tag_change].size(), 10U);
  EXPECT_LE(transport.sent[tag_change].size(), 13U);
  EXPECT_TRUE(step_of(steps, "s3dr-bucket-checks").passed) << "the next door is tried all the same";
}

TEST_F(DoorsTest, the_last_one_that_was_sent_counts_as_well) {
  transport.swallowed[tag_change] = 3;
  EXPECT_TRUE(step_of(try_all(), "s3dr-tag-changes").passed);
  EXPECT_EQ(transport.sent[tag_change].size(), 4U);
}

TEST_F(DoorsTest, what_lies_in_the_dead_letter_queue_is_not_waited_for) {
  transport.swallowed["message"] = 1'000;
  transport.letter = "message-5 and message-6";
  const SelfTestStep step = step_of(try_all(), "the topic");
  EXPECT_FALSE(step.passed);
  EXPECT_TRUE(step.detail.contains("dead letter queue")) << step.detail;
  EXPECT_EQ(transport.sent["message"].size(), 2U);
}

}  // namespace
}  // namespace s3dr::deploy
