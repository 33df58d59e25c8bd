#include "client/credentials/refreshing_credentials.h"

#include <deque>

#include "base/error.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr::client {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Hands out "1", "2", … with the life times it was told; fails when told.
struct Script {
  std::deque<std::optional<milliseconds>> lives;  // of the next keys; nullopt: a failure
  ErrorKind failure = ErrorKind::unavailable;
  milliseconds takes{0};
  bool stable = false;
  int asked = 0;
  int chosen = 0;
};

class ScriptedSource : public CredentialSource {
 public:
  ScriptedSource(Script& script, Clock& clock) : script_(script), clock_(clock) {}
  Task<TimedCredentials> fetch() override {
    const int number = ++script_.asked;
    if (script_.takes.count() > 0) co_await clock_.sleep(script_.takes);
    if (script_.lives.empty()) throw Error(ErrorKind::corrupt, "asked too often");
    const auto life = script_.lives.front();
    script_.lives.pop_front();
    if (!life) throw Error(script_.failure, "scripted failure");
    TimedCredentials result;
    result.keys.access_key_id = std::to_string(number);
    result.expires = clock_.now() + *life;
    co_return result;
  }
  std::string method() const override { return "test"; }
  std::string where() const override { return "a test"; }
  bool is_statically_stable() const override { return script_.stable; }

 private:
  Script& script_;
  Clock& clock_;
};

class RefreshingTest : public testing::Test {
 protected:
  std::string get() { return test::run(context, provider->get()).access_key_id; }
  ErrorKind failure() {
    try {
      (void)get();
    } catch (const Error& error) {
      return error.kind();
    }
    ADD_FAILURE() << "no failure";
    return ErrorKind::corrupt;
  }
  Task<> note(std::vector<std::string>& seen) {
    std::string text;
    try {
      text = (co_await provider->get()).access_key_id;
    } catch (const Error& error) {
      text = to_string(error.kind());
    }
    seen.push_back(text);
  }

  Script script;
  boost::asio::io_context context;
  test::ManualClock clock;
  std::unique_ptr<Random> random = make_seeded_random(3);
  std::unique_ptr<CredentialsProvider> provider = make_refreshing_credentials(
      [this] {
        ++script.chosen;
        return std::make_unique<ScriptedSource>(script, clock);
      },
      clock, *random);
};

TEST_F(RefreshingTest, AsksOnceAndAgainWithFifteenMinutesLeft) {
  script.lives = {hours(1), hours(1)};
  EXPECT_EQ(get(), "1");
  clock.advance(minutes(44));
  EXPECT_EQ(get(), "1");
  clock.advance(minutes(2));
  EXPECT_EQ(get(), "2");
  EXPECT_EQ(get(), "2");
}

TEST_F(RefreshingTest, AFailureWithKeysThatAreStillGoodDoesNotMatter) {
  script.lives = {hours(1), std::nullopt, std::nullopt, hours(1)};
  EXPECT_EQ(get(), "1");
  clock.advance(minutes(46));
  EXPECT_EQ(get(), "1");
  EXPECT_EQ(get(), "1");  // within the pause
  EXPECT_EQ(script.asked, 2);
  clock.advance(minutes(6));  // mandatory, but eight minutes are left
  EXPECT_EQ(get(), "1");
  EXPECT_EQ(script.asked, 3);
  clock.advance(minutes(2));
  EXPECT_EQ(get(), "4");
}

TEST_F(RefreshingTest, ExpiredKeysAreNotUsed) {
  script.lives = {hours(1), std::nullopt, std::nullopt, hours(1)};
  EXPECT_EQ(get(), "1");
  clock.advance(minutes(61));
  EXPECT_EQ(failure(), ErrorKind::unavailable);
  EXPECT_EQ(failure(), ErrorKind::unavailable);
  EXPECT_EQ(get(), "4");
}

TEST_F(RefreshingTest, KeysThatHaveExpiredAlreadyAreRefused) {
  script.lives = {seconds(-5), hours(1)};
  EXPECT_EQ(failure(), ErrorKind::invalid);
  EXPECT_EQ(get(), "2");
}

