#include "client/services/sns_topic.h"

#include "service_fixture.h"

namespace s3dr::client {
namespace {

using SnsTopicTest = ServiceTest;
const char* const topic_arn = "arn:aws:sns:eu-west-1:111122223333:dr-enable-replication";

TEST_F(SnsTopicTest, PublishesAndRepeatsBlindly) {
  transport.fail(ErrorKind::outcome_unknown)
      .answer(500, query_error("InternalFailure"))
      .answer(200, "<PublishResponse/>");
  run(make_sns_topic(service(), topic_arn)->publish("{\"bucket\": \"a\"}"));
  EXPECT_EQ(transport.count(), 3u);
  EXPECT_EQ(transport.last().body,
            "Action=Publish&Version=2010-03-31&Message=%7B%22bucket%22%3A%20%22a%22%7D&"
            "TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333%3Adr-enable-replication");
  expect_signed_for(transport.last(), "sns", "eu-west-1", clock.now());
}

TEST_F(SnsTopicTest, NamesTheTopicThatRefuses) {
  const auto topic = make_sns_topic(service(), topic_arn);
  transport.answer(404, query_error("NotFound"));
  const Error gone = error_of(topic->publish("m"));
  EXPECT_EQ(gone.kind(), ErrorKind::not_found);
  EXPECT_EQ(gone.resource(), topic_arn);
  transport.answer(403, query_error("AuthorizationError"));
  EXPECT_EQ(error_of(topic->publish("m")).kind(), ErrorKind::denied);
}

TEST_F(SnsTopicTest, RefusesWhatSnsWouldRefuse) {
  for (const char* arn : {"arn:aws:sns:eu-central-1:111122223333:t", "arn:aws:sqs:eu-west-1:111122223333:t",
                          "arn:aws:sns:eu-west-1:111122223333:t:subscription", "dr", ""}) {
    EXPECT_THROW(make_sns_topic(service(), arn), Error) << arn;
  }
  const auto topic = make_sns_topic(service(), topic_arn);
  EXPECT_EQ(error_of(topic->publish("")).kind(), ErrorKind::invalid);
  EXPECT_EQ(error_of(topic->publish(std::string(256 * 1024 + 1, 'x'))).kind(), ErrorKind::invalid);
  EXPECT_EQ(transport.count(), 0u);
}

}  // namespace
}  // namespace s3dr::client
