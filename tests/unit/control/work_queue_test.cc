#include "control/work_queue.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr::control {
namespace {

using functions::Outcome;

// "warning bucket-a Conflict": level, bucket and condition of each line ("-": none).
class ConditionLog : public Log {
 public:
  explicit ConditionLog(std::vector<std::string>& lines) : lines_(lines) {}
  void write(LogLevel level, std::string_view, const std::vector<LogField>& fields) override {
    std::string bucket, condition = "-";
    for (const LogField& field : fields) {
      if (field.name == "bucket") bucket = field.value;
      if (field.name == "condition") condition = field.value;
    }
    lines_.push_back((level >= LogLevel::warning ? "warning " : "below ") + bucket + " " + condition);
  }

 private:
  std::vector<std::string>& lines_;
};

class WorkQueueTest : public testing::Test {
 protected:
  WorkQueueTest() {
    policy_.source_region = s3::Region::parse("us-west-2");
    policy_.source_account = s3::AccountId::parse("111122223333");
    options_.retry_base = options_.retry_cap = milliseconds(1'000);
    options_.attempts_max = 3;
  }
  ~WorkQueueTest() override {
    if (queue_ == nullptr) return;
    run_.cancel();
    test::settle(io_);
    EXPECT_TRUE(run_.ended);
  }

  void start() {
    queue_ = std::make_unique<WorkQueue>(
        io_.get_executor(), "test", options_,
        [this](dr::Message message) { return work(std::move(message)); }, clock_, *random_, *log_);
    test::start(io_, queue_->run(), run_);
    test::settle(io_);
  }

  Task<Outcome> work(dr::Message message) {
    worked_.push_back(message.bucket.text() + " " + message.correlation_id);
    ++running_;
    running_most_ = std::max(running_most_, running_);
    if (hold_.count() > 0) co_await clock_.sleep(hold_);
    --running_;
    if (throws_) throw std::runtime_error("planted");
    Outcome outcome;
    if (!outcomes_.empty()) {
      outcome = outcomes_.front();
      outcomes_.pop_front();
    }
    co_return outcome;
  }

  void publish(const std::string& bucket, const std::string& correlation = "c") {
    test::run(io_, queue_->publish(dr::to_json(dr::message_for(policy_, dr::MessageKind::look,
                                                               s3::BucketName::parse(bucket), correlation))));
    test::settle(io_);
  }

  void pass(milliseconds duration) {
    clock_.advance(duration);
    test::settle(io_);
  }

  static Outcome look_again(milliseconds after, bool error) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::look_again;
    outcome.after = after;
    if (error) outcome.error = ErrorKind::throttled;
    outcome.why = "planted";
    return outcome;
  }

