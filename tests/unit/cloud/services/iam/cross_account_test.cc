// Another account's bucket, topic, queue and function: both sides have to agree, the caller's identity
// policies and the resource's own policy; each alone is refused by name. Replication asks in the same way.
#include "cloud/replication/service_roles.h"

#include <functional>

#include "cloud/store/bucket_table.h"
#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace {

namespace json = boost::json;
using cloud::alice;
using cloud::bob;
using cloud::Reply;

std::string here(const std::string& service, const std::string& name) {
  return "arn:aws:" + service + ":us-west-2:" + alice.id + ":" + name;
}

class CrossAccountTest : public RolesTest {
 protected:
  CrossAccountTest() {
    create_bucket(west(), "shared");
    send({"PUT", "/shared/key", "the object"});
    query("sns", "CreateTopic", {{"Name", "news"}});
    json_call("sqs", "AmazonSQS.CreateQueue", json::object{{"QueueName", "letters"}});
    west().context().database.reader().execute(
        "INSERT INTO lambda_function (account, name, configuration) VALUES ('" + alice.id +
        "', 'check', '{\"FunctionName\":\"check\"}')");
    create_role("worker", trust(of_account(bob)), bob);
    session = session_of(assume(role_arn("worker", bob), bob), bob.id);
  }

  // What is alice's, how bob asks for it, and how alice opens it.
  struct Thing {
    std::string action, resource;
    std::function<Reply(const cloud::Account&)> call;
    std::function<Reply(const std::string& policy)> open;
  };
  std::vector<Thing> things() {
    const std::string url = "http://localhost/" + alice.id + "/letters";
    return {
        {"s3:GetObject", "arn:aws:s3:::shared/key",
         [this](const cloud::Account& who) { return send({"GET", "/shared/key", "", {}, who}); },
         [this](const std::string& policy) { return send({"PUT", "/shared?policy", policy}); }},
        {"sns:Publish", here("sns", "news"),
         [this](const cloud::Account& who) {
           return query("sns", "Publish", {{"TopicArn", here("sns", "news")}, {"Message", "x"}}, who);
         },
         [this](const std::string& policy) {
           return query(
               "sns", "SetTopicAttributes",
               {{"TopicArn", here("sns", "news")}, {"AttributeName", "Policy"}, {"AttributeValue", policy}});
         }},
        {"sqs:SendMessage", here("sqs", "letters"),
         [this, url](const cloud::Account& who) {
           return json_call("sqs", "AmazonSQS.SendMessage",
                            json::object{{"QueueUrl", url}, {"MessageBody", "x"}}, who);
         },
         [this, url](const std::string& policy) {
           return json_call(
               "sqs", "AmazonSQS.SetQueueAttributes",
               json::object{{"QueueUrl", url}, {"Attributes", json::object{{"Policy", policy}}}});
         }},
        {"lambda:GetFunction", here("lambda", "function:check"),
         [this](const cloud::Account& who) {
           return rest("lambda", "GET",
                       "/2015-03-31/functions/" + uri_encode(here("lambda", "function:check")), "", who);
         },
         [this](const std::string& policy) {
           west()
               .context()
               .database.reader()
               .prepare("UPDATE lambda_function SET policy = ?")
               .bind(policy)
               .run();
           return Reply{200};
         }}};
  }
  static std::string letting_in(const std::string& principal, const Thing& thing) {
    return document(R"({"Sid":"a","Effect":"Allow","Principal":)" + principal + R"(,"Action":")" +
                    thing.action + R"(","Resource":")" + thing.resource + "\"}");
  }
  static bool is_denied(const Reply& reply, const Thing& thing, const std::string& by) {
    const std::string sentence =
        "is not authorized to perform: " + thing.action + " on resource: " + thing.resource;
    return reply.status == 403 && reply.body.find(sentence) != std::string::npos &&
           reply.body.find("no " + by + " policy allows") != std::string::npos;
  }

  cloud::Account session;  // of bob's role
};

