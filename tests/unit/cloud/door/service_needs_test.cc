// Every operation is asked about what the service acts upon, and about nothing else, whatever further fields
// name something.
#include <algorithm>
#include <set>

#include "cloud/door/service_access.h"
#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace {

namespace json = boost::json;
using cloud::alice;
using cloud::Reply;

const std::string in_account = "us-west-2:111122223333:";
const std::string iam = "arn:aws:iam::111122223333:";

// Some of the service's operations, the one field that names their resource with its value (empty: none
// does), and what is asked about.
struct Row {
  std::string service;
  std::vector<std::string> operations;
  json::object names;
  std::vector<std::string> resources;
};

// Whatever may name a resource of the service: something else.
json::object decoys(const std::string& service) {
  const auto arn = [](const std::string& of, const std::string& resource) {
    return "arn:aws:" + of + ":" + in_account + resource;
  };
  if (service == "sns") {
    return {{"Name", "mine"},
            {"TopicArn", arn("sns", "mine")},
            {"TargetArn", arn("sns", "mine")},
            {"ResourceArn", arn("sns", "mine")},
            {"SubscriptionArn", arn("sns", "mine:1")}};
  }
  if (service == "sqs") return {{"QueueName", "mine"}, {"QueueUrl", "http://x/111122223333/mine"}};
  if (service == "events") {
    return {{"Name", "mine"},
            {"Rule", "mine"},
            {"ResourceARN", arn("events", "rule/mine")},
            {"TargetArn", arn("events", "rule/mine")}};
  }
  if (service == "logs") {
    return {{"logGroupName", "/mine"},
            {"logGroupNamePrefix", "/mine"},
            {"logGroupIdentifier", arn("logs", "log-group:/mine")},
            {"resourceArn", arn("logs", "log-group:/mine")},
            {"logStreamName", "stream"}};
  }
  if (service == "monitoring") {
    return {{"AlarmName", "mine"},
            {"AlarmNames", json::array{"mine"}},
            {"ResourceARN", arn("cloudwatch", "alarm:mine")}};
  }
  if (service == "cloudtrail") {
    return {{"Name", "mine"},
            {"TrailName", "mine"},
            {"ResourceId", arn("cloudtrail", "trail/mine")},
            {"ResourceIdList", json::array{arn("cloudtrail", "trail/mine")}}};
  }
  return {{"RoleName", "mine"},
          {"Path", "/mine/"},
          {"Url", "http://mine"},
          {"OpenIDConnectProviderArn", iam + "oidc-provider/mine"}};
}

