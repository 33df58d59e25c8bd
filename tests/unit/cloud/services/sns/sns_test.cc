#include "cloud/services/sns/sns_service.h"

#include "cloud/services/common/message_attributes.h"
#include "cloud/services/sns/sns_delivery.h"
#include "unit/cloud/services/services_fixture.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

using Form = std::map<std::string, std::string>;
using std::chrono::seconds;

const std::string topic = "arn:aws:sns:us-west-2:111122223333:news";

class SnsTest : public ServicesTest {
 protected:
  SnsTest() {
    for (const char* name : {"inbox", "dead"})
      sqs("CreateQueue", {{"QueueName", name}, {"Attributes", open_queue()}});
    make_function("handler");
    EXPECT_EQ(ok("CreateTopic", {{"Name", "news"}}).element("TopicArn"), topic);
  }
  ~SnsTest() override {
    working.cancel();
    test::settle(io);
  }

  cloud::Reply ok(const std::string& action, const Form& form) {
    const cloud::Reply reply = query("sns", action, form);
    EXPECT_EQ(reply.status, 200) << action << " " << reply.body;
    return reply;
  }
  std::string refusal(const std::string& action, const Form& form,
                      const cloud::Account& account = cloud::alice) {
    const cloud::Reply reply = query("sns", action, form, account);
    EXPECT_GE(reply.status, 400) << action << " " << reply.body;
    return std::to_string(reply.status) + " " + reply.code();
  }
  json::object sqs(const std::string& operation, const json::object& body) {
    const cloud::Reply reply = json_call("sqs", "AmazonSQS." + operation, body);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return parsed(reply);
  }
  void make_function(const std::string& name) {
    run(west().context().database.write([&](cloud::Connection& db) {
      db.prepare("INSERT INTO lambda_function (account, name, configuration, policy) VALUES (?, ?, '{}', ?)")
          .bind("111122223333", name, open_policy())
          .run();
    }));
  }
  void execute(const std::string& sql) {
    run(west().context().database.write([&](cloud::Connection& db) { db.execute(sql); }));
  }
  std::vector<std::string> column(const std::string& sql) {
    std::vector<std::string> texts;
    auto rows = west().context().database.reader().prepare(sql);
    while (rows.step()) texts.push_back(rows.text(0));
    return texts;
  }
  std::vector<std::string> invocations() {
    return column("SELECT payload FROM lambda_invocation ORDER BY id");
  }
  std::string waiting() { return column("SELECT COUNT(*) FROM sns_delivery").at(0); }
  json::array messages(const std::string& queue) {
    const json::object answer = sqs("ReceiveMessage", {{"QueueUrl", "http://x/111122223333/" + queue},
                                                       {"MaxNumberOfMessages", 10},
                                                       {"MessageAttributeNames", json::array{"All"}}});
    return answer.contains("Messages") ? answer.at("Messages").as_array() : json::array();
  }
  std::string subscribe(const std::string& protocol, const std::string& name, Form more = {}) {
    more["TopicArn"] = topic;
    more["Protocol"] = protocol;
    more["Endpoint"] = endpoint(protocol, name);
    more["ReturnSubscriptionArn"] = "true";
    return ok("Subscribe", more).element("SubscriptionArn");
  }
  static std::string endpoint(const std::string& protocol, const std::string& name) {
    return "arn:aws:" + protocol + ":us-west-2:111122223333:" + (protocol == "lambda" ? "function:" : "") +
           name;
  }
  static Form attribute(const std::string& name, const std::string& value) {
    return {{"Attributes.entry.1.key", name}, {"Attributes.entry.1.value", value}};
  }
  static std::string to_dead() {
    return json::serialize(json::object{{"deadLetterTargetArn", endpoint("sqs", "dead")}});
  }
  void work() {
    if (!started) test::start(io, west().run(), working);
    started = true;
    test::settle(io);
  }

  test::Outcome working;
  bool started = false;
};