TEST_F(CrossAccountTest, BothSidesHaveToAllow) {
  for (const Thing& thing : things()) {
    SCOPED_TRACE(thing.action);
    const auto reply = [&](const cloud::Account& who) { return thing.call(who); };
    put_policy("worker", allow(R"("s3:ListAllMyBuckets")"), bob);
    // Neither; the identity policy alone; bob's own keys.
    EXPECT_TRUE(is_denied(reply(session), thing, "identity-based")) << reply(session).body;
    put_policy("worker", allow("\"" + thing.action + "\"", "\"" + thing.resource + "\""), bob);
    EXPECT_TRUE(is_denied(reply(session), thing, "resource-based")) << reply(session).body;
    EXPECT_TRUE(is_denied(reply(bob), thing, "resource-based")) << reply(bob).body;
    for (const std::string& principal : {of_account(bob), R"({"AWS":")" + role_arn("worker", bob) + "\"}"}) {
      const Reply opened = thing.open(letting_in(principal, thing));
      ASSERT_LT(opened.status, 300) << opened.body;
      EXPECT_LT(reply(session).status, 300) << reply(session).body;
      // The resource's policy alone.
      put_policy("worker", allow(R"("s3:ListAllMyBuckets")"), bob);
      EXPECT_TRUE(is_denied(reply(session), thing, "identity-based")) << reply(session).body;
      put_policy("worker", allow("\"" + thing.action + "\"", "\"" + thing.resource + "\""), bob);
    }
    // Naming the role lets nobody else of the account in; naming the account does.
    EXPECT_TRUE(is_denied(reply(bob), thing, "resource-based")) << reply(bob).body;
    thing.open(letting_in(of_account(bob), thing));
    EXPECT_LT(reply(bob).status, 300) << reply(bob).body;
    // A Deny wins over everything.
    std::string denying = letting_in(of_account(bob), thing);
    denying.replace(denying.rfind("]}"), 2,
                    R"(,{"Effect":"Deny","Principal":{"AWS":")" + bob.id + R"("},"Action":"*","Resource":")" +
                        thing.resource + "\"}]}");
    thing.open(denying);
    EXPECT_NE(reply(session).body.find("with an explicit deny in a resource-based policy"), std::string::npos)
        << reply(session).body;
    EXPECT_LT(reply(alice).status, 300) << reply(alice).body;
  }
}

// Within an account, a policy that names the account alone leaves it to the roles' own; one that names the
// role lets it in by itself.
TEST_F(CrossAccountTest, NamingTheAccountLetsNoneOfItsRolesIn) {
  const cloud::Account own = session_with(allow(R"("s3:ListAllMyBuckets")"), "own");
  const std::string account = R"({"AWS":"arn:aws:iam::)" + alice.id + R"(:root"})";
  const std::string role = R"({"AWS":")" + role_arn("own") + "\"}";
  for (const Thing& thing : things()) {
    SCOPED_TRACE(thing.action);
    ASSERT_LT(thing.open(letting_in(account, thing)).status, 300);
    EXPECT_TRUE(is_denied(thing.call(own), thing, "identity-based")) << thing.call(own).body;
    EXPECT_LT(thing.call(alice).status, 300);
    put_policy("own", allow("\"" + thing.action + "\"", "\"" + thing.resource + "\""));
    EXPECT_LT(thing.call(own).status, 300) << thing.call(own).body;
    put_policy("own", allow(R"("s3:ListAllMyBuckets")"));
    ASSERT_LT(thing.open(letting_in(role, thing)).status, 300);
    EXPECT_LT(thing.call(own).status, 300) << thing.call(own).body;
  }
}

// Two fields that can name the resource: the door and the service must not read different ones.
TEST_F(CrossAccountTest, TheDoorAsksAboutWhatTheServiceActsUpon) {
  query("sns", "CreateTopic", {{"Name", "own"}}, bob);
  json_call("sqs", "AmazonSQS.CreateQueue", json::object{{"QueueName", "own"}}, bob);
  const std::string own = "arn:aws:sns:us-west-2:" + bob.id + ":own", news = here("sns", "news");
  for (const char* other : {"TargetArn", "ResourceArn", "SubscriptionArn"}) {
    const std::map<std::string, std::string> both = {
        {"TopicArn", news},
        {other, own + (std::string(other) == "SubscriptionArn" ? ":1" : "")},
        {"Message", "x"}};
    for (const char* action : {"Publish", "GetTopicAttributes", "DeleteTopic", "ListSubscriptionsByTopic"})
      EXPECT_EQ(query("sns", action, both, bob).status, 403) << action << " " << other;
  }
  EXPECT_EQ(query("sns", "ListTagsForResource", {{"ResourceArn", news}, {"TopicArn", own}}, bob).status, 403);
  const std::string url = "http://localhost/" + alice.id + "/letters";
  for (const char* operation :
       {"SendMessage", "ReceiveMessage", "PurgeQueue", "DeleteQueue", "GetQueueAttributes"}) {
    EXPECT_EQ(json_call("sqs", std::string("AmazonSQS.") + operation,
                        json::object{{"QueueUrl", url}, {"QueueName", "own"}, {"MessageBody", "x"}}, bob)
                  .status,
              403)
        << operation;
  }
}

