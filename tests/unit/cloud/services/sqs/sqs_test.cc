#include "cloud/services/sqs/sqs_service.h"

#include "aws/hash.h"
#include "base/encoding.h"
#include "cloud/services/common/message_attributes.h"
#include "cloud/services/common/targets.h"
#include "unit/cloud/services/services_fixture.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class SqsTest : public ServicesTest {
 protected:
  cloud::Reply call(const std::string& operation, const json::object& body,
                    const cloud::Account& account = cloud::alice) {
    return json_call("sqs", "AmazonSQS." + operation, body, account);
  }
  json::object ok(const std::string& operation, const json::object& body) {
    const cloud::Reply reply = call(operation, body);
    EXPECT_EQ(reply.status, 200) << operation << " " << reply.body;
    return parsed(reply);
  }
  // The name older clients get the refusal by.
  std::string refusal(const std::string& operation, const json::object& body,
                      const cloud::Account& account = cloud::alice) {
    const cloud::Reply reply = call(operation, body, account);
    EXPECT_GE(reply.status, 400) << operation << " " << reply.body;
    EXPECT_EQ(parsed(reply).at("__type").as_string(), reply.header("x-amzn-ErrorType"));
    return reply.header("x-amzn-query-error");
  }
  std::string create(const std::string& name, const json::object& attributes = {}) {
    return std::string(
        ok("CreateQueue", {{"QueueName", name}, {"Attributes", attributes}}).at("QueueUrl").as_string());
  }
  json::array receive(const std::string& url, json::object more = {}) {
    more["QueueUrl"] = url;
    const json::object answer = ok("ReceiveMessage", more);
    return answer.contains("Messages") ? answer.at("Messages").as_array() : json::array();
  }
  void send_text(const std::string& url, const std::string& body) {
    ok("SendMessage", {{"QueueUrl", url}, {"MessageBody", body}});
  }
  std::string count(const std::string& url, const std::string& which = "") {
    const std::string name = "ApproximateNumberOfMessages" + which;
    return std::string(ok("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", json::array{name}}})
                           .at("Attributes")
                           .at(name)
                           .as_string());
  }
  static std::string arn(const std::string& name) { return "arn:aws:sqs:us-west-2:111122223333:" + name; }
  static std::string redrive(const std::string& name, int receives) {
    return json::serialize(
        json::object{{"deadLetterTargetArn", arn(name)}, {"maxReceiveCount", std::to_string(receives)}});
  }
};

TEST_F(SqsTest, AMessageIsHiddenWhileSomeoneHasItAndComesBackUnlessDeleted) {
  const std::string url = create("orders");
  EXPECT_EQ(url, "http://localhost:9101/111122223333/orders");
  const json::object sent = ok("SendMessage", {{"QueueUrl", url}, {"MessageBody", "hello ü"}});
  EXPECT_EQ(sent.at("MD5OfMessageBody").as_string(), to_hex(aws::md5("hello ü")));
  EXPECT_EQ(count(url), "1");

  const json::array first =
      receive(url, {{"MessageSystemAttributeNames", json::array{"All"}}, {"VisibilityTimeout", 10}});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first.at(0).at("MessageId"), sent.at("MessageId"));
  EXPECT_EQ(first.at(0).at("Body").as_string(), "hello ü");
  EXPECT_EQ(first.at(0).at("Attributes").at("ApproximateReceiveCount").as_string(), "1");
  EXPECT_EQ(first.at(0).at("Attributes").at("SenderId").as_string(), "111122223333");
  EXPECT_TRUE(receive(url).empty());
  EXPECT_EQ(count(url), "0");
  EXPECT_EQ(count(url, "NotVisible"), "1");

  clock.advance(seconds(10));
  const json::array second = receive(url, {{"AttributeNames", json::array{"ApproximateReceiveCount"}}});
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second.at(0).at("Attributes").as_object().size(), 1U);
  EXPECT_EQ(second.at(0).at("Attributes").at("ApproximateReceiveCount").as_string(), "2");
  // The first receipt is old: accepted, and deletes nothing.
  ok("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", first.at(0).at("ReceiptHandle")}});
  EXPECT_EQ(count(url, "NotVisible"), "1");
  ok("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", second.at(0).at("ReceiptHandle")}});
  EXPECT_EQ(count(url, "NotVisible"), "0");
  ok("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", second.at(0).at("ReceiptHandle")}});
}

