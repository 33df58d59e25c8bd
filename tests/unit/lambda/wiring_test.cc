// Which keys and which host each port of a function uses.
#include "lambda/wiring.h"

#include "lambda_fixture.h"
#include "support/scripted_transport.h"

namespace s3dr::lambda {
namespace {

struct Wired : testing::Test {
  test::ScriptedTransport transport;
  test::ManualClock clock;
  std::unique_ptr<Random> random = make_seeded_random(1);
  std::unique_ptr<Log> log = make_null_log();
  std::map<std::string, std::string, std::less<>> variables = complete_environment("source_bucket_check");

  std::unique_ptr<Wiring> wire() {
    Settings settings = read_settings([this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    });
    return std::make_unique<Wiring>(transport, std::move(settings), clock, *random, *log);
  }
  // Whose key signed the last request, and where it went.
  std::string signer() const {
    const std::string header = transport.last().header("Authorization");
    const auto begin = header.find("Credential=") + 11;
    return header.substr(begin, header.find('/', begin) - begin);
  }
  void two_accounts() {
    variables["S3DR_DESTINATION_ACCOUNT"] = "444455556666";
    variables["S3DR_REMOTE_ROLE"] = "arn:aws:iam::444455556666:role/remote";
  }
  void answer_with_role() { transport.answer(200, assumed_role); }
  void head(ports::BucketStore& store) { test::run(store.head_bucket(s3::BucketName::parse("ledger"))); }
};

TEST_F(Wired, sends_nothing_before_the_first_call) {
  const auto wiring = wire();
  wiring->context();
  wiring->bus();
  EXPECT_EQ(transport.count(), 0U);
}

TEST_F(Wired, reaches_both_sides_with_the_functions_own_keys_where_there_is_one_account) {
  const auto wiring = wire();
  transport.answer(200).answer(200);
  head(wiring->context().source);
  EXPECT_EQ(signer(), "AKIDEXAMPLE");
  EXPECT_EQ(transport.last().endpoint.host, "ledger.s3.us-west-2.amazonaws.com");
  head(wiring->context().destination);
  EXPECT_EQ(signer(), "AKIDEXAMPLE");
  EXPECT_EQ(transport.last().endpoint.host, "ledger.s3.us-east-2.amazonaws.com");
}

TEST_F(Wired, reaches_the_other_account_with_its_role_and_its_own_with_its_own_keys) {
  two_accounts();
  const auto wiring = wire();
  transport.answer(200);
  head(wiring->context().source);
  EXPECT_EQ(signer(), "AKIDEXAMPLE");
  answer_with_role();
  transport.answer(200);
  head(wiring->context().destination);
  EXPECT_EQ(signer(), "ASIAREMOTE");
  EXPECT_EQ(transport.sent()[1].endpoint.host, "sts.us-west-2.amazonaws.com");
  EXPECT_NE(transport.sent()[1].body.find("role%2Fremote"), std::string::npos);
}

TEST_F(Wired, for_destination_bucket_check_the_other_side_is_the_source) {
  variables["S3DR_FUNCTION"] = "destination_bucket_check";
  variables["S3DR_DESTINATION_ACCOUNT"] = "444455556666";
  variables["S3DR_REMOTE_ROLE"] = "arn:aws:iam::111122223333:role/remote";
  const auto wiring = wire();
  transport.answer(200);
  head(wiring->context().destination);
  EXPECT_EQ(signer(), "AKIDEXAMPLE");
  answer_with_role();
  transport.answer(200);
  head(wiring->context().source);
  EXPECT_EQ(signer(), "ASIAREMOTE");
  EXPECT_EQ(transport.sent()[1].endpoint.host, "sts.us-east-2.amazonaws.com");
}

TEST_F(Wired, publishes_in_the_region_of_the_topic) {
  const auto wiring = wire();
  const std::string published =
      "<PublishResponse "
      "xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>m</MessageId>"
      "</PublishResult></PublishResponse>";
  transport.answer(200, published).answer(200, published);
  test::run(wiring->context().to_destination_bucket_check.publish("{}"));
  EXPECT_EQ(transport.last().endpoint.host, "sns.us-east-2.amazonaws.com");
  test::run(wiring->context().to_enable_replication.publish("{}"));
  EXPECT_EQ(transport.last().endpoint.host, "sns.us-west-2.amazonaws.com");
}

TEST_F(Wired, a_topic_that_a_function_was_not_given_is_an_error_and_not_silence) {
  variables["S3DR_FUNCTION"] = "enable_replication";
  const auto wiring = wire();
  EXPECT_THROW(test::run(wiring->context().to_destination_bucket_check.publish("{}")), Error);
}

}  // namespace
}  // namespace s3dr::lambda