  boost::asio::io_context io_;
  test::ManualClock clock_;
  std::unique_ptr<Random> random_ = make_seeded_random(1);
  std::unique_ptr<Log> log_ = make_null_log();
  dr::Policy policy_;
  WorkQueueOptions options_;
  std::unique_ptr<WorkQueue> queue_;
  test::Outcome run_;
  std::vector<std::string> worked_;
  std::deque<Outcome> outcomes_;
  milliseconds hold_{0};
  bool throws_ = false;
  int running_ = 0, running_most_ = 0;
};

TEST_F(WorkQueueTest, WorksOnEveryBucketOnce) {
  start();
  publish("bucket-a");
  publish("bucket-b");
  EXPECT_EQ(worked_, (std::vector<std::string>{"bucket-a c", "bucket-b c"}));
  EXPECT_EQ(queue_->waiting(), 0U);
  EXPECT_TRUE(queue_->idle());
}

TEST_F(WorkQueueTest, MergesMessagesForABucketThatIsBeingWorkedOnIntoOneMoreLook) {
  hold_ = milliseconds(100);
  start();
  publish("bucket-a", "1");
  publish("bucket-a", "2");
  publish("bucket-a", "3");
  EXPECT_EQ(worked_.size(), 1U);
  pass(hold_);
  pass(hold_);
  EXPECT_EQ(worked_, (std::vector<std::string>{"bucket-a 1", "bucket-a 3"}));
  EXPECT_EQ(running_most_, 1);
}

TEST_F(WorkQueueTest, WorksOnNoMoreBucketsAtATimeThanAllowed) {
  options_.concurrency_max = 2;
  hold_ = milliseconds(100);
  start();
  for (const char* bucket : {"bucket-a", "bucket-b", "bucket-c"}) publish(bucket);
  EXPECT_EQ(worked_.size(), 2U);
  pass(hold_);
  EXPECT_EQ(worked_.size(), 3U);
  pass(hold_);
  EXPECT_EQ(running_most_, 2);
}

TEST_F(WorkQueueTest, LooksAgainSoonFirstAndThenAsSeldomAsAskedFor) {
  for (int i = 0; i < 4; ++i) outcomes_.push_back(look_again(milliseconds(300), false));
  start();
  publish("bucket-a");
  for (const int wait : {100, 200, 300, 300}) {
    const std::size_t before = worked_.size();
    pass(milliseconds(wait - 1));
    EXPECT_EQ(worked_.size(), before) << wait;
    pass(milliseconds(1));
    EXPECT_EQ(worked_.size(), before + 1) << wait;
  }
  EXPECT_EQ(queue_->waiting(), 0U);
  EXPECT_TRUE(queue_->dead_letters().empty());
}

TEST_F(WorkQueueTest, NewsForABucketThatWaitsForItsNextLookIsLookedAtAtOnce) {
  outcomes_.push_back(look_again(milliseconds(60'000), false));
  start();
  publish("bucket-a", "1");
  publish("bucket-a", "2");
  EXPECT_EQ(worked_.back(), "bucket-a 2");
}

TEST_F(WorkQueueTest, GivesUpAfterSoManyFailuresInARowAndSaysSo) {
  for (int i = 0; i < 3; ++i) outcomes_.push_back(look_again(milliseconds(0), true));
  start();
  publish("bucket-a");
  for (int i = 0; i < 10; ++i) pass(milliseconds(1'000));
  EXPECT_EQ(worked_.size(), 3U);
  ASSERT_EQ(queue_->dead_letters().size(), 1U);
  EXPECT_EQ(queue_->dead_letters().front().why, "planted");
  EXPECT_EQ(queue_->waiting(), 0U);
}

TEST_F(WorkQueueTest, NewsDoesNotShortenTheBackoffOfAFailure) {
  options_.retry_base = options_.retry_cap = milliseconds(60'000);
  outcomes_.push_back(look_again(milliseconds(5'000), true));
  start();
  publish("bucket-a", "1");
  publish("bucket-a", "2");
  EXPECT_EQ(worked_.size(), 1U);
}

TEST_F(WorkQueueTest, WhatAPersonHasToActUponIsAWarningWithItsConditionHoweverItEnded) {
  std::vector<std::string> lines;
  log_ = std::make_unique<ConditionLog>(lines);
  Outcome outcome;
  outcome.kind = Outcome::Kind::done;  // the conflict was written into the record
  outcome.writes = 1;
  outcome.state = dr::State::conflict;
  outcome.for_a_person.emplace();
  outcome.for_a_person->type = dr::ConditionType::conflict;
  outcomes_.push_back(outcome);
  outcome.for_a_person.reset();
  outcome.kind = Outcome::Kind::blocked;
  outcome.state = dr::State::unknown;
  outcome.error = ErrorKind::denied;
  outcomes_.push_back(outcome);
  outcome = {};
  outcome.rules_lost = true;  // nothing to do, and still
  outcomes_.push_back(outcome);
  outcome = {};
  outcome.kind = Outcome::Kind::done;
  outcome.writes = 1;
  outcomes_.push_back(outcome);
  start();
  for (const char* bucket : {"bucket-a", "bucket-b", "bucket-c", "bucket-d"}) publish(bucket);
  EXPECT_EQ(lines, (std::vector<std::string>{"warning bucket-a Conflict", "warning bucket-b Permitted",
                                             "warning bucket-c RulesLost", "below bucket-d -"}));
}

TEST_F(WorkQueueTest, AnExceptionIsAFailureLikeAnyOther) {
  throws_ = true;
  start();
  publish("bucket-a");
  for (int i = 0; i < 10; ++i) pass(milliseconds(1'000));
  EXPECT_EQ(worked_.size(), 3U);
  EXPECT_EQ(queue_->dead_letters().size(), 1U);
}

TEST_F(WorkQueueTest, RefusesWhatIsNoMessageAndWhatIsTooMuch) {
  options_.buckets_max = 1;
  hold_ = milliseconds(100);
  start();
  EXPECT_THROW(test::run(io_, queue_->publish("not a message")), Error);
  publish("bucket-a");
  EXPECT_THROW(publish("bucket-b"), Error);
  publish("bucket-a");  // already in
}

// They share the bucket's replication configuration.
TEST_F(WorkQueueTest, TheProtectionsOfABucketTakeTurns) {
  hold_ = milliseconds(100);
  start();
  publish("bucket-a", "near");
  policy_.protection_name = "vault";
  publish("bucket-a", "vault");
  publish("bucket-b", "other");
  EXPECT_EQ(running_, 2) << "two buckets";
  EXPECT_EQ(worked_, (std::vector<std::string>{"bucket-a near", "bucket-b other"}));
  pass(milliseconds(100));
  EXPECT_EQ(worked_.back(), "bucket-a vault");
  pass(milliseconds(100));
  EXPECT_EQ(queue_->waiting(), 0U);
}

TEST_F(WorkQueueTest, AProtectionThatFailsDoesNotHoldUpAnotherOne) {
  outcomes_ = {look_again(milliseconds(1'000), true)};
  start();
  publish("bucket-a", "near");
  policy_.protection_name = "vault";
  publish("bucket-a", "vault");
  EXPECT_EQ(worked_, (std::vector<std::string>{"bucket-a near", "bucket-a vault"}));
  EXPECT_EQ(queue_->waiting(), 1U) << "the first one waits for itself";
}

TEST_F(WorkQueueTest, StopsWhileWorkIsUnderWay) {
  hold_ = milliseconds(1'000'000);
  start();
  publish("bucket-a");
  EXPECT_EQ(running_, 1);  // ends in the destructor of the fixture
}

}  // namespace
}  // namespace s3dr::control