std::vector<Row> rows() {
  const std::string topic = "arn:aws:sns:" + in_account + "victim";
  const std::string queue = "arn:aws:sqs:" + in_account + "victim";
  const std::string url = "http://x/111122223333/victim";
  const std::string events = "arn:aws:events:" + in_account;
  const std::string group = "arn:aws:logs:" + in_account + "log-group:/victim";
  const std::string alarm = "arn:aws:cloudwatch:" + in_account + "alarm:";
  const std::string trail = "arn:aws:cloudtrail:" + in_account + "trail/victim";
  return {
      {"sns", {"CreateTopic"}, {{"Name", "victim"}}, {topic}},
      {"sns",
       {"DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", "Subscribe", "ListSubscriptionsByTopic",
        "Publish", "PublishBatch"},
       {{"TopicArn", topic}},
       {topic}},
      {"sns", {"Publish"}, {{"TopicArn", nullptr}, {"TargetArn", topic}}, {topic}},
      {"sns", {"TagResource", "UntagResource", "ListTagsForResource"}, {{"ResourceArn", topic}}, {topic}},
      {"sns",
       {"Unsubscribe", "GetSubscriptionAttributes", "SetSubscriptionAttributes"},
       {{"SubscriptionArn", topic + ":1"}},
       {topic}},
      {"sns", {"ListTopics", "ListSubscriptions", "NoSuchThing"}, {}, {"*"}},
      // No service looks at the partition.
      {"sns", {"DeleteTopic"}, {{"TopicArn", "arn:aws-cn:sns:" + in_account + "victim"}}, {topic}},

      {"sqs", {"CreateQueue", "GetQueueUrl"}, {{"QueueName", "victim"}}, {queue}},
      {"sqs",
       {"GetQueueUrl"},
       {{"QueueName", "victim"}, {"QueueOwnerAWSAccountId", "444455556666"}},
       {"arn:aws:sqs:us-west-2:444455556666:victim"}},
      {"sqs",
       {"DeleteQueue", "GetQueueAttributes", "SetQueueAttributes", "PurgeQueue", "TagQueue", "UntagQueue",
        "ListQueueTags", "SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage",
        "DeleteMessageBatch", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch"},
       {{"QueueUrl", url}},
       {queue}},
      {"sqs", {"ListQueues", "NoSuchThing"}, {}, {"*"}},

      {"events",
       {"PutRule", "DescribeRule", "EnableRule", "DisableRule", "DeleteRule"},
       {{"Name", "victim"}},
       {events + "rule/victim"}},
      {"events",
       {"PutTargets", "RemoveTargets", "ListTargetsByRule"},
       {{"Rule", "victim"}},
       {events + "rule/victim"}},
      {"events",
       {"RemoveTargets"},
       {{"Rule", "victim"}, {"EventBusName", "own"}},
       {events + "rule/own/victim"}},
      {"events",
       {"TagResource", "UntagResource", "ListTagsForResource"},
       {{"ResourceARN", events + "rule/victim"}},
       {events + "rule/victim"}},
      {"events", {"DescribeEventBus"}, {{"Name", "victim"}}, {events + "event-bus/victim"}},
      {"events", {"DescribeEventBus"}, {{"Name", nullptr}}, {events + "event-bus/default"}},
      {"events",
       {"CreateConnection", "DescribeConnection", "DeleteConnection"},
       {{"Name", "victim"}},
       {events + "connection/victim"}},
      {"events",
       {"CreateApiDestination", "UpdateApiDestination", "DescribeApiDestination", "DeleteApiDestination"},
       {{"Name", "victim"}},
       {events + "api-destination/victim"}},
      {"events",
       {"PutEvents"},
       {{"Entries", json::array{json::object{{"EventBusName", "victim"}}, json::object{}}}},
       {events + "event-bus/victim", events + "event-bus/default"}},
      {"events",
       {"ListRules", "ListRuleNamesByTarget", "ListEventBuses", "ListConnections", "ListApiDestinations",
        "TestEventPattern", "NoSuchThing"},
       {},
       {"*"}},

      {"logs",
       {"CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy",
        "DescribeLogStreams", "FilterLogEvents", "TagLogGroup", "UntagLogGroup", "ListTagsLogGroup"},
       {{"logGroupName", "/victim"}},
       {group + ":log-stream:"}},
      {"logs",
       {"CreateLogStream", "DeleteLogStream", "PutLogEvents", "GetLogEvents"},
       {{"logGroupName", "/victim"}},
       {group + ":log-stream:stream"}},
      {"logs", {"DescribeLogGroups"}, {{"logGroupNamePrefix", "/victim"}}, {group + ":log-stream:"}},
      {"logs",
       {"FilterLogEvents", "DescribeLogStreams"},
       {{"logGroupName", nullptr}, {"logGroupIdentifier", group + ":*"}},
       {group + ":log-stream:"}},
      {"logs",
       {"FilterLogEvents"},
       {{"logGroupName", nullptr}, {"logGroupIdentifier", "/victim"}},
       {group + ":log-stream:"}},
      {"logs",
       {"GetLogEvents"},
       {{"logGroupName", nullptr}, {"logGroupIdentifier", group}},
       {group + ":log-stream:stream"}},
      {"logs", {"TagResource", "UntagResource", "ListTagsForResource"}, {{"resourceArn", group}}, {group}},
      {"logs", {"TagResource"}, {{"resourceArn", group + ":*"}}, {group}},
      {"logs", {"NoSuchThing"}, {}, {"*"}},

      {"monitoring", {"PutMetricAlarm"}, {{"AlarmName", "victim"}}, {alarm + "victim"}},
      {"monitoring",
       {"DescribeAlarms", "DeleteAlarms"},
       {{"AlarmNames", json::array{"victim", "other"}}},
       {alarm + "victim", alarm + "other"}},
      {"monitoring", {"DescribeAlarms"}, {{"AlarmNames", nullptr}}, {alarm + "*"}},
      {"monitoring", {"DeleteAlarms"}, {{"AlarmNames", nullptr}}, {"*"}},
      {"monitoring",
       {"TagResource", "UntagResource", "ListTagsForResource"},
       {{"ResourceARN", alarm + "victim"}},
       {alarm + "victim"}},
      {"monitoring",
       {"PutMetricData", "GetMetricStatistics", "GetMetricData", "ListMetrics", "NoSuchThing"},
       {},
       {"*"}},

      {"cloudtrail",
       {"CreateTrail", "GetTrail", "GetTrailStatus", "UpdateTrail", "DeleteTrail", "StartLogging",
        "StopLogging"},
       {{"Name", "victim"}},
       {trail}},
      {"cloudtrail", {"StopLogging"}, {{"Name", trail}}, {trail}},
      {"cloudtrail", {"GetEventSelectors", "PutEventSelectors"}, {{"TrailName", "victim"}}, {trail}},
      {"cloudtrail", {"AddTags", "RemoveTags"}, {{"ResourceId", trail}}, {trail}},
      {"cloudtrail", {"ListTags"}, {{"ResourceIdList", json::array{trail}}}, {trail}},
      {"cloudtrail", {"DescribeTrails", "ListTrails", "NoSuchThing"}, {}, {"*"}},

      {"iam", {"CreateRole"}, {{"RoleName", "victim"}, {"Path", "/dr/"}}, {iam + "role/dr/victim"}},
      // As it is kept, however it is written.
      {"iam",
       {"GetRole", "UpdateRole", "UpdateAssumeRolePolicy", "DeleteRole", "TagRole", "UntagRole",
        "ListRoleTags", "PutRolePolicy", "GetRolePolicy", "ListRolePolicies", "DeleteRolePolicy",
        "ListAttachedRolePolicies", "ListInstanceProfilesForRole"},
       {{"RoleName", "ADMIN"}},
       {iam + "role/team/Admin"}},
      {"iam", {"GetRole"}, {{"RoleName", "absent"}}, {iam + "role/absent"}},
      {"iam", {"ListRoles"}, {}, {iam + "role/"}},
      {"iam",
       {"CreateOpenIDConnectProvider"},
       {{"Url", "http://127.0.0.1:9/victim//"}},
       {iam + "oidc-provider/127.0.0.1:9/victim"}},
      {"iam",
       {"GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider",
        "RemoveClientIDFromOpenIDConnectProvider"},
       {{"OpenIDConnectProviderArn", iam + "oidc-provider/victim"}},
       {iam + "oidc-provider/victim"}},
      {"iam", {"ListOpenIDConnectProviders", "ListAccountAliases", "NoSuchThing"}, {}, {"*"}},
  };
}

void add_to_form(std::string& form, const std::string& name, const json::value& value) {
  if (value.is_array()) {
    std::size_t number = 0;
    for (const json::value& entry : value.get_array())
      add_to_form(form, name + ".member." + std::to_string(++number), entry);
  } else if (value.is_string()) {
    form += "&" + uri_encode(name) + "=" + uri_encode(value.get_string());
  }
}

class ServiceNeedsTest : public RolesTest {
 protected:
  ServiceNeedsTest() {
    query(
        "iam", "CreateRole",
        {{"RoleName", "Admin"}, {"Path", "/team/"}, {"AssumeRolePolicyDocument", trust(of_account(alice))}});
  }

  std::vector<std::string> asked_about(const std::string& service, const std::string& operation,
                                       const json::object& fields, bool as_form) {
    cloud::ServiceRequest request;
    request.service = service;
    request.method = "POST";
    request.path = "/";
    request.caller.account = s3::AccountId::parse(alice.id);
    if (as_form) {
      request.body = "Action=" + operation;
      for (const auto& [name, value] : fields) add_to_form(request.body, name, value);
    } else {
      request.headers.set("X-Amz-Target", "Some." + operation);
      request.body = json::serialize(fields);
    }
    std::vector<std::string> resources;
    for (const cloud::Access& access : cloud::needed_access(west().context(), request))
      resources.push_back(access.resource);
    std::ranges::sort(resources);
    return resources;
  }

  // May do everything, but not with the victim.
  cloud::Account spared(const std::string& victim) {
    return session_with(allow(R"("*")") + R"(,{"Effect":"Deny","Action":"*","Resource":")" + victim + "\"}",
                        "worker-" + std::to_string(++roles_));
  }

 private:
  int roles_ = 0;
};

