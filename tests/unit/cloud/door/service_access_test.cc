// Which action on which resource the services' requests need, and the policies of functions and queues.
#include "cloud/door/service_access.h"

#include "cloud/services/common/targets.h"
#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace {

using cloud::alice;

class ServiceAccessTest : public RolesTest {
 protected:
  // "sns:Publish arn:…, iam:PassRole arn:…"
  std::string needed(const std::string& service, const std::string& method, const std::string& path,
                     const std::string& target, const std::string& body) {
    cloud::ServiceRequest request;
    request.service = service;
    request.method = method;
    request.path = path;
    request.body = body;
    request.caller.account = s3::AccountId::parse(alice.id);
    if (!target.empty()) request.headers.set("X-Amz-Target", target);
    std::string text;
    for (const cloud::Access& access : cloud::needed_access(west().context(), request)) {
      text += (text.empty() ? "" : ", ") + access.action + " " + access.resource;
      if (const auto* to = access.context.find("iam:PassedToService")) text += " to " + to->front();
    }
    return text;
  }
  void execute(const std::string& sql) { west().context().database.reader().execute(sql); }
};

TEST_F(ServiceAccessTest, ActionsAndResources) {
  query(
      "iam", "CreateRole",
      {{"RoleName", "with-path"}, {"Path", "/dr/"}, {"AssumeRolePolicyDocument", trust(of_account(alice))}});
  struct Row {
    std::string service, method, path, target, body, needed;
  };
  const std::string here = "us-west-2:111122223333:";
  const std::string topic = "arn:aws:sns:" + here + "dr";
  const std::string function = "arn:aws:lambda:" + here + "function:check";
  const std::string role = "arn:aws:iam::111122223333:role/r";
  const std::vector<Row> rows = {
      {"sns", "POST", "/", "",
       "Action=Publish&TopicArn=arn%3Aaws%3Asns%3Aus-west-2%3A111122223333%3Adr&Message=x",
       "sns:Publish " + topic},
      {"sns", "POST", "/", "", "Action=PublishBatch&TopicArn=arn%3Aaws%3Asns%3Aus-west-2%3A111122223333%3Adr",
       "sns:Publish " + topic},
      {"sns", "POST", "/", "", "Action=CreateTopic&Name=dr", "sns:CreateTopic " + topic},
      {"sns", "POST", "/", "", "Action=CreateTopic&Name=dr&Tags.member.1.Key=a&Tags.member.1.Value=b",
       "sns:CreateTopic " + topic + ", sns:TagResource " + topic},
      {"sns", "POST", "/", "", "Action=Unsubscribe&SubscriptionArn=" + topic + ":1-2",
       "sns:Unsubscribe " + topic},
      {"sns", "POST", "/", "", "Action=ListTopics", "sns:ListTopics *"},
      // Another protocol's header changes nothing: the service reads the form.
      {"sns", "POST", "/", "X.Publish", "Action=DeleteTopic&TopicArn=" + topic, "sns:DeleteTopic " + topic},
      {"sqs", "POST", "/", "AmazonSQS.SendMessage",
       R"({"QueueUrl":"http://localhost:9101/111122223333/dlq"})",
       "sqs:SendMessage arn:aws:sqs:" + here + "dlq"},
      {"sqs", "POST", "/", "AmazonSQS.SendMessageBatch",
       R"({"QueueUrl":"http://localhost:9101/444455556666/dlq"})",
       "sqs:SendMessage arn:aws:sqs:us-west-2:444455556666:dlq"},
      {"sqs", "POST", "/", "AmazonSQS.CreateQueue", R"({"QueueName":"dlq","tags":{"a":"b"}})",
       "sqs:CreateQueue arn:aws:sqs:" + here + "dlq, sqs:TagQueue arn:aws:sqs:" + here + "dlq"},
      {"sqs", "POST", "/", "AmazonSQS.ListQueues", "{}", "sqs:ListQueues *"},
      {"sqs", "POST", "/111122223333/dlq", "AmazonSQS.PurgeQueue", "{}", "sqs:PurgeQueue *"},
      // Forms: the queue is the field's, else the path's.
      {"sqs", "POST", "/111122223333/dlq", "", "Action=PurgeQueue",
       "sqs:PurgeQueue arn:aws:sqs:" + here + "dlq"},
      {"sqs", "POST", "/111122223333/dlq", "",
       "Action=DeleteMessageBatch&QueueUrl=http%3A%2F%2Flocalhost%2F444455556666%2Fother",
       "sqs:DeleteMessage arn:aws:sqs:us-west-2:444455556666:other"},
      {"sqs", "POST", "/", "", "Action=PurgeQueue", "sqs:PurgeQueue *"},
      {"sqs", "POST", "/", "", "Action=CreateQueue&QueueName=dlq&Tag.1.Key=a&Tag.1.Value=b",
       "sqs:CreateQueue arn:aws:sqs:" + here + "dlq, sqs:TagQueue arn:aws:sqs:" + here + "dlq"},
      {"events", "POST", "/", "AWSEvents.PutRule", R"({"Name":"dr","Tags":[{"Key":"a","Value":"b"}]})",
       "events:PutRule arn:aws:events:" + here + "rule/dr, events:TagResource arn:aws:events:" + here +
           "rule/dr"},
      {"events", "POST", "/", "AWSEvents.PutRule", R"({"Name":"dr","EventBusName":"own"})",
       "events:PutRule arn:aws:events:" + here + "rule/own/dr"},
      {"events", "POST", "/", "AWSEvents.PutTargets",
       R"({"Rule":"dr","Targets":[{"Id":"1","Arn":"x","RoleArn":"arn:aws:iam::111122223333:role/r"}]})",
       "events:PutTargets arn:aws:events:" + here + "rule/dr, iam:PassRole " + role +
           " to events.amazonaws.com"},
      {"events", "POST", "/", "AWSEvents.PutEvents", R"({"Entries":[{"Source":"s3dr"}]})",
       "events:PutEvents arn:aws:events:" + here + "event-bus/default"},
      {"events", "POST", "/", "AWSEvents.ListRules", R"({"NamePrefix":"dr"})", "events:ListRules *"},
      {"events", "POST", "/", "AWSEvents.CreateConnection", R"({"Name":"c"})",
       "events:CreateConnection arn:aws:events:" + here + "connection/c"},
      {"events", "POST", "/", "AWSEvents.PutRule", "not json", "events:PutRule *"},
      {"logs", "POST", "/", "Logs_20140328.CreateLogGroup", R"({"logGroupName":"/aws/lambda/f"})",
       "logs:CreateLogGroup arn:aws:logs:" + here + "log-group:/aws/lambda/f:log-stream:"},
      {"logs", "POST", "/", "Logs_20140328.PutLogEvents",
       R"({"logGroupName":"/aws/lambda/f","logStreamName":"s"})",
       "logs:PutLogEvents arn:aws:logs:" + here + "log-group:/aws/lambda/f:log-stream:s"},
      {"monitoring", "POST", "/", "", "Action=PutMetricAlarm&AlarmName=a",
       "cloudwatch:PutMetricAlarm arn:aws:cloudwatch:" + here + "alarm:a"},
      {"monitoring", "POST", "/", "", "Action=DeleteAlarms&AlarmNames.member.1=a&AlarmNames.member.2=b",
       "cloudwatch:DeleteAlarms arn:aws:cloudwatch:" + here +
           "alarm:a, cloudwatch:DeleteAlarms arn:aws:cloudwatch:" + here + "alarm:b"},
      {"cloudtrail", "POST", "/", "CloudTrail_20131101.GetTrailStatus", R"({"Name":"default"})",
       "cloudtrail:GetTrailStatus arn:aws:cloudtrail:" + here + "trail/default"},
      {"tagging", "POST", "/", "ResourceGroupsTaggingAPI_20170126.GetResources", "{}", "tag:GetResources *"},
      {"iam", "POST", "/", "", "Action=GetRole&RoleName=with-path",
       "iam:GetRole arn:aws:iam::111122223333:role/dr/with-path"},
      {"iam", "POST", "/", "", "Action=CreateRole&RoleName=x&Path=%2Fdr%2F",
       "iam:CreateRole arn:aws:iam::111122223333:role/dr/x"},
      {"lambda", "POST", "/2015-03-31/functions", "",
       R"({"FunctionName":"check","Role":"arn:aws:iam::111122223333:role/r","Tags":{"a":"b"}})",
       "lambda:CreateFunction " + function + ", lambda:TagResource " + function + ", iam:PassRole " + role +
           " to lambda.amazonaws.com"},
      {"lambda", "GET", "/2015-03-31/functions", "", "", "lambda:ListFunctions *"},
      {"lambda", "GET", "/2015-03-31/functions/check", "", "", "lambda:GetFunction " + function},
      {"lambda", "DELETE", "/2015-03-31/functions/check/policy/sid", "", "",
       "lambda:RemovePermission " + function},
      {"lambda", "PUT", "/2015-03-31/functions/check/configuration", "",
       R"({"Role":"arn:aws:iam::111122223333:role/r"})",
       "lambda:UpdateFunctionConfiguration " + function + ", iam:PassRole " + role +
           " to lambda.amazonaws.com"},
      {"lambda", "POST", "/2015-03-31/functions/" + uri_encode(function) + "/invocations", "", "{}",
       "lambda:InvokeFunction " + function},
      {"lambda", "POST", "/2015-03-31/functions/444455556666:function:check/invocations", "", "{}",
       "lambda:InvokeFunction arn:aws:lambda:us-west-2:444455556666:function:check"},
      {"lambda", "PUT", "/2019-09-25/functions/check/event-invoke-config", "", "{}",
       "lambda:PutFunctionEventInvokeConfig " + function},
      {"lambda", "POST", "/2017-03-31/tags/" + uri_encode(function), "", "{}",
       "lambda:TagResource " + function},
      {"lambda", "PATCH", "/2015-03-31/functions/check", "", "", "lambda:Unknown *"},
      {"elsewhere", "POST", "/", "X.Do", "{}", "elsewhere:Do *"},
      {"sts", "POST", "/", "", "Action=GetCallerIdentity", ""},
  };
  for (const Row& row : rows)
    EXPECT_EQ(needed(row.service, row.method, row.path, row.target, row.body), row.needed)
        << row.service << " " << row.method << " " << row.path << " " << row.target << " " << row.body;
}