TEST_F(SnsTest, AFunctionGetsTheEventSnsSends) {
  const std::string subscription = subscribe("lambda", "handler");
  const std::string id = ok("Publish", {{"TopicArn", topic},
                                        {"Message", R"({"v":1,"bucket":"harbor-ledger"})"},
                                        {"MessageAttributes.entry.1.Name", "kind"},
                                        {"MessageAttributes.entry.1.Value.DataType", "String"},
                                        {"MessageAttributes.entry.1.Value.StringValue", "ensure"}})
                             .element("MessageId");
  EXPECT_TRUE(invocations().empty());
  work();
  ASSERT_EQ(invocations().size(), 1U);
  EXPECT_EQ(
      json::parse(invocations().at(0)),
      json::parse(R"({"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":")" +
                  subscription + R"(","Sns":{"Type":"Notification","MessageId":")" + id +
                  R"(","TopicArn":")" + topic +
                  R"(","Subject":null,"Message":"{\"v\":1,\"bucket\":\"harbor-ledger\"}",
                        "Timestamp":"2026-08-01T00:00:00.000Z","SignatureVersion":"1","Signature":"",
                        "SigningCertUrl":"","UnsubscribeUrl":"",
                        "MessageAttributes":{"kind":{"Type":"String","Value":"ensure"}}}}]})"));
  EXPECT_EQ(waiting(), "0");
}

TEST_F(SnsTest, AQueueGetsTheEnvelopeOrTheBareMessage) {
  sqs("CreateQueue", {{"QueueName", "raw"}, {"Attributes", open_queue()}});
  subscribe("sqs", "inbox");
  subscribe("sqs", "raw", attribute("RawMessageDelivery", "true"));
  ok("Publish", {{"TopicArn", topic},
                 {"Subject", "a subject"},
                 {"Message", R"({"default":"plain","sqs":"for queues","http":"x"})"},
                 {"MessageStructure", "json"},
                 {"MessageAttributes.entry.1.Name", "n"},
                 {"MessageAttributes.entry.1.Value.DataType", "Number"},
                 {"MessageAttributes.entry.1.Value.StringValue", "7"}});
  work();
  const json::array enveloped = messages("inbox");
  ASSERT_EQ(enveloped.size(), 1U);
  const json::value envelope = json::parse(enveloped.at(0).at("Body").as_string());
  EXPECT_EQ(envelope.at("Subject").as_string(), "a subject");
  EXPECT_EQ(envelope.at("Message").as_string(), "for queues");
  EXPECT_TRUE(envelope.as_object().contains("SigningCertURL"));
  EXPECT_EQ(envelope.at("MessageAttributes").at("n").at("Type").as_string(), "Number");
  EXPECT_FALSE(enveloped.at(0).as_object().contains("MessageAttributes"));
  const json::array raw = messages("raw");
  ASSERT_EQ(raw.size(), 1U);
  EXPECT_EQ(raw.at(0).at("Body").as_string(), "for queues");
  EXPECT_EQ(raw.at(0).at("MessageAttributes").at("n").at("DataType").as_string(), "Number");
}

// SNS knows four types (Amazon SNS message attributes). Each arrives as it was sent.
TEST_F(SnsTest, TheTypesOfAttributesArriveBothWays) {
  sqs("CreateQueue", {{"QueueName", "raw"}, {"Attributes", open_queue()}});
  subscribe("sqs", "inbox");
  subscribe("sqs", "raw", attribute("RawMessageDelivery", "true"));
  const std::string bytes("\x00\xFF\x01", 3);
  const std::map<std::string, std::pair<std::string, std::string>> sent = {
      {"text", {"String", "words"}},
      {"list", {"String.Array", R"(["a",7,null,true])"}},
      {"number", {"Number", "-1.5e3"}},
      {"bytes", {"Binary", to_base64(bytes)}}};
  Form form{{"TopicArn", topic}, {"Message", "m"}};
  int number = 0;
  for (const auto& [name, value] : sent) {
    const std::string entry = "MessageAttributes.entry." + std::to_string(++number) + ".";
    form[entry + "Name"] = name;
    form[entry + "Value.DataType"] = value.first;
    form[entry + "Value." + (value.first == "Binary" ? "BinaryValue" : "StringValue")] = value.second;
  }
  ok("Publish", form);
  work();
  const json::array inbox = messages("inbox"), raw = messages("raw");
  ASSERT_EQ(inbox.size(), 1U);
  ASSERT_EQ(raw.size(), 1U);
  const json::value envelope = json::parse(inbox.at(0).at("Body").as_string());
  for (const auto& [name, value] : sent) {
    const json::value& told = envelope.at("MessageAttributes").at(name);
    EXPECT_EQ(told.at("Type"), json::string(value.first)) << name;
    EXPECT_EQ(told.at("Value"), json::string(value.second)) << name;
    const json::value& bare = raw.at(0).at("MessageAttributes").at(name);
    EXPECT_EQ(bare.at("DataType"), json::string(value.first)) << name;
    EXPECT_EQ(bare.at(value.first == "Binary" ? "BinaryValue" : "StringValue"), json::string(value.second))
        << name;
  }
  EXPECT_TRUE(raw.at(0).as_object().contains("MD5OfMessageAttributes"));
}