TEST_F(SqsTest, MessagesSurviveARestartHiddenOnesToo) {
  const std::string url = create("durable", {{"VisibilityTimeout", "20"}});
  send_text(url, "one");
  send_text(url, "two");
  ASSERT_EQ(receive(url).size(), 1U);
  start("us-west-2");
  EXPECT_EQ(count(url), "1");
  EXPECT_EQ(receive(url, {{"MaxNumberOfMessages", 10}}).size(), 1U);
  clock.advance(seconds(20));
  EXPECT_EQ(receive(url, {{"MaxNumberOfMessages", 10}}).size(), 2U);
}

TEST_F(SqsTest, CreatingTwiceIsTheSameQueueUnlessAnAttributeDiffers) {
  const std::string url = create("twice", {{"VisibilityTimeout", "60"}});
  EXPECT_EQ(create("twice", {{"VisibilityTimeout", "60"}}), url);
  EXPECT_EQ(create("twice", {{"DelaySeconds", "0"}}), url) << "the default is what it has";
  EXPECT_EQ(create("twice"), url);
  EXPECT_EQ(refusal("CreateQueue", {{"QueueName", "twice"}, {"Attributes", {{"VisibilityTimeout", "61"}}}}),
            "QueueAlreadyExists;Sender");
}

TEST_F(SqsTest, WhatWasReceivedTooOftenGoesToTheDeadLetterQueue) {
  const std::string dead = create("dead");
  const std::string url =
      create("alive", {{"RedrivePolicy", redrive("dead", 2)}, {"VisibilityTimeout", "0"}});
  const std::string told(ok("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", json::array{"All"}}})
                             .at("Attributes")
                             .at("RedrivePolicy")
                             .as_string());
  EXPECT_EQ(json::parse(told).at("maxReceiveCount").as_int64(), 2);
  const json::object sent =
      ok("SendMessage", {{"QueueUrl", url},
                         {"MessageBody", "poison"},
                         {"MessageAttributes", {{"a", {{"DataType", "Number"}, {"StringValue", "1"}}}}}});
  EXPECT_EQ(receive(url).size(), 1U);
  EXPECT_EQ(receive(url).size(), 1U);
  EXPECT_TRUE(receive(url).empty());
  const json::array moved =
      receive(dead, {{"AttributeNames", json::array{"All"}}, {"MessageAttributeNames", json::array{"All"}}});
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved.at(0).at("MessageId"), sent.at("MessageId"));
  EXPECT_EQ(moved.at(0).at("Attributes").at("DeadLetterQueueSourceArn").as_string(), arn("alive"));
  EXPECT_EQ(moved.at(0).at("MessageAttributes").at("a").at("DataType").as_string(), "Number");
  EXPECT_EQ(count(url), "0");
}

TEST_F(SqsTest, WithoutItsDeadLetterQueueAMessageIsHandedOutAgain) {
  const std::string dead = create("dead");
  const std::string url =
      create("alive", {{"RedrivePolicy", redrive("dead", 1)}, {"VisibilityTimeout", "0"}});
  ok("DeleteQueue", {{"QueueUrl", dead}});
  send_text(url, "stays");
  EXPECT_EQ(receive(url).size(), 1U);
  EXPECT_EQ(receive(url).size(), 1U);
}