TEST_F(ServiceAccessTest, TargetsAreAskedBeforeSomethingIsHandedToThem) {
  const std::string function = "arn:aws:lambda:us-west-2:111122223333:function:check";
  const std::string queue = "arn:aws:sqs:us-west-2:111122223333:dlq";
  execute(
      "INSERT INTO lambda_function (account, name, configuration) VALUES ('111122223333', 'check', '{}')");
  execute("INSERT INTO sqs_queue (account, name, created_ms) VALUES ('111122223333', 'dlq', 0)");
  int number = 0;
  const auto hand = [&](const std::string& target, const std::string& principal,
                        const std::string& source_arn, const std::string& source_account = "111122223333") {
    Delivery delivery;
    delivery.target_arn = target;
    delivery.payload = "{}";
    delivery.principal = principal;
    delivery.source_arn = source_arn;
    delivery.source_account = source_account;
    return run(west().context().database.write([&](cloud::Connection& db) {
      return hand_over(db, delivery, clock.now(), "id-" + std::to_string(number++));
    }));
  };
  const std::string sns = "sns.amazonaws.com", topic = "arn:aws:sns:us-west-2:111122223333:dr";
  EXPECT_EQ(hand(function, sns, topic), Handed::not_allowed);
  EXPECT_EQ(hand(queue, sns, topic), Handed::not_allowed);
  EXPECT_EQ(hand(function + "-other", sns, topic), Handed::no_target);

  const auto policy = [&](const std::string& action, const std::string& resource) {
    return document(R"({"Sid":"a","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":")" +
                    action + R"(","Resource":")" + resource +
                    R"(","Condition":{"ArnLike":{"AWS:SourceArn":")" + topic +
                    R"("},"StringEquals":{"AWS:SourceAccount":"111122223333"}}})");
  };
  execute("UPDATE lambda_function SET policy = '" + policy("lambda:InvokeFunction", function) + "'");
  execute("UPDATE sqs_queue SET attributes = '" +
          boost::json::serialize(boost::json::object{{"Policy", policy("SQS:SendMessage", queue)}}) + "'");
  for (const std::string& target : {function, queue}) {
    SCOPED_TRACE(target);
    EXPECT_EQ(hand(target, sns, topic), Handed::taken);
    EXPECT_EQ(hand(target, "events.amazonaws.com", topic), Handed::not_allowed);
    EXPECT_EQ(hand(target, sns, topic + "-other"), Handed::not_allowed);
    EXPECT_EQ(hand(target, sns, topic, "444455556666"), Handed::not_allowed);
  }
  auto rows = west().context().database.reader().prepare(
      "SELECT (SELECT COUNT(*) FROM lambda_invocation) || ' ' || (SELECT COUNT(*) FROM sqs_message)");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(0), "1 1");
}

}  // namespace
}  // namespace s3dr::services