// What SNS refuses although SQS takes it: labels of one's own, and an array that is none.
TEST_F(SnsTest, TypesThatSnsDoesNotKnowAreRefused) {
  const auto with = [&](const std::string& type, const std::string& value) {
    return refusal("Publish", {{"TopicArn", topic},
                               {"Message", "m"},
                               {"MessageAttributes.entry.1.Name", "n"},
                               {"MessageAttributes.entry.1.Value.DataType", type},
                               {"MessageAttributes.entry.1.Value.StringValue", value}});
  };
  EXPECT_EQ(with("String.Array", "no array"), "400 ParameterValueInvalid");
  EXPECT_EQ(with("String.Array", R"([{"a":1}])"), "400 ParameterValueInvalid");
  EXPECT_EQ(with("Numbers", "7"), "400 ParameterValueInvalid");
}

// SQS takes ten attributes; SNS drops what would have more (Amazon SNS raw message delivery).
TEST_F(SnsTest, ARawMessageWithMoreThanTenAttributesIsNotDelivered) {
  sqs("CreateQueue", {{"QueueName", "raw"}, {"Attributes", open_queue()}});
  subscribe("sqs", "inbox");
  Form raw = attribute("RawMessageDelivery", "true");
  raw["Attributes.entry.2.key"] = "RedrivePolicy";
  raw["Attributes.entry.2.value"] = to_dead();
  subscribe("sqs", "raw", raw);
  Form form{{"TopicArn", topic}, {"Message", "m"}};
  for (int i = 1; i <= 11; ++i) {
    const std::string entry = "MessageAttributes.entry." + std::to_string(i) + ".";
    form[entry + "Name"] = "n" + std::to_string(i);
    form[entry + "Value.DataType"] = "String";
    form[entry + "Value.StringValue"] = "x";
  }
  ok("Publish", form);
  work();
  EXPECT_EQ(messages("raw").size(), 0U);
  EXPECT_EQ(messages("dead").size(), 1U);
  EXPECT_EQ(messages("inbox").size(), 1U) << "the envelope has no such limit";
}

TEST_F(SnsTest, WhatWasPublishedSurvivesARestartAndArrivesOnce) {
  subscribe("lambda", "handler");
  subscribe("sqs", "inbox");
  for (int i = 0; i < 3; ++i) ok("Publish", {{"TopicArn", topic}, {"Message", "m" + std::to_string(i)}});
  EXPECT_EQ(waiting(), "6");
  start("us-west-2");
  work();
  EXPECT_EQ(invocations().size(), 3U);
  EXPECT_EQ(messages("inbox").size(), 3U);
  EXPECT_EQ(waiting(), "0");
}

TEST_F(SnsTest, APublishWakesTheWorkerAndThoseWhoWaitForMessages) {
  subscribe("sqs", "inbox");
  work();
  ok("Publish", {{"TopicArn", topic}, {"Message", "now"}});
  test::settle(io);
  EXPECT_EQ(messages("inbox").size(), 1U);
}

TEST_F(SnsTest, ATargetThatIsGoneIsNotTriedAgainAndItsMessageKept) {
  subscribe("lambda", "handler", attribute("RedrivePolicy", to_dead()));
  execute("DELETE FROM lambda_function");
  const std::string id =
      ok("Publish", {{"TopicArn", topic}, {"Message", "nobody hears"}}).element("MessageId");
  work();
  EXPECT_EQ(waiting(), "0");
  const json::array dead = messages("dead");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(json::parse(dead.at(0).at("Body").as_string()).at("MessageId").as_string(), id);
  EXPECT_EQ(dead.at(0).at("MessageAttributes").at("ErrorCode").at("StringValue").as_string(),
            "InvalidTarget");
}