TEST_F(ServiceNeedsTest, WhateverElseIsNamed) {
  std::set<std::string> operations;
  for (const Row& row : rows()) {
    json::object fields = decoys(row.service);
    for (const auto& [name, value] : row.names) fields[name] = value;
    std::vector<std::string> wanted = row.resources;
    std::ranges::sort(wanted);
    for (const std::string& operation : row.operations) {
      operations.insert(row.service + operation);
      const bool only_form = row.service == "sns" || row.service == "iam";
      if (only_form || row.service == "monitoring") {
        EXPECT_EQ(asked_about(row.service, operation, fields, true), wanted)
            << row.service << " " << operation << " " << json::serialize(fields);
      }
      if (!only_form) {
        EXPECT_EQ(asked_about(row.service, operation, fields, false), wanted)
            << row.service << " " << operation << " " << json::serialize(fields);
      }
    }
  }
  EXPECT_GT(operations.size(), 110U);
}

TEST_F(ServiceNeedsTest, EveryEntryOfAListIsAskedAboutHoweverItIsNumbered) {
  for (const char* second : {"2", "3", "01", "x"}) {
    const json::object fields = {{"AlarmNames.member.1", "mine"},
                                 {std::string("AlarmNames.member.") + second, "victim"}};
    const auto asked = asked_about("monitoring", "DeleteAlarms", fields, true);
    EXPECT_EQ(asked.size(), 2U) << second;
    EXPECT_TRUE(std::ranges::any_of(asked, [](const std::string& r) { return r.ends_with(":victim"); }));
  }
}

