// SQS as older clients speak it: forms in, XML out.
#include "cloud/services/sqs/sqs_protocol.h"

#include "aws/hash.h"
#include "base/encoding.h"
#include "cloud/services/common/message_attributes.h"
#include "unit/cloud/services/services_fixture.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using std::chrono::seconds;
using Form = std::map<std::string, std::string>;

class SqsQueryTest : public ServicesTest {
 protected:
  cloud::Reply call(const std::string& action, const Form& form,
                    const cloud::Account& account = cloud::alice) {
    return query("sqs", action, form, account);
  }
  std::string ok(const std::string& action, const Form& form) {
    const cloud::Reply reply = call(action, form);
    EXPECT_EQ(reply.status, 200) << action << " " << reply.body;
    EXPECT_TRUE(reply.body.starts_with("<" + action +
                                       "Response xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">"))
        << reply.body;
    EXPECT_FALSE(reply.element("RequestId").empty());
    return reply.body;
  }
  std::string refusal(const std::string& action, const Form& form,
                      const cloud::Account& account = cloud::alice) {
    const cloud::Reply reply = call(action, form, account);
    EXPECT_GE(reply.status, 400) << action << " " << reply.body;
    EXPECT_EQ(reply.element("Type"), reply.status >= 500 ? "Receiver" : "Sender");
    return reply.code();
  }
  // A form sent to a queue's own address.
  cloud::Reply at(const std::string& path, const std::string& body,
                  const cloud::Account& account = cloud::alice) {
    cloud::Call call{"POST", path, body};
    call.headers.set("Content-Type", "application/x-www-form-urlencoded");
    call.account = account;
    return send(west(), sign(call, "us-west-2", "sqs"));
  }
  std::string create(const std::string& name) {
    return cloud::Reply{200, {}, ok("CreateQueue", {{"QueueName", name}})}.element("QueueUrl");
  }
  std::string element(const std::string& body, const std::string& name) {
    return cloud::Reply{200, {}, body}.element(name);
  }
  static std::size_t count(const std::string& body, const std::string& text) {
    std::size_t found = 0;
    for (std::size_t at = body.find(text); at != std::string::npos; at = body.find(text, at + 1)) ++found;
    return found;
  }
  static std::string named(const std::string& element, const std::string& name, const std::string& value) {
    return "<" + element + "><Name>" + name + "</Name><Value>" + value + "</Value></" + element + ">";
  }
};

TEST_F(SqsQueryTest, AMessageGoesInAndOut) {
  const std::string url = create("old");
  EXPECT_EQ(url, "http://localhost:9101/111122223333/old");
  const std::string sent = ok("SendMessage", {{"QueueUrl", url},
                                              {"MessageBody", "a <b> & ü\r\n"},
                                              {"MessageAttribute.1.Name", "s"},
                                              {"MessageAttribute.1.Value.DataType", "String"},
                                              {"MessageAttribute.1.Value.StringValue", "<x>"},
                                              {"MessageAttribute.2.Name", "b"},
                                              {"MessageAttribute.2.Value.DataType", "Binary"},
                                              {"MessageAttribute.2.Value.BinaryValue", "AAE="}});
  EXPECT_EQ(element(sent, "MD5OfMessageBody"), to_hex(aws::md5("a <b> & ü\r\n")));
  EXPECT_EQ(element(sent, "MD5OfMessageAttributes"),
            md5_of({{"s", {"String", "<x>"}}, {"b", {"Binary", std::string("\0\1", 2)}}}));
  const std::string received = ok("ReceiveMessage", {{"QueueUrl", url},
                                                     {"MaxNumberOfMessages", "10"},
                                                     {"AttributeName.1", "ApproximateReceiveCount"},
                                                     {"MessageAttributeName.1", "s"},
                                                     {"MessageAttributeName.2", "b"}});
  EXPECT_EQ(element(received, "Body"), "a &lt;b&gt; &amp; ü&#13;&#xa;");
  EXPECT_EQ(element(received, "MessageId"), element(sent, "MessageId"));
  EXPECT_NE(received.find(named("Attribute", "ApproximateReceiveCount", "1")), std::string::npos);
  EXPECT_NE(received.find("<MessageAttribute><Name>b</Name><Value><DataType>Binary</DataType>"
                          "<BinaryValue>AAE=</BinaryValue></Value></MessageAttribute>"),
            std::string::npos)
      << received;
  EXPECT_NE(received.find("<StringValue>&lt;x&gt;</StringValue>"), std::string::npos);
  const Form mine{{"QueueUrl", url}, {"ReceiptHandle", element(received, "ReceiptHandle")}};
  Form hidden = mine;
  hidden["VisibilityTimeout"] = "5";
  EXPECT_EQ(ok("ChangeMessageVisibility", hidden).find("Result"), std::string::npos);
  // Nothing to tell is told all the same: SDKs look for the element.
  EXPECT_NE(ok("ReceiveMessage", {{"QueueUrl", url}}).find("<ReceiveMessageResult>"), std::string::npos);
  clock.advance(seconds(5));
  const std::string again = ok("ReceiveMessage", {{"QueueUrl", url}, {"AttributeName", "All"}});
  EXPECT_NE(again.find(named("Attribute", "ApproximateReceiveCount", "2")), std::string::npos);
  ok("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", element(again, "ReceiptHandle")}});
  clock.advance(seconds(60));
  EXPECT_EQ(count(ok("ReceiveMessage", {{"QueueUrl", url}}), "<Message>"), 0U);
}