// What a queue's policy cannot grant to other accounts (SQS Developer Guide), and tags of topics.
TEST_F(CrossAccountTest, SomeOperationsAreTheOwnersAlone) {
  const std::string url = "http://localhost/" + alice.id + "/letters";
  for (const Thing& thing : things()) {
    if (thing.action == "s3:GetObject") continue;
    thing.open(
        document(R"({"Effect":"Allow","Principal":"*","Action":"*","Resource":")" + thing.resource + "\"}"));
  }
  const auto of_queue = [&](const std::string& operation, json::object body) {
    body["QueueUrl"] = url;
    return json_call("sqs", "AmazonSQS." + operation, body, bob).status;
  };
  EXPECT_EQ(of_queue("GetQueueAttributes", {}), 200);
  EXPECT_EQ(of_queue("SetQueueAttributes", {{"Attributes", json::object{{"DelaySeconds", "1"}}}}), 403);
  EXPECT_EQ(of_queue("DeleteQueue", {}), 403);
  EXPECT_EQ(of_queue("ListQueueTags", {}), 403);
  EXPECT_EQ(query("sns", "GetTopicAttributes", {{"TopicArn", here("sns", "news")}}, bob).status, 200);
  EXPECT_EQ(query("sns", "ListTagsForResource", {{"ResourceArn", here("sns", "news")}}, bob).status, 403);
  const Reply url_of =
      json_call("sqs", "AmazonSQS.GetQueueUrl",
                json::object{{"QueueName", "letters"}, {"QueueOwnerAWSAccountId", alice.id}}, bob);
  EXPECT_EQ(url_of.status, 200) << url_of.body;
}

TEST_F(CrossAccountTest, AnotherAccountsFunctionMaySubscribeAndSnsActsForTheTopicsOwner) {
  west().context().database.reader().execute(
      "INSERT INTO lambda_function (account, name, configuration) VALUES ('" + bob.id + "', 'ear', '{}')");
  const std::map<std::string, std::string> form = {
      {"TopicArn", here("sns", "news")},
      {"Protocol", "lambda"},
      {"Endpoint", "arn:aws:lambda:us-west-2:" + bob.id + ":function:ear"}};
  EXPECT_EQ(query("sns", "Subscribe", form, bob).status, 403);
  const Reply opened =
      query("sns", "SetTopicAttributes",
            {{"TopicArn", here("sns", "news")},
             {"AttributeName", "Policy"},
             {"AttributeValue",
              document(R"({"Effect":"Allow","Principal":{"AWS":")" + bob.id +
                       R"("},"Action":"sns:Subscribe","Resource":")" + here("sns", "news") + "\"}")}});
  ASSERT_EQ(opened.status, 200) << opened.body;
  const Reply subscribed = query("sns", "Subscribe", form, bob);
  ASSERT_EQ(subscribed.status, 200) << subscribed.body;
  EXPECT_NE(
      query("sns", "ListSubscriptionsByTopic", {{"TopicArn", here("sns", "news")}}).body.find("function:ear"),
      std::string::npos);
  // Whoever subscribed and whoever owns the topic may end it.
  EXPECT_EQ(query("sns", "Unsubscribe", {{"SubscriptionArn", subscribed.element("SubscriptionArn")}}).status,
            200);
}

TEST_F(CrossAccountTest, APolicyThatCannotBeReadOrNamesNobodyIsNotKept) {
  for (const Thing& thing : things()) {
    if (thing.action == "lambda:GetFunction") continue;  // Lambda makes its policies itself
    SCOPED_TRACE(thing.action);
    EXPECT_EQ(thing.open("{}").status, 400);
    EXPECT_EQ(thing.open(R"({"Statement":[{"Effect":"Perhaps"}]})").status, 400);
    if (thing.action == "sqs:SendMessage") continue;
    EXPECT_EQ(thing.open(letting_in(R"({"AWS":"arn:aws:iam::444455556666:role/nobody"})", thing)).status,
              400);
    EXPECT_EQ(thing.open(letting_in(R"({"AWS":"999900001111"})", thing)).status, 400);
  }
}

// --- replication into another account
// --------------------------------------------------------------------------