TEST_F(RefreshingTest, AStableSourceIsTrustedBeyondTheExpiry) {
  script.stable = true;
  script.lives = {hours(1), std::nullopt, seconds(-60), hours(1)};
  EXPECT_EQ(get(), "1");
  clock.advance(minutes(61));
  EXPECT_EQ(get(), "1");
  clock.advance(minutes(4));
  EXPECT_EQ(get(), "1");
  EXPECT_EQ(script.asked, 2);  // five to ten minutes later
  clock.advance(minutes(7));
  EXPECT_EQ(get(), "3");  // expired, as the service itself is in trouble
  EXPECT_EQ(get(), "3");
  clock.advance(minutes(11));
  EXPECT_EQ(get(), "4");
}

TEST_F(RefreshingTest, AStableSourceThatRefusesIsBelieved) {
  script.stable = true;
  script.failure = ErrorKind::denied;
  script.lives = {hours(1), std::nullopt};
  EXPECT_EQ(get(), "1");
  clock.advance(minutes(61));
  EXPECT_EQ(failure(), ErrorKind::denied);
}

TEST_F(RefreshingTest, KeysOfAShortLifeAreNotAskedForAtEachRequest) {
  script.lives = {minutes(5), minutes(5)};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(), "1");
  clock.advance(seconds(61));
  EXPECT_EQ(get(), "2");
}

TEST_F(RefreshingTest, OneRenewalAtATimeAndAllGetItsOutcome) {
  script.takes = seconds(1);
  script.lives = {hours(1)};
  std::vector<std::string> seen;
  std::deque<test::Outcome> outcomes(5);
  for (auto& outcome : outcomes) test::start(context, note(seen), outcome);
  test::settle(context);
  EXPECT_EQ(script.asked, 1);
  clock.advance(seconds(2));
  test::settle(context);
  EXPECT_EQ(seen, std::vector<std::string>(5, "1"));

  // Fifteen minutes before the end only one waits.
  seen.clear();
  script.lives = {hours(1)};
  clock.advance(minutes(47));
  std::deque<test::Outcome> more(3);
  for (auto& outcome : more) test::start(context, note(seen), outcome);
  test::settle(context);
  EXPECT_EQ(seen, std::vector<std::string>(2, "1"));
  clock.advance(seconds(2));
  test::settle(context);
  EXPECT_EQ(seen.back(), "2");

  // A failure is everybody's; the next one asks again.
  seen.clear();
  script.lives = {std::nullopt, hours(1)};
  provider->renew();
  std::deque<test::Outcome> last(3);
  for (auto& outcome : last) test::start(context, note(seen), outcome);
  test::settle(context);
  clock.advance(seconds(2));
  test::settle(context);
  EXPECT_EQ(seen, std::vector<std::string>(3, "unavailable"));
  EXPECT_EQ(script.asked, 3);
}

TEST_F(RefreshingTest, WhoeverWaitedTakesOverFromACancelledRequest) {
  script.takes = seconds(1);
  script.lives = {hours(1)};
  std::vector<std::string> seen;
  test::Outcome first, second, third;
  test::start(context, note(seen), first);
  test::start(context, note(seen), second);
  test::start(context, note(seen), third);
  test::settle(context);
  third.cancel();  // one that waits: the others do not notice
  test::settle(context);
  EXPECT_TRUE(third.ended);
  first.cancel();  // the one that asks
  test::settle(context);
  EXPECT_TRUE(first.ended);
  EXPECT_FALSE(second.ended);
  EXPECT_EQ(script.asked, 2);
  clock.advance(seconds(2));
  test::settle(context);
  EXPECT_EQ(seen, std::vector<std::string>{"2"});
}

TEST_F(RefreshingTest, ARenewalChoosesTheSourceAnew) {
  script.lives = {hours(1), hours(1)};
  EXPECT_EQ(get(), "1");
  EXPECT_TRUE(provider->renew());
  EXPECT_EQ(get(), "2");
  EXPECT_EQ(script.chosen, 2);
}

}  // namespace
}  // namespace s3dr::client