TEST_F(SqsQueryTest, BatchesAnswerForEachEntry) {
  const std::string url = create("batch");
  const std::string sent =
      ok("SendMessageBatch", {{"QueueUrl", url},
                              {"SendMessageBatchRequestEntry.1.Id", "a"},
                              {"SendMessageBatchRequestEntry.1.MessageBody", "one"},
                              {"SendMessageBatchRequestEntry.1.MessageAttribute.1.Name", "n"},
                              {"SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType", "Number"},
                              {"SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue", "7"},
                              {"SendMessageBatchRequestEntry.2.Id", "b"},
                              {"SendMessageBatchRequestEntry.2.MessageBody", "two"},
                              {"SendMessageBatchRequestEntry.2.DelaySeconds", "soon"},
                              {"SendMessageBatchRequestEntry.10.Id", "c"},
                              {"SendMessageBatchRequestEntry.10.MessageBody", "three"},
                              {"SendMessageBatchRequestEntry.10.DelaySeconds", "0"}});
  EXPECT_EQ(count(sent, "<SendMessageBatchResultEntry>"), 2U) << sent;
  EXPECT_NE(sent.find("<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault>"), std::string::npos)
      << sent;
  const std::string received =
      ok("ReceiveMessage",
         {{"QueueUrl", url}, {"MaxNumberOfMessages", "10"}, {"MessageAttributeName.1", "All"}});
  EXPECT_EQ(count(received, "<Message>"), 2U);
  EXPECT_EQ(count(received, "<DataType>Number</DataType>"), 1U);
  const std::string receipt = element(received, "ReceiptHandle");
  const std::string changed = ok("ChangeMessageVisibilityBatch",
                                 {{"QueueUrl", url},
                                  {"ChangeMessageVisibilityBatchRequestEntry.1.Id", "x"},
                                  {"ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle", receipt},
                                  {"ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout", "100"}});
  EXPECT_EQ(count(changed, "<ChangeMessageVisibilityBatchResultEntry><Id>x</Id>"), 1U);
  const std::string deleted =
      ok("DeleteMessageBatch", {{"QueueUrl", url},
                                {"DeleteMessageBatchRequestEntry.1.Id", "x"},
                                {"DeleteMessageBatchRequestEntry.1.ReceiptHandle", receipt},
                                {"DeleteMessageBatchRequestEntry.2.Id", "y"},
                                {"DeleteMessageBatchRequestEntry.2.ReceiptHandle", "AAAA"}});
  EXPECT_EQ(count(deleted, "<DeleteMessageBatchResultEntry><Id>x</Id>"), 1U);
  EXPECT_EQ(count(deleted, "<Code>ReceiptHandleIsInvalid</Code>"), 1U);
  EXPECT_EQ(refusal("DeleteMessageBatch", {{"QueueUrl", url}}), "AWS.SimpleQueueService.EmptyBatchRequest");
  EXPECT_EQ(
      refusal("SendMessageBatch", {{"QueueUrl", url}, {"SendMessageBatchRequestEntry.1", "no structure"}}),
      "MalformedInput");
}