TEST_F(ServiceNeedsTest, AFunctionIsItselfWithItsLatestVersionToo) {
  cloud::ServiceRequest request;
  request.service = "lambda";
  request.method = "DELETE";
  request.path = "/2015-03-31/functions/victim%3A%24LATEST";
  request.caller.account = s3::AccountId::parse(alice.id);
  EXPECT_EQ(cloud::needed_access(west().context(), request).at(0).resource,
            "arn:aws:lambda:" + in_account + "function:victim");
  request.method = "POST";
  request.path += "/invocations";  // which AWS tells apart
  EXPECT_EQ(cloud::needed_access(west().context(), request).at(0).resource,
            "arn:aws:lambda:" + in_account + "function:victim:$LATEST");
}

TEST_F(ServiceNeedsTest, ARuleThatIsDeniedStaysAsItIs) {
  for (const char* name : {"victim", "mine"}) {
    json_call("events", "AWSEvents.PutRule", {{"Name", name}, {"EventPattern", R"({"source":["x"]})"}});
  }
  const std::string rules = "arn:aws:events:" + in_account + "rule/";
  const cloud::Account session = spared(rules + "victim");
  for (const char* operation : {"DisableRule", "EnableRule", "DeleteRule"}) {
    const Reply reply =
        json_call("events", std::string("AWSEvents.") + operation,
                  {{"Name", "victim"}, {"Rule", "mine"}, {"ResourceARN", rules + "mine"}}, session);
    EXPECT_NE(reply.body.find("explicit deny"), std::string::npos) << operation << reply.body;
  }
  const Reply targets = json_call(
      "events", "AWSEvents.RemoveTargets",
      {{"Rule", "victim"}, {"Ids", json::array{"1"}}, {"Name", "mine"}, {"ResourceARN", rules + "mine"}},
      session);
  EXPECT_NE(targets.body.find("explicit deny"), std::string::npos) << targets.body;
  EXPECT_EQ(parsed(json_call("events", "AWSEvents.DescribeRule", {{"Name", "victim"}})).at("State"),
            "ENABLED");
}

TEST_F(ServiceNeedsTest, ATrailThatIsDeniedGoesOnLogging) {
  const cloud::Account session = spared("arn:aws:cloudtrail:" + in_account + "trail/s3dr-default");
  const std::string prefix = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.";
  for (const char* operation : {"StopLogging", "DeleteTrail"}) {
    const Reply reply = json_call("cloudtrail", prefix + operation,
                                  {{"Name", "s3dr-default"}, {"TrailName", "mine"}}, session);
    EXPECT_NE(reply.body.find("explicit deny"), std::string::npos) << reply.body;
  }
  const Reply status = json_call("cloudtrail", prefix + "GetTrailStatus", {{"Name", "s3dr-default"}});
  EXPECT_EQ(parsed(status).at("IsLogging"), true) << status.body;
}