TEST_F(SnsTest, ADeliveryThatFailsIsRetriedWithoutHoldingUpTheOthers) {
  subscribe("lambda", "handler");
  subscribe("sqs", "inbox");
  execute(
      "CREATE TRIGGER fault BEFORE INSERT ON lambda_invocation BEGIN SELECT RAISE(ABORT, 'no room'); END");
  ok("Publish", {{"TopicArn", topic}, {"Message", "patience"}});
  work();
  EXPECT_EQ(messages("inbox").size(), 1U);
  EXPECT_EQ(waiting(), "1");
  EXPECT_EQ(column("SELECT attempts FROM sns_delivery").at(0), "4") << "three more at once, then a pause";
  execute("DROP TRIGGER fault");
  clock.advance(seconds(1));
  test::settle(io);
  EXPECT_EQ(invocations().size(), 1U);
  EXPECT_EQ(waiting(), "0");
}

TEST_F(SnsTest, TheLastRetryEndsInTheDeadLetterQueue) {
  ServicesOptions options;
  options.sns_retries = {.immediate = 1, .early = 1, .growing = 0, .late = 0};
  services = region_services(options);
  start("us-west-2");
  subscribe("lambda", "handler", attribute("RedrivePolicy", to_dead()));
  execute(
      "CREATE TRIGGER fault BEFORE INSERT ON lambda_invocation BEGIN SELECT RAISE(ABORT, 'no room'); END");
  ok("Publish", {{"TopicArn", topic}, {"Message", "in the end"}});
  work();
  EXPECT_EQ(waiting(), "1");
  clock.advance(seconds(1));
  test::settle(io);
  EXPECT_EQ(waiting(), "0");
  const json::array dead = messages("dead");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead.at(0).at("MessageAttributes").at("ErrorCode").at("StringValue").as_string(), "ServerError");
}

TEST(SnsRetries, AreAwss) {
  const SnsRetryOptions options;
  std::int64_t attempts = 1;
  const auto expect = [&](int count, auto check) {
    for (int i = 0; i < count; ++i) EXPECT_TRUE(check(pause_after(options, attempts++))) << attempts;
  };
  const auto exactly = [](seconds pause) {
    return [pause](std::optional<milliseconds> seen) { return seen == pause; };
  };
  expect(3, exactly(seconds(0)));
  expect(2, exactly(seconds(1)));
  milliseconds last{0};
  expect(10, [&](std::optional<milliseconds> seen) {
    const bool grows = seen && *seen > last && *seen <= seconds(20);
    last = seen.value_or(last);
    return grows;
  });
  EXPECT_EQ(last, seconds(20));
  expect(2, exactly(seconds(20)));
  attempts = 1 + 3 + 2 + 10 + 100'000;
  expect(1, [](std::optional<milliseconds> seen) { return !seen; });
}

TEST_F(SnsTest, CreatingAndSubscribingTwiceIsTheSame) {
  EXPECT_EQ(ok("CreateTopic", {{"Name", "news"}}).element("TopicArn"), topic);
  EXPECT_EQ(refusal("CreateTopic", {{"Name", "news"},
                                    {"Attributes.entry.1.key", "DisplayName"},
                                    {"Attributes.entry.1.value", "x"}}),
            "400 InvalidParameter");
  EXPECT_EQ(
      refusal("CreateTopic", {{"Name", "news"}, {"Tags.member.1.Key", "a"}, {"Tags.member.1.Value", "b"}}),
      "400 InvalidParameter");
  const std::string first = subscribe("sqs", "inbox", attribute("RawMessageDelivery", "true"));
  EXPECT_EQ(subscribe("sqs", "inbox", attribute("RawMessageDelivery", "true")), first);
  EXPECT_EQ(subscribe("sqs", "inbox"), first);
  Form other = attribute("RawMessageDelivery", "false");
  other.merge(Form{{"TopicArn", topic}, {"Protocol", "sqs"}, {"Endpoint", endpoint("sqs", "inbox")}});
  EXPECT_EQ(refusal("Subscribe", other), "400 InvalidParameter");
  ok("Unsubscribe", {{"SubscriptionArn", first}});
  ok("Unsubscribe", {{"SubscriptionArn", first}});
  EXPECT_EQ(ok("ListSubscriptions", {}).element("Endpoint"), "");
}