TEST_F(SqsQueryTest, AttributesAndTagsAreKept) {
  const std::string url = element(ok("CreateQueue", {{"QueueName", "kept"},
                                                     {"Attribute.1.Name", "VisibilityTimeout"},
                                                     {"Attribute.1.Value", "60"},
                                                     {"Tag.1.Key", "owner"},
                                                     {"Tag.1.Value", "dr"}}),
                                  "QueueUrl");
  ok("SetQueueAttributes", {{"QueueUrl", url}, {"Attribute.Name", "DelaySeconds"}, {"Attribute.Value", "1"}});
  const std::string told =
      ok("GetQueueAttributes",
         {{"QueueUrl", url}, {"AttributeName.1", "VisibilityTimeout"}, {"AttributeName.2", "DelaySeconds"}});
  EXPECT_NE(told.find(named("Attribute", "VisibilityTimeout", "60")), std::string::npos) << told;
  EXPECT_NE(told.find(named("Attribute", "DelaySeconds", "1")), std::string::npos) << told;
  EXPECT_EQ(count(told, "<Attribute>"), 2U);
  EXPECT_EQ(count(ok("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", ""}}), "<Attribute>"), 0U);
  ok("TagQueue", {{"QueueUrl", url}, {"Tag.1.Key", "b"}, {"Tag.1.Value", ""}, {"Tag.2.Key", "c"}});
  ok("UntagQueue", {{"QueueUrl", url}, {"TagKey.1", "b"}, {"TagKey.2", "nothing"}});
  const std::string tags = ok("ListQueueTags", {{"QueueUrl", url}});
  EXPECT_NE(tags.find("<Tag><Key>owner</Key><Value>dr</Value></Tag>"), std::string::npos) << tags;
  EXPECT_EQ(count(tags, "<Tag>"), 2U);
  EXPECT_EQ(element(ok("GetQueueUrl", {{"QueueName", "kept"}}), "QueueUrl"), url);
  create("kept-2");
  const std::string page = ok("ListQueues", {{"QueueNamePrefix", "kept"}, {"MaxResults", "1"}});
  EXPECT_EQ(count(page, "<QueueUrl>"), 1U);
  EXPECT_EQ(count(ok("ListQueues", {{"NextToken", element(page, "NextToken")}}), "<QueueUrl>"), 1U);
  ok("PurgeQueue", {{"QueueUrl", url}});
  ok("DeleteQueue", {{"QueueUrl", url}});
  EXPECT_EQ(count(ok("ListQueues", {}), "<QueueUrl>"), 1U);
}

TEST_F(SqsQueryTest, AQueueIsNamedByTheFieldOrByTheAddress) {
  create("one");
  const std::string other = create("other");
  EXPECT_EQ(at("/111122223333/one", "Action=SendMessage&MessageBody=x").status, 200);
  EXPECT_EQ(at("/111122223333/one", "Action=SendMessage&MessageBody=x&QueueUrl=").status, 200);
  // With both, the field.
  EXPECT_EQ(at("/111122223333/one", "Action=SendMessage&MessageBody=y&QueueUrl=" + uri_encode(other)).status,
            200);
  const auto there = [&](const std::string& name) {
    return count(
        at("/111122223333/" + name, "Action=ReceiveMessage&MaxNumberOfMessages=10&VisibilityTimeout=0").body,
        "<Message>");
  };
  EXPECT_EQ(there("one"), 2U);
  EXPECT_EQ(there("other"), 1U);
  const cloud::Reply nobody = at("/111122223333/nobody", "Action=PurgeQueue");
  EXPECT_EQ(nobody.code(), "AWS.SimpleQueueService.NonExistentQueue");
  // The door asks about the same queue, and refuses in the caller's protocol.
  const cloud::Reply refused = at("/111122223333/one", "Action=PurgeQueue", cloud::bob);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "AccessDenied") << refused.body;
  EXPECT_EQ(there("one"), 2U);
}