class CrossAccountReplication : public RolesTest {
 protected:
  CrossAccountReplication() {
    create_bucket(west(), "ledger");
    enable_versioning(west(), "ledger");
    create_bucket(east(), "ledger-dr", bob);
    enable_versioning(east(), "ledger-dr", bob);
    create_role("copier", trust(of_service("s3.amazonaws.com")));
    put_policy("copier", rights);
  }
  Reply put_rule(const std::string& account = bob.id) {
    return send(
        {"PUT", "/ledger?replication",
         "<ReplicationConfiguration><Role>" + role_arn("copier") +
             "</Role><Rule><ID>r</ID><Priority>1</Priority><Filter/><Status>Enabled</Status>"
             "<Destination><Bucket>arn:aws:s3:::ledger-dr</Bucket>" +
             (account.empty() ? "" : "<Account>" + account + "</Account>") +
             "<AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation>"
             "</Destination><DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication>"
             "</Rule></ReplicationConfiguration>"});
  }
  Reply open(const std::string& actions, const std::string& principal) {
    return send(east(), sign({"PUT",
                              "/ledger-dr?policy",
                              document(R"({"Effect":"Allow","Principal":)" + principal + R"(,"Action":)" +
                                       actions + R"(,"Resource":"arn:aws:s3:::ledger-dr/*"})"),
                              {},
                              bob},
                             "us-east-2", "s3"));
  }
  // Of "REASON: ROLE is not authorized to perform: …".
  static std::string reason(const std::string& text) { return text.substr(0, text.find(':')); }
  // Why that version would not be delivered: what the source's side says, then what the destination's says.
  std::string outcome(const cloud::VersionRow& version) {
    cloud::RegionContext& from = west().context();
    cloud::RegionContext& to = east().context();
    const auto source = cloud::find_bucket(from.database.reader(), "ledger");
    const auto replica = cloud::find_bucket(to.database.reader(), "ledger-dr");
    if (const auto why =
            cloud::why_not_replicated(from, *source, version, "ledger-dr", s3::AccountId::parse(bob.id)))
      return "source: " + reason(*why);
    const auto sender = cloud::replica_sender(from, *source, "ledger-dr");
    Headers headers;
    cloud::add_sender(headers, sender);
    const auto why = cloud::why_not_taken(to, *replica, version, cloud::read_sender(headers));
    return why ? "destination: " + reason(*why) : "delivered";
  }

  const std::string rights =
      allow(R"(["s3:GetReplicationConfiguration","s3:ListBucket"])", R"("arn:aws:s3:::ledger")") + "," +
      allow(R"(["s3:GetObjectVersionForReplication","s3:GetObjectVersionAcl","s3:GetObjectVersionTagging"])",
            R"("arn:aws:s3:::ledger/*")") +
      "," +
      allow(
          R"(["s3:ReplicateObject","s3:ReplicateDelete","s3:ReplicateTags","s3:ObjectOwnerOverrideToBucketOwner"])",
          R"("arn:aws:s3:::ledger-dr/*")");
  const std::string copier = R"({"AWS":")" + role_arn("copier") + "\"}";
};

// A service pays for nothing, and a policy that is public opens nothing to another account while it is restricted.
TEST_F(CrossAccountReplication, TheSettingsOfTheReplicasBucketCount) {
  const std::string actions =
      R"(["s3:ReplicateObject","s3:ReplicateTags","s3:ReplicateDelete","s3:ObjectOwnerOverrideToBucketOwner"])";
  const auto set = [&](const std::string& query, const std::string& document) {
    return send(east(), sign({"PUT", "/ledger-dr?" + query, document, {}, bob}, "us-east-2", "s3")).status;
  };
  const auto payer = [&](const std::string& who) {
    return set("requestPayment",
               "<RequestPaymentConfiguration><Payer>" + who + "</Payer></RequestPaymentConfiguration>");
  };
  ASSERT_EQ(put_rule().status, 200);
  ASSERT_EQ(open(actions, copier).status, 204);
  cloud::VersionRow version;
  version.key = s3::ObjectKey("a/key");
  EXPECT_EQ(outcome(version), "delivered");
  ASSERT_EQ(payer("Requester"), 200);
  EXPECT_EQ(outcome(version), "destination: DstPutObjectNotPermitted");
  ASSERT_EQ(payer("BucketOwner"), 200);
  EXPECT_EQ(outcome(version), "delivered");
  ASSERT_EQ(set("publicAccessBlock", "<PublicAccessBlockConfiguration/>"), 200);
  ASSERT_EQ(open(actions, "\"*\"").status, 204);
  EXPECT_EQ(outcome(version), "delivered");
  ASSERT_EQ(set("publicAccessBlock",
                "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets>"
                "</PublicAccessBlockConfiguration>"),
            200);
  EXPECT_EQ(outcome(version), "destination: DstPutObjectNotPermitted");
}

TEST_F(CrossAccountReplication, TheRuleIsTakenAndEachRightOfTheBucketPolicyCounts) {
  EXPECT_EQ(put_rule(alice.id).code(), "InvalidArgument");
  EXPECT_EQ(put_rule("").code(), "InvalidRequest");
  const Reply taken = put_rule();
  ASSERT_EQ(taken.status, 200) << taken.body;
  cloud::VersionRow version;
  version.key = s3::ObjectKey("a/key");
  cloud::VersionRow tagged = version, marker = version;
  tagged.tags = {{"a", "b"}};
  marker.is_marker = true;
  for (const cloud::VersionRow& row : {version, tagged})
    EXPECT_EQ(outcome(row), "destination: DstPutObjectNotPermitted");
  EXPECT_EQ(outcome(marker), "destination: DstDelObjNotPermitted");

  struct Row {
    std::string left_out, of_version, of_tagged, of_marker;
  };
  const std::string fine = "delivered";
  const std::vector<Row> rows = {
      {"none", fine, fine, fine},
      {"s3:ReplicateObject", "destination: DstPutObjectNotPermitted", "destination: DstPutObjectNotPermitted",
       fine},
      {"s3:ReplicateTags", fine, "destination: DstPutTaggingNotPermitted", fine},
      {"s3:ReplicateDelete", fine, fine, "destination: DstDelObjNotPermitted"},
      {"s3:ObjectOwnerOverrideToBucketOwner", "destination: DstPutAclNotPermitted",
       "destination: DstPutAclNotPermitted", fine},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.left_out);
    std::string actions;
    for (const char* action : {"s3:ReplicateObject", "s3:ReplicateTags", "s3:ReplicateDelete",
                               "s3:ObjectOwnerOverrideToBucketOwner"}) {
      if (action != row.left_out) actions += (actions.empty() ? "\"" : ",\"") + std::string(action) + "\"";
    }
    const Reply opened = open("[" + actions + "]", copier);
    ASSERT_EQ(opened.status, 204) << opened.body;
    EXPECT_EQ(outcome(version), row.of_version);
    EXPECT_EQ(outcome(tagged), row.of_tagged);
    EXPECT_EQ(outcome(marker), row.of_marker);
  }
  // Who else is let in does not matter; the account that the role belongs to does.
  open(R"("s3:*")", of_account(bob));
  EXPECT_EQ(outcome(version), "destination: DstPutObjectNotPermitted");
  open(R"("s3:*")", of_account(alice));
  EXPECT_EQ(outcome(version), "delivered");
  // The role's own policies still count.
  put_policy("copier", allow(R"("s3:*")", R"("arn:aws:s3:::ledger*")") +
                           R"(,{"Effect":"Deny","Action":"s3:ReplicateObject","Resource":"*"})");
  EXPECT_EQ(outcome(version), "source: DstPutObjectNotPermitted");
}

TEST_F(CrossAccountReplication, AnAccountWithoutRolesOpensNoOtherAccountsBucket) {
  ASSERT_EQ(put_rule().status, 200);
  open(R"("s3:*")", of_account(alice));
  cloud::VersionRow version;
  version.key = s3::ObjectKey("a/key");
  EXPECT_EQ(outcome(version), "delivered");
  query("iam", "DeleteRolePolicy", {{"RoleName", "copier"}, {"PolicyName", "inline"}});
  EXPECT_EQ(query("iam", "DeleteRole", {{"RoleName", "copier"}}).status, 200);
  EXPECT_EQ(outcome(version), "source: AssumeRoleNotPermitted");
  const auto replica = cloud::find_bucket(east().context().database.reader(), "ledger-dr");
  cloud::ReplicaSender sender;
  sender.account = s3::AccountId::parse(alice.id);
  EXPECT_EQ(cloud::why_not_taken(east().context(), *replica, version, sender), "DstPutObjectNotPermitted");
  // A role of another account than the sender says.
  create_role("theirs", trust(of_service("s3.amazonaws.com")), bob);
  sender.role_arn = role_arn("theirs", bob);
  EXPECT_EQ(cloud::why_not_taken(east().context(), *replica, version, sender), "AssumeRoleNotPermitted");
}

TEST_F(CrossAccountReplication, ABucketThatAnotherAccountTookOverIsNotWrittenTo) {
  ASSERT_EQ(put_rule().status, 200);
  cloud::VersionRow version;
  version.key = s3::ObjectKey("a/key");
  const auto source = cloud::find_bucket(west().context().database.reader(), "ledger");
  EXPECT_EQ(cloud::why_not_replicated(west().context(), *source, version, "ledger-dr",
                                      s3::AccountId::parse(alice.id)),
            "DstPutObjectNotPermitted");
}

}  // namespace
}  // namespace s3dr::services