TEST_F(SnsTest, AttributesAreToldWithTheirDefaults) {
  EXPECT_NE(ok("GetTopicAttributes", {{"TopicArn", topic}}).body.find("__default_policy_ID"),
            std::string::npos);
  const std::string policy = open_policy();
  ok("SetTopicAttributes", {{"TopicArn", topic}, {"AttributeName", "Policy"}, {"AttributeValue", policy}});
  const std::string body = ok("GetTopicAttributes", {{"TopicArn", topic}}).body;
  EXPECT_EQ(body.find("__default_policy_ID"), std::string::npos);
  EXPECT_NE(body.find("<key>Owner</key><value>111122223333</value>"), std::string::npos);
  const std::string subscription = subscribe("lambda", "handler");
  ok("SetSubscriptionAttributes",
     {{"SubscriptionArn", subscription}, {"AttributeName", "RedrivePolicy"}, {"AttributeValue", to_dead()}});
  EXPECT_NE(
      ok("GetSubscriptionAttributes", {{"SubscriptionArn", subscription}}).body.find("deadLetterTargetArn"),
      std::string::npos);
  ok("SetSubscriptionAttributes", {{"SubscriptionArn", subscription}, {"AttributeName", "RedrivePolicy"}});
  EXPECT_EQ(
      ok("GetSubscriptionAttributes", {{"SubscriptionArn", subscription}}).body.find("deadLetterTargetArn"),
      std::string::npos);
  ok("TagResource", {{"ResourceArn", topic},
                     {"Tags.member.1.Key", "a"},
                     {"Tags.member.1.Value", "b"},
                     {"Tags.member.2.Key", "c"},
                     {"Tags.member.2.Value", ""}});
  ok("UntagResource", {{"ResourceArn", topic}, {"TagKeys.member.1", "c"}});
  EXPECT_EQ(ok("ListTagsForResource", {{"ResourceArn", topic}}).element("Tags"),
            "<member><Key>a</Key><Value>b</Value></member>");
}

TEST_F(SnsTest, DeletingATopicTakesItsSubscriptionsAndDeliveriesAlong) {
  subscribe("sqs", "inbox");
  ok("Publish", {{"TopicArn", topic}, {"Message", "too late"}});
  ok("DeleteTopic", {{"TopicArn", topic}});
  ok("DeleteTopic", {{"TopicArn", topic}});
  work();
  EXPECT_TRUE(messages("inbox").empty());
  EXPECT_EQ(refusal("Publish", {{"TopicArn", topic}, {"Message", "x"}}), "404 NotFound");
  EXPECT_EQ(refusal("ListTagsForResource", {{"ResourceArn", topic}}), "404 ResourceNotFound");
}

TEST_F(SnsTest, ABatchAnswersForEachEntry) {
  subscribe("sqs", "inbox");
  const std::string entry = "PublishBatchRequestEntries.member.";
  const Form form = {{"TopicArn", topic},           {entry + "1.Id", "a"},     {entry + "1.Message", "one"},
                     {entry + "2.Id", "b"},         {entry + "2.Message", ""}, {entry + "3.Id", "c"},
                     {entry + "3.Message", "three"}};
  const cloud::Reply reply = ok("PublishBatch", form);
  EXPECT_NE(reply.element("Failed").find("<Id>b</Id>"), std::string::npos);
  EXPECT_NE(reply.element("Successful").find("<Id>c</Id>"), std::string::npos);
  work();
  EXPECT_EQ(messages("inbox").size(), 2U);
  EXPECT_EQ(refusal("PublishBatch", {{"TopicArn", topic}}), "400 EmptyBatchRequest");
  EXPECT_EQ(refusal("PublishBatch", {{"TopicArn", topic},
                                     {entry + "1.Id", "a"},
                                     {entry + "1.Message", "x"},
                                     {entry + "2.Id", "a"},
                                     {entry + "2.Message", "x"}}),
            "400 BatchEntryIdsNotDistinct");
}

TEST_F(SnsTest, ListingsGoOnFromPageToPage) {
  for (int i = 0; i < 120; ++i) ok("CreateTopic", {{"Name", "t" + std::to_string(i)}});
  const cloud::Reply first = ok("ListTopics", {});
  const cloud::Reply second = ok("ListTopics", {{"NextToken", first.element("NextToken")}});
  EXPECT_NE(first.body.find(topic), std::string::npos);
  EXPECT_NE(second.body.find(":t119<"), std::string::npos);
  EXPECT_EQ(second.element("NextToken"), "");
  EXPECT_EQ(query("sns", "ListTopics", {}, cloud::bob).element("TopicArn"), "");
  EXPECT_EQ(refusal("ListTopics", {{"NextToken", "zzz"}}), "400 InvalidParameter");
}