TEST_F(SqsQueryTest, RefusalsHaveTheOlderNames) {
  const std::string url = create("strict");
  EXPECT_EQ(refusal("GetQueueUrl", {{"QueueName", "nobody"}}), "AWS.SimpleQueueService.NonExistentQueue");
  EXPECT_EQ(refusal("CreateQueue", {{"QueueName", "strict"},
                                    {"Attribute.1.Name", "VisibilityTimeout"},
                                    {"Attribute.1.Value", "61"}}),
            "QueueAlreadyExists");
  EXPECT_EQ(refusal("SendMessage", {{"QueueUrl", url}}), "MissingParameter");
  EXPECT_EQ(refusal("SendMessage", {{"MessageBody", "x"}}), "InvalidParameterValue");
  EXPECT_EQ(refusal("SendMessage", {{"QueueUrl", url}, {"MessageBody", "x"}}, cloud::bob), "AccessDenied");
  EXPECT_EQ(refusal("ReceiveMessage", {{"QueueUrl", url}, {"MaxNumberOfMessages", "11"}}),
            "InvalidParameterValue");
  EXPECT_EQ(refusal("ReceiveMessage", {{"QueueUrl", url}, {"MaxNumberOfMessages", "two"}}),
            "InvalidParameterValue");
  EXPECT_EQ(refusal("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", "AAAA"}}),
            "ReceiptHandleIsInvalid");
  EXPECT_EQ(refusal("CreateQueue", {{"QueueName", "x.fifo"}}), "AWS.SimpleQueueService.UnsupportedOperation");
  EXPECT_EQ(refusal("TagQueue", {{"QueueUrl", url}, {"Tag.1.Value", "no key"}}), "MalformedInput");
  EXPECT_EQ(refusal("PurgeQueue", {{"QueueUrl", url}, {"QueueUrl.1", url}}), "MalformedInput");
  EXPECT_EQ(call("AddPermission", {{"QueueUrl", url}}).status, 501);
  // What XML cannot say is not taken in either.
  EXPECT_EQ(refusal("SendMessage", {{"QueueUrl", url},
                                    {"MessageBody", "x"},
                                    {"MessageAttribute.1.Name", "s"},
                                    {"MessageAttribute.1.Value.DataType", "String"},
                                    {"MessageAttribute.1.Value.StringValue", "a\x01z"}}),
            "InvalidMessageContents");
}

TEST(SqsForms, BecomeWhatTheJsonProtocolHas) {
  EXPECT_EQ(sqs_form_as_json("TagQueue", {{"Action", "TagQueue"}, {"Tag.1.Key", "a"}, {"Tag.1.Value", "b"}}),
            json::parse(R"({"Tags":{"a":"b"}})"));
  EXPECT_EQ(sqs_form_as_json("CreateQueue", {{"Tag.2.Key", "a"}, {"Tag.2.Value", "b"}, {"tags", "x"}}),
            json::parse(R"({"tags":{"a":"b"}})"));
  EXPECT_EQ(
      sqs_form_as_json("ReceiveMessage", {{"WaitTimeSeconds", "20"}, {"AttributeNames", ""}, {"X.Y", "z"}}),
      json::parse(R"({"WaitTimeSeconds":20})"));
}

}  // namespace
}  // namespace s3dr::services