TEST_F(ServiceNeedsTest, ALogGroupIsNamedInOneWay) {
  for (const char* name : {"/victim", "/mine"})
    json_call("logs", "Logs_20140328.CreateLogGroup", {{"logGroupName", name}});
  const std::string groups = "arn:aws:logs:" + in_account + "log-group:";
  const cloud::Account session = spared(groups + "/victim*");
  const auto call = [&](const std::string& operation, const json::object& body, const cloud::Account& who) {
    return json_call("logs", "Logs_20140328." + operation, body, who);
  };
  const auto denied = [&](const std::string& operation, const json::object& body) {
    return call(operation, body, session).body.find("explicit deny") != std::string::npos;
  };
  EXPECT_TRUE(
      denied("FilterLogEvents", {{"logGroupName", "/victim"}, {"logGroupIdentifier", groups + "/mine"}}));
  EXPECT_TRUE(denied("FilterLogEvents", {{"logGroupIdentifier", "/victim"}}));
  EXPECT_TRUE(denied("FilterLogEvents", {{"logGroupIdentifier", groups + "/victim:*"}}));
  EXPECT_TRUE(denied(
      "TagLogGroup",
      {{"logGroupName", "/victim"}, {"resourceArn", groups + "/mine"}, {"tags", json::object{{"a", "b"}}}}));
  // What the door would have to guess at is refused by the service.
  const json::object tags{{"a", "b"}};
  EXPECT_GE(
      call("FilterLogEvents", {{"logGroupName", "/mine"}, {"logGroupIdentifier", groups + "/mine"}}, alice)
          .status,
      400);
  EXPECT_GE(call("TagResource", {{"logGroupName", "/victim"}, {"tags", tags}}, session).status, 400);
  EXPECT_GE(call("TagResource",
                 {{"logGroupName", "/victim"}, {"resourceArn", groups + "/mine"}, {"tags", tags}}, session)
                .status,
            400);
  EXPECT_GE(call("DeleteLogGroup", {{"logGroupName", groups + "/victim"}}, session).status, 400);
  const std::string elsewhere = "arn:aws:logs:us-east-2:111122223333:log-group:/victim";
  EXPECT_GE(call("FilterLogEvents", {{"logGroupIdentifier", elsewhere}}, session).status, 400);
  EXPECT_EQ(call("FilterLogEvents", {{"logGroupIdentifier", groups + "/mine"}}, session).status, 200);
  EXPECT_EQ(call("ListTagsForResource", {{"resourceArn", groups + "/victim"}}, alice).body, R"({"tags":{}})");
}

TEST_F(ServiceNeedsTest, AListWithAGapIsRefused) {
  const auto alarm = [](const std::string& name) {
    return std::map<std::string, std::string>{
        {"AlarmName", name}, {"Namespace", "N"},
        {"MetricName", "m"}, {"Statistic", "Sum"},
        {"Period", "60"},    {"EvaluationPeriods", "1"},
        {"Threshold", "1"},  {"ComparisonOperator", "GreaterThanThreshold"}};
  };
  for (const char* name : {"mine", "victim"})
    ASSERT_EQ(query("monitoring", "PutMetricAlarm", alarm(name)).status, 200);
  const cloud::Account session = spared("arn:aws:cloudwatch:" + in_account + "alarm:victim");
  for (const char* second : {"3", "01", "x", "0"}) {
    const std::map<std::string, std::string> form = {{"AlarmNames.member.1", "mine"},
                                                     {std::string("AlarmNames.member.") + second, "victim"}};
    EXPECT_EQ(query("monitoring", "DeleteAlarms", form, session).status, 403) << second;
    const Reply refused = query("monitoring", "DeleteAlarms", form);
    EXPECT_EQ(refused.code(), "MalformedInput") << second << refused.body;
  }
  EXPECT_NE(query("monitoring", "DescribeAlarms", {}).body.find("<AlarmName>victim<"), std::string::npos);
  const std::string topic = query("sns", "CreateTopic", {{"Name", "t"}}).element("TopicArn");
  EXPECT_EQ(query("sns", "UntagResource",
                  {{"ResourceArn", topic}, {"TagKeys.member.1", "a"}, {"TagKeys.member.3", "b"}})
                .code(),
            "MalformedInput");
}

TEST_F(ServiceNeedsTest, ARoleAndAProviderThatAreDeniedStay) {
  const cloud::Account session = spared(iam + "role/team/Admin");
  for (const char* name : {"Admin", "ADMIN", "admin"}) {
    EXPECT_EQ(query("iam", "DeleteRole", {{"RoleName", name}}, session).status, 403) << name;
    EXPECT_EQ(query("iam", "PutRolePolicy",
                    {{"RoleName", name}, {"PolicyName", "p"}, {"PolicyDocument", document(allow(R"("*")"))}},
                    session)
                  .status,
              403)
        << name;
  }
  ASSERT_EQ(query("iam", "CreateOpenIDConnectProvider", {{"Url", "http://127.0.0.1:9/victim"}}).status, 200);
  const std::string provider = iam + "oidc-provider/127.0.0.1:9/victim";
  const cloud::Account other = spared(provider);
  EXPECT_EQ(query("iam", "DeleteOpenIDConnectProvider",
                  {{"OpenIDConnectProviderArn", provider}, {"Url", "https://mine"}}, other)
                .status,
            403);
  EXPECT_NE(query("iam", "ListOpenIDConnectProviders", {}).body.find(provider), std::string::npos);
}

}  // namespace
}  // namespace s3dr::services