TEST_F(SqsTest, LongPollingEndsWithTheMessageOrWithTheWait) {
  const std::string url = create("slow");
  const auto poll = [&](json::object body, std::optional<HttpResponse>& into) -> Task<> {
    cloud::Call call{"POST", "/", json::serialize(body)};
    call.headers.set("Content-Type", "application/x-amz-json-1.0");
    call.headers.set("X-Amz-Target", "AmazonSQS.ReceiveMessage");
    return [](cloud::Region& region, HttpRequest request, std::optional<HttpResponse>& answer) -> Task<> {
      answer.emplace(co_await region.handle(std::move(request)));
    }(west(), sign(call, "us-west-2", "sqs"), into);
  };
  std::optional<HttpResponse> answer;
  test::Outcome outcome;
  test::start(io, poll({{"QueueUrl", url}, {"WaitTimeSeconds", 20}}, answer), outcome);
  test::settle(io);
  EXPECT_FALSE(outcome.ended);
  send_text(url, "at last");
  test::settle(io);
  ASSERT_TRUE(outcome.ended);
  EXPECT_NE(run(answer->body.read_all(10'000)).find("at last"), std::string::npos);

  // A message that becomes visible ends the wait as well: it was hidden for 30 s.
  clock.advance(seconds(15));
  std::optional<HttpResponse> later;
  test::Outcome reappearing;
  test::start(io, poll({{"QueueUrl", url}, {"WaitTimeSeconds", 20}}, later), reappearing);
  test::settle(io);
  clock.advance(seconds(14));
  test::settle(io);
  EXPECT_FALSE(reappearing.ended);
  clock.advance(seconds(1));
  test::settle(io);
  ASSERT_TRUE(reappearing.ended);
  EXPECT_NE(run(later->body.read_all(10'000)).find("at last"), std::string::npos);

  std::optional<HttpResponse> nothing;
  test::Outcome in_vain;
  test::start(io, poll({{"QueueUrl", url}, {"WaitTimeSeconds", 3}}, nothing), in_vain);
  test::settle(io);
  clock.advance(seconds(3));
  test::settle(io);
  ASSERT_TRUE(in_vain.ended);
  EXPECT_EQ(run(nothing->body.read_all(10'000)), "{}");
}

TEST_F(SqsTest, AnotherServicesMessageIsReceivedLikeAnyOther) {
  const std::string url = create("inbox", open_queue());
  const Delivery delivery{arn("inbox"), "from outside", {{"kind", "event"}}, "events.amazonaws.com", "", ""};
  const Instant now = clock.now();
  for (int twice = 0; twice < 2; ++twice) {
    run(west().context().database.write(
        [&](cloud::Connection& db) { EXPECT_EQ(hand_over(db, delivery, now, "d-1"), Handed::taken); }));
  }
  const json::array received = receive(
      url, {{"MaxNumberOfMessages", 10}, {"MessageAttributeNames", json::array{"kin.*", "k.*", "kind"}}});
  ASSERT_EQ(received.size(), 1U) << "a delivery id is taken once";
  EXPECT_EQ(received.at(0).at("Body").as_string(), "from outside");
  EXPECT_EQ(received.at(0).at("MessageAttributes").at("kind").at("StringValue").as_string(), "event");
}

TEST_F(SqsTest, MessagesEndWithTheRetentionPeriod) {
  const std::string url = create("short", {{"MessageRetentionPeriod", "60"}});
  send_text(url, "soon gone");
  clock.advance(seconds(60));
  EXPECT_EQ(count(url), "0");
  EXPECT_TRUE(receive(url).empty());
  test::Outcome working;
  test::start(io, west().run(), working);
  test::settle(io);
  auto rows = west().context().database.reader().prepare("SELECT COUNT(*) FROM sqs_message");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.integer(0), 0);
  working.cancel();
  test::settle(io);
}

TEST_F(SqsTest, DelayedMessagesAreCountedApart) {
  const std::string url = create("later", {{"DelaySeconds", "5"}});
  send_text(url, "later");
  EXPECT_EQ(count(url, "Delayed"), "1");
  EXPECT_TRUE(receive(url).empty());
  clock.advance(seconds(5));
  EXPECT_EQ(receive(url).size(), 1U);
}

TEST_F(SqsTest, BatchesAnswerForEachEntry) {
  const std::string url = create("batch");
  const json::object sent = ok(
      "SendMessageBatch",
      {{"QueueUrl", url},
       {"Entries", json::array{json::object{{"Id", "a"}, {"MessageBody", "one"}},
                               json::object{{"Id", "b"}, {"MessageBody", ""}},
                               json::object{{"Id", "c"}, {"MessageBody", "three"}, {"DelaySeconds", 0}}}}});
  EXPECT_EQ(sent.at("Successful").as_array().size(), 2U);
  ASSERT_EQ(sent.at("Failed").as_array().size(), 1U);
  EXPECT_EQ(sent.at("Failed").at(0).at("Id").as_string(), "b");
  const json::array received = receive(url, {{"MaxNumberOfMessages", 10}});
  ASSERT_EQ(received.size(), 2U);
  const json::value receipt = received.at(0).at("ReceiptHandle");
  const json::object changed =
      ok("ChangeMessageVisibilityBatch",
         {{"QueueUrl", url},
          {"Entries",
           json::array{json::object{{"Id", "x"}, {"ReceiptHandle", receipt}, {"VisibilityTimeout", 0}},
                       json::object{{"Id", "y"}, {"ReceiptHandle", "AAAA"}, {"VisibilityTimeout", 0}}}}});
  EXPECT_EQ(changed.at("Failed").at(0).at("Code").as_string(), "ReceiptHandleIsInvalid");
  EXPECT_EQ(count(url), "1");
  EXPECT_EQ(refusal("ChangeMessageVisibility",
                    {{"QueueUrl", url}, {"ReceiptHandle", receipt}, {"VisibilityTimeout", 1}}),
            "AWS.SimpleQueueService.MessageNotInflight;Sender");
  const json::object deleted =
      ok("DeleteMessageBatch",
         {{"QueueUrl", url},
          {"Entries",
           json::array{json::object{{"Id", "x"}, {"ReceiptHandle", receipt}},
                       json::object{{"Id", "y"}, {"ReceiptHandle", received.at(1).at("ReceiptHandle")}}}}});
  EXPECT_EQ(deleted.at("Successful").as_array().size(), 2U);
  EXPECT_TRUE(deleted.at("Failed").as_array().empty());  // the service model requires both
  EXPECT_EQ(count(url), "0");
  EXPECT_EQ(refusal("DeleteMessageBatch", {{"QueueUrl", url}, {"Entries", json::array()}}),
            "AWS.SimpleQueueService.EmptyBatchRequest;Sender");
  const json::object same{{"Id", "a"}, {"MessageBody", "x"}};
  EXPECT_EQ(refusal("SendMessageBatch", {{"QueueUrl", url}, {"Entries", json::array{same, same}}}),
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct;Sender");
}

TEST_F(SqsTest, WhatIsWrongIsRefusedAndChangesNothing) {
  const std::string url = create("strict");
  EXPECT_EQ(refusal("GetQueueUrl", {{"QueueName", "nobody"}}),
            "AWS.SimpleQueueService.NonExistentQueue;Sender");
  EXPECT_EQ(refusal("SendMessage", {{"QueueUrl", url + "2"}, {"MessageBody", "x"}}),
            "AWS.SimpleQueueService.NonExistentQueue;Sender");
  EXPECT_EQ(refusal("SendMessage", {{"QueueUrl", url}, {"MessageBody", "x"}}, cloud::bob),
            "AccessDeniedException;Sender");
  EXPECT_EQ(refusal("GetQueueUrl", {{"QueueName", "strict"}}, cloud::bob),
            "AWS.SimpleQueueService.NonExistentQueue;Sender");
  EXPECT_EQ(refusal("SendMessage", {{"QueueUrl", url}, {"MessageBody", std::string("a\x01z")}}),
            "InvalidMessageContents;Sender");
  EXPECT_EQ(refusal("SendMessage", {{"QueueUrl", url}, {"MessageBody", 7}}), "InvalidParameterValue;Sender");
  EXPECT_EQ(refusal("SendMessage", {{"QueueUrl", url}, {"MessageBody", std::string(1'048'577, 'x')}}),
            "InvalidParameterValue;Sender");
  EXPECT_EQ(refusal("ReceiveMessage", {{"QueueUrl", url}, {"MaxNumberOfMessages", 11}}),
            "InvalidParameterValue;Sender");
  EXPECT_EQ(refusal("ReceiveMessage", {{"QueueUrl", url}, {"WaitTimeSeconds", 21}}),
            "InvalidParameterValue;Sender");
  EXPECT_EQ(refusal("CreateQueue", {{"QueueName", "no good"}}), "InvalidParameterValue;Sender");
  EXPECT_EQ(refusal("CreateQueue", {{"QueueName", "x.fifo"}}),
            "AWS.SimpleQueueService.UnsupportedOperation;Receiver");
  const auto set = [&](const std::string& name, const json::value& value) {
    return refusal("SetQueueAttributes", {{"QueueUrl", url}, {"Attributes", {{name, value}}}});
  };
  EXPECT_EQ(set("VisibilityTimeout", "43201"), "InvalidAttributeValue;Sender");
  EXPECT_EQ(set("VisibilityTimeout", 5), "InvalidAttributeValue;Sender");
  EXPECT_EQ(set("Policy", "{"), "InvalidAttributeValue;Sender");
  EXPECT_EQ(set("Colour", "red"), "InvalidAttributeName;Sender");
  EXPECT_EQ(set("KmsMasterKeyId", "alias/x"), "AWS.SimpleQueueService.UnsupportedOperation;Receiver");
  EXPECT_EQ(set("RedrivePolicy", json::value(redrive("nobody", 1))), "InvalidParameterValue;Sender");
  EXPECT_EQ(set("RedrivePolicy", "{\"maxReceiveCount\":1}"), "InvalidParameterValue;Sender");
  EXPECT_EQ(count(url), "0");
  EXPECT_EQ(call("StartMessageMoveTask", {}).status, 501);
}

TEST_F(SqsTest, PolicyAndTagsAreKept) {
  const std::string policy = open_policy();
  const std::string url = create("kept", {{"Policy", policy}});
  ok("TagQueue", {{"QueueUrl", url}, {"Tags", {{"owner", "dr"}, {"b", ""}}}});
  ok("UntagQueue", {{"QueueUrl", url}, {"TagKeys", json::array{"b", "nothing"}}});
  EXPECT_EQ(refusal("TagQueue", {{"QueueUrl", url}, {"Tags", {{"aws:x", "1"}}}}),
            "InvalidParameterValue;Sender");
  EXPECT_EQ(ok("ListQueueTags", {{"QueueUrl", url}}).at("Tags"), (json::object{{"owner", "dr"}}));
  const auto told = [&] {
    return ok("GetQueueAttributes",
              {{"QueueUrl", url}, {"AttributeNames", json::array{"Policy", "QueueArn"}}})
        .at("Attributes");
  };
  EXPECT_EQ(told(), (json::object{{"Policy", policy}, {"QueueArn", arn("kept")}}));
  ok("SetQueueAttributes", {{"QueueUrl", url}, {"Attributes", {{"Policy", ""}}}});
  EXPECT_EQ(told(), (json::object{{"QueueArn", arn("kept")}}));
}

TEST_F(SqsTest, QueuesAreListedByPrefixAndPage) {
  for (const char* name : {"a-1", "a-2", "a-3", "b-1"}) create(name);
  EXPECT_EQ(ok("ListQueues", {}).at("QueueUrls").as_array().size(), 4U);
  json::object page = ok("ListQueues", {{"QueueNamePrefix", "a-"}, {"MaxResults", 2}});
  EXPECT_EQ(page.at("QueueUrls").as_array().size(), 2U);
  page =
      ok("ListQueues", {{"QueueNamePrefix", "a-"}, {"MaxResults", 2}, {"NextToken", page.at("NextToken")}});
  EXPECT_EQ(page.at("QueueUrls").as_array().size(), 1U);
  EXPECT_FALSE(page.contains("NextToken"));
  EXPECT_EQ(call("ListQueues", {}, cloud::bob).body, "{}");
  send_text("http://x/111122223333/a-1", "x");
  ok("PurgeQueue", {{"QueueUrl", "http://x/111122223333/a-1"}});
  EXPECT_EQ(count("http://x/111122223333/a-1"), "0");
  ok("DeleteQueue", {{"QueueUrl", "http://x/111122223333/a-1"}});
  EXPECT_EQ(ok("ListQueues", {}).at("QueueUrls").as_array().size(), 3U);
}

TEST(MessageAttributes, DigestAndColumn) {
  const MessageAttributes attributes = {
      {"b", {"Binary.png", std::string("\0\1", 2)}}, {"a", {"String", "x"}}, {"n", {"Number", "-1.5e3"}}};
  EXPECT_EQ(from_attributes_column(to_attributes_column(attributes)), attributes);
  // Over the lengths (big-endian), types and values: computed apart from this code.
  EXPECT_EQ(md5_of({{"a", {"String", "x"}}}),
            to_hex(aws::md5(std::string("\0\0\0\1a\0\0\0\6String\1\0\0\0\1x", 21))));
  EXPECT_FALSE(why_refused("n", {"Number", "-1.5e3"}));
  for (const char* bad : {"", "x", "1.2.3", "--1", "e5", "1e", "."})
    EXPECT_TRUE(why_refused("n", {"Number", bad})) << bad;
  for (const char* bad : {"", ".a", "a.", "a..b", "AWS.x", "a b"})
    EXPECT_TRUE(why_refused(bad, {"String", "x"})) << bad;
}

}  // namespace
}  // namespace s3dr::services