TEST_F(SnsTest, WhatIsWrongIsRefused) {
  const auto publish = [&](Form form) {
    form.emplace("TopicArn", topic);
    form.emplace("Message", "x");
    return refusal("Publish", form);
  };
  EXPECT_EQ(publish({{"TopicArn", "arn:aws:sns:us-east-2:111122223333:news"}}), "400 InvalidParameter");
  EXPECT_EQ(publish({{"TopicArn", "news"}}), "400 InvalidParameter");
  EXPECT_EQ(publish({{"TopicArn", topic + "2"}}), "404 NotFound");
  EXPECT_EQ(publish({{"Message", ""}}), "400 InvalidParameter");
  EXPECT_EQ(publish({{"Message", "not UTF-8: \xff"}}), "400 MalformedInput");
  EXPECT_EQ(publish({{"Subject", ""}}), "400 InvalidParameter");
  EXPECT_EQ(publish({{"Subject", "two\nlines"}}), "400 InvalidParameter");
  EXPECT_EQ(publish({{"Message", std::string(262'145, 'x')}}), "400 InvalidParameter");
  EXPECT_EQ(publish({{"MessageStructure", "json"}}), "400 InvalidParameter");
  EXPECT_EQ(
      publish({{"MessageAttributes.entry.1.Name", "a"}, {"MessageAttributes.entry.1.Value.DataType", "Odd"}}),
      "400 ParameterValueInvalid");
  EXPECT_EQ(refusal("Publish", {{"TopicArn", topic}, {"Message", "x"}}, cloud::bob),
            "403 AuthorizationError");
  EXPECT_EQ(refusal("DeleteTopic", {{"TopicArn", topic}}, cloud::bob), "403 AuthorizationError");
  EXPECT_EQ(refusal("CreateTopic", {{"Name", "no good"}}), "400 InvalidParameter");
  EXPECT_EQ(refusal("CreateTopic", {{"Name", "x.fifo"}}), "501 NotImplemented");
  EXPECT_EQ(refusal("AddPermission", {{"TopicArn", topic}}), "501 InvalidAction");
  EXPECT_EQ(refusal("ConfirmSubscription", {{"TopicArn", topic}}), "501 InvalidAction");
  const auto subscription = [&](const std::string& protocol, const std::string& to, const Form& more = {}) {
    Form form = more;
    form.merge(Form{{"TopicArn", topic}, {"Protocol", protocol}, {"Endpoint", to}});
    return refusal("Subscribe", form);
  };
  EXPECT_EQ(subscription("email", "a@b.c"), "501 NotImplemented");
  EXPECT_EQ(subscription("lambda", endpoint("sqs", "inbox")), "400 InvalidParameter");
  EXPECT_EQ(subscription("sqs", "arn:aws:sqs:us-east-2:111122223333:inbox"), "501 NotImplemented");
  EXPECT_EQ(subscription("sqs", "arn:aws:sqs:us-west-2:444455556666:inbox"), "501 NotImplemented");
  EXPECT_EQ(subscription("sqs", endpoint("sqs", "inbox"), attribute("FilterPolicy", R"({"a":["b"]})")),
            "501 NotImplemented");
  EXPECT_EQ(subscription("lambda", endpoint("lambda", "handler"), attribute("RawMessageDelivery", "true")),
            "400 InvalidParameter");
  EXPECT_EQ(subscription("sqs", endpoint("sqs", "inbox"), attribute("RedrivePolicy", "{}")),
            "400 InvalidParameter");
  EXPECT_EQ(subscription("sqs", endpoint("sqs", "inbox"), attribute("Colour", "red")),
            "400 InvalidParameter");
  EXPECT_EQ(
      refusal("SetTopicAttributes",
              {{"TopicArn", topic}, {"AttributeName", "KmsMasterKeyId"}, {"AttributeValue", "alias/x"}}),
      "501 NotImplemented");
  EXPECT_EQ(refusal("SetTopicAttributes",
                    {{"TopicArn", topic}, {"AttributeName", "Policy"}, {"AttributeValue", "{"}}),
            "400 InvalidParameter");
  EXPECT_EQ(waiting(), "0");
}

}  // namespace
}  // namespace s3dr::services
