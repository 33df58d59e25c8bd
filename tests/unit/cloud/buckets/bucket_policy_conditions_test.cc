// Conditions of bucket policies at the door: which keys a policy may use, and that a Deny with one of them denies.
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

class BucketPolicyConditions : public RegionTest {
 protected:
  BucketPolicyConditions() {
    create_bucket(west(), "ledger");
    send({"DELETE", "/ledger?publicAccessBlock"});  // some policies here are public
    upload("secret", "class=secret");
    upload("open", "class=open");
  }
  void upload(const std::string& key, const std::string& tags) {
    EXPECT_EQ(send({"PUT", "/ledger/" + key, "text", {{"x-amz-tagging", tags}}}).status, 200);
  }
  static std::string statement(const std::string& effect, const std::string& actions,
                               const std::string& condition, const std::string& principal = "\"*\"") {
    return R"({"Effect":")" + effect + R"(","Principal":)" + principal + R"(,"Action":)" + actions +
           R"(,"Resource":["arn:aws:s3:::ledger","arn:aws:s3:::ledger/*"])" +
           (condition.empty() ? "" : R"(,"Condition":)" + condition) + "}";
  }
  Reply put(const std::string& statements) {
    return send({"PUT", "/ledger?policy", R"({"Version":"2012-10-17","Statement":[)" + statements + "]}"});
  }
  // Bob may do everything but what the condition denies.
  void deny(const std::string& actions, const std::string& condition) {
    const std::string all = statement("Allow", R"("s3:*")", "", R"({"AWS":"444455556666"})");
    const Reply reply = put(all + "," + statement("Deny", actions, condition));
    ASSERT_EQ(reply.status, 204) << reply.body;
  }
  Reply as_bob(const std::string& method, const std::string& target, const std::string& body = "",
               const Headers& headers = {}, Signing signing = Signing::header) {
    return send({method, target, body, headers, bob, signing});
  }
  Reply unsigned_call(const std::string& method, const std::string& target, const std::string& body = "",
                      const Headers& headers = {}) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = headers;
    request.headers.set("Host", "localhost:9101");
    request.remote_address = "192.0.2.7";
    request.body = Body(body);
    return send(west(), std::move(request));
  }
};

struct RefusedKey {
  std::string actions, key;
  int status;
  std::string code, message;
};

TEST_F(BucketPolicyConditions, OnlyKeysThatAreEvaluatedAreTaken) {
  const std::string unknown = "Policy has an invalid condition key",
                    elsewhere =
                        "Conditions do not apply to combination of actions and resources in statement";
  const RefusedKey rows[] = {
      {R"("s3:GetObject")", "s3:NoSuchKeyAtAll", 400, "MalformedPolicy", unknown},
      {R"("s3:GetObject")", "aws:NoSuchKeyAtAll", 400, "MalformedPolicy", unknown},
      {R"("s3:GetObject")", "s3:ExistingObjectTag", 400, "MalformedPolicy", unknown},
      {R"("s3:GetObject")", "s3:ExistingObjectTag/", 400, "MalformedPolicy", unknown},
      {R"("s3:GetObject")", "s3:authType/x", 400, "MalformedPolicy", unknown},
      {R"("s3:GetObject")", "sns:Protocol", 400, "MalformedPolicy", unknown},
      {R"("s3:GetObject")", "kms:ViaService", 400, "MalformedPolicy", unknown},
      {R"("s3:GetObject")", "s3:prefix", 400, "MalformedPolicy", elsewhere},
      {R"(["s3:ListBucket","s3:GetObject"])", "s3:prefix", 400, "MalformedPolicy", elsewhere},
      {R"("s3:ListBucketMultipartUploads")", "s3:prefix", 400, "MalformedPolicy", elsewhere},
      {R"("s3:Put*")", "s3:max-keys", 400, "MalformedPolicy", elsewhere},
      {R"(["s3:PutObject","s3:PutObjectAcl"])", "s3:x-amz-server-side-encryption", 400, "MalformedPolicy",
       elsewhere},
      {R"("s3:DeleteObject")", "s3:ExistingObjectTag/class", 400, "MalformedPolicy", elsewhere},
      {R"("s3:GetObject")", "s3:versionid", 400, "MalformedPolicy", elsewhere},
      {R"("s3:GetObject")", "aws:TokenIssueTime", 501, "NotImplemented",
       "The condition key aws:TokenIssueTime is not evaluated here."},
      {R"("s3:GetObject")", "lambda:SourceFunctionArn", 400, "", ""},
  };
  for (const RefusedKey& row : rows) {
    const Reply reply = put(statement("Deny", row.actions, R"({"StringEquals":{")" + row.key + R"(":"x"}})"));
    if (row.code.empty()) {
      EXPECT_EQ(reply.code(), "NotImplemented") << row.key;
      continue;
    }
    EXPECT_EQ(reply.status, row.status) << row.actions << row.key;
    EXPECT_EQ(reply.code(), row.code) << row.actions << row.key;
    EXPECT_EQ(reply.element("Message"), row.message) << row.actions << row.key;
  }
  EXPECT_EQ(send({"GET", "/ledger?policy"}).code(), "NoSuchBucketPolicy");
  // Keys compare without case. A pattern needs one action that knows the key.
  for (const auto& [actions, key] :
       {std::pair(R"("s3:GetObject")", "S3:EXISTINGOBJECTTAG/class"), std::pair(R"("s3:*")", "s3:prefix"),
        std::pair(R"("*")", "s3:DataAccessPointAccount"), std::pair(R"("s3:List*")", "s3:prefix"),
        std::pair(R"("s3:GetObject")", "aws:PrincipalOrgID"),
        std::pair(R"("s3:GetObject")", "aws:RequestTag/a")})
    EXPECT_EQ(
        put(statement("Deny", actions, std::string(R"({"StringEquals":{")") + key + R"(":"x"}})")).status,
        204)
        << key;
}

TEST_F(BucketPolicyConditions, AVariableOfAKeyThatIsNotEvaluatedIsRefusedToo) {
  const Reply reply = put(
      statement("Deny", R"("s3:GetObject")", R"({"StringEquals":{"aws:userid":"${aws:TokenIssueTime}"}})"));
  EXPECT_EQ(reply.code(), "NotImplemented");
  EXPECT_EQ(
      put(statement("Deny", R"("s3:GetObject")", R"({"StringEquals":{"aws:userid":"${aws:username}"}})"))
          .status,
      204);
}

TEST_F(BucketPolicyConditions, ADenyByExistingTags) {
  deny(R"("s3:GetObject")", R"({"StringEquals":{"s3:ExistingObjectTag/class":"secret"}})");
  EXPECT_EQ(as_bob("GET", "/ledger/secret").status, 403);
  EXPECT_EQ(as_bob("HEAD", "/ledger/secret").status, 403);
  EXPECT_EQ(as_bob("GET", "/ledger/open").status, 200);
  EXPECT_EQ(send({"GET", "/ledger/secret"}).status, 403);  // the owner too
  // A copy reads its source.
  create_bucket(west(), "bobs", bob);
  EXPECT_EQ(as_bob("PUT", "/bobs/stolen", "", {{"x-amz-copy-source", "/ledger/secret"}}).code(),
            "AccessDenied");
  EXPECT_EQ(as_bob("PUT", "/bobs/copied", "", {{"x-amz-copy-source", "/ledger/open"}}).status, 200);
}

TEST_F(BucketPolicyConditions, ExistingTagsAreThoseOfTheVersionThatIsAskedFor) {
  enable_versioning(west(), "ledger");
  upload("secret", "class=open");  // above the secret one, which is the version null
  deny(R"(["s3:GetObject","s3:GetObjectVersion"])",
       R"({"StringEquals":{"s3:ExistingObjectTag/class":"secret"}})");
  EXPECT_EQ(as_bob("GET", "/ledger/secret").status, 200);
  EXPECT_EQ(as_bob("GET", "/ledger/secret?versionId=null").status, 403);
}

TEST_F(BucketPolicyConditions, ADenyByRequestTagsMeetsHeaderAndDocument) {
  deny(R"(["s3:PutObject","s3:PutObjectTagging"])",
       R"({"StringEquals":{"s3:RequestObjectTag/class":"secret"}})");
  const auto tagging = [](const std::string& value) {
    return "<Tagging><TagSet><Tag><Key>class</Key><Value>" + value + "</Value></Tag></TagSet></Tagging>";
  };
  EXPECT_EQ(as_bob("PUT", "/ledger/new", "x", {{"x-amz-tagging", "class=secret"}}).status, 403);
  EXPECT_EQ(as_bob("PUT", "/ledger/new", "x").status, 200);
  EXPECT_EQ(as_bob("PUT", "/ledger/new?tagging", tagging("secret")).code(), "AccessDenied");
  EXPECT_EQ(as_bob("PUT", "/ledger/new?tagging", tagging("open")).status, 200);
  EXPECT_EQ(as_bob("POST", "/ledger/large?uploads", "", {{"x-amz-tagging", "class=secret"}}).status, 403);
}

TEST_F(BucketPolicyConditions, ADenyByCopySource) {
  deny(R"("s3:PutObject")",
       R"({"StringNotLike":{"s3:x-amz-copy-source":"ledger/*"},"Null":{"s3:x-amz-copy-source":"false"}})");
  create_bucket(west(), "bobs", bob);
  as_bob("PUT", "/bobs/key", "text");
  EXPECT_EQ(as_bob("PUT", "/ledger/in", "", {{"x-amz-copy-source", "/bobs/key"}}).status, 403);
  EXPECT_EQ(as_bob("PUT", "/ledger/in", "", {{"x-amz-copy-source", "/ledger/open"}}).status, 200);
  EXPECT_EQ(as_bob("PUT", "/ledger/in", "", {{"x-amz-copy-source", "%6Cedger/open"}}).status, 200);
  EXPECT_EQ(as_bob("PUT", "/ledger/in", "plain").status, 200);
}

TEST_F(BucketPolicyConditions, ADenyByTheWayARequestIsSigned) {
  deny(R"("s3:GetObject")", R"({"StringNotEquals":{"s3:authType":"REST-HEADER"}})");
  EXPECT_EQ(as_bob("GET", "/ledger/open").status, 200);
  EXPECT_EQ(as_bob("GET", "/ledger/open", "", {}, Signing::query).status, 403);
  deny(R"("s3:*")", R"({"NumericGreaterThan":{"s3:signatureAge":"10000"}})");
  HttpRequest presigned = sign({.target = "/ledger/open", .account = bob, .signing = Signing::query});
  HttpRequest again = sign({.target = "/ledger/open", .account = bob, .signing = Signing::query});
  EXPECT_EQ(send(west(), std::move(presigned)).status, 200);
  clock.advance(milliseconds(11'000));
  EXPECT_EQ(send(west(), std::move(again)).status, 403);
}

TEST_F(BucketPolicyConditions, EachKeyOfADeleteObjectsStandsForItself) {
  deny(R"("s3:DeleteObject")", R"({"Null":{"s3:if-match":"true"}})");
  const std::string etag = send({"HEAD", "/ledger/open"}).header("etag");
  // The header speaks of no key of the document.
  const Reply reply = as_bob("POST", "/ledger?delete",
                             "<Delete><Object><Key>secret</Key></Object><Object><Key>open</Key><ETag>" +
                                 etag + "</ETag></Object></Delete>",
                             {{"If-Match", "*"}});
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_NE(reply.body.find("<Deleted><Key>open</Key>"), std::string::npos) << reply.body;
  EXPECT_EQ(send({"HEAD", "/ledger/secret"}).status, 200);
}

TEST_F(BucketPolicyConditions, AnAbsentKeyIsAskedForAsAPrefix) {
  const std::string get = statement("Allow", R"("s3:GetObject")", "");
  ASSERT_EQ(
      put(get + "," + statement("Allow", R"("s3:ListBucket")", R"({"StringLike":{"s3:prefix":"in/*"}})"))
          .status,
      204);
  EXPECT_EQ(as_bob("HEAD", "/ledger/in/none").status, 404);
  EXPECT_EQ(as_bob("GET", "/ledger/in/none").code(), "NoSuchKey");
  EXPECT_EQ(as_bob("HEAD", "/ledger/out/none").status, 403);
  EXPECT_EQ(as_bob("GET", "/ledger?list-type=2&prefix=in/").status, 200);
  EXPECT_EQ(as_bob("GET", "/ledger?list-type=2").status, 403);
  ASSERT_EQ(put(get).status, 204);
  EXPECT_EQ(as_bob("HEAD", "/ledger/in/none").status, 403);
  EXPECT_EQ(as_bob("GET", "/ledger/open").status, 200);
}

TEST_F(BucketPolicyConditions, WhatEverybodyMayDoNeedsNoSignature) {
  EXPECT_EQ(unsigned_call("GET", "/ledger/open").status, 403);
  const std::string read =
      statement("Allow", R"("s3:GetObject")", R"({"StringEquals":{"s3:ExistingObjectTag/class":"open"}})");
  ASSERT_EQ(put(read).status, 204);
  const Reply reply = unsigned_call("GET", "/ledger/open");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "text");
  const Reply refused = unsigned_call("GET", "/ledger/secret");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.element("Message"), "Access Denied");
  EXPECT_EQ(unsigned_call("HEAD", "/ledger/open").status, 200);
  EXPECT_EQ(unsigned_call("GET", "/ledger/none").status, 403);
  EXPECT_EQ(unsigned_call("GET", "/ledger").status, 403);
  EXPECT_EQ(unsigned_call("PUT", "/ledger/new", "x").status, 403);
  EXPECT_EQ(unsigned_call("DELETE", "/ledger/open").status, 403);
  EXPECT_EQ(unsigned_call(
                "POST", "/ledger?delete", "<Delete><Object><Key>open</Key></Object></Delete>",
                {{"Content-MD5", to_base64(aws::md5("<Delete><Object><Key>open</Key></Object></Delete>"))}})
                .status,
            403);
  EXPECT_EQ(unsigned_call("GET", "/ledger/open?response-content-type=text/html").code(), "InvalidRequest");
  EXPECT_EQ(unsigned_call("GET", "/").status, 403);
  EXPECT_EQ(unsigned_call("PUT", "/mine").status, 403);
  EXPECT_EQ(unsigned_call("GET", "/v20180820/jobs", "", {{"x-amz-account-id", alice.id}}).status, 403);
  EXPECT_EQ(unsigned_call("GET", "/ledger?policy").status, 403);
}

TEST_F(BucketPolicyConditions, EverybodyMayWriteWhereAPolicySaysSo) {
  ASSERT_EQ(
      put(statement("Allow", R"("s3:PutObject")", R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})")).status,
      204);
  EXPECT_EQ(unsigned_call("PUT", "/ledger/gift", "hello").status, 200);
  EXPECT_EQ(send({"GET", "/ledger/gift"}).body, "hello");
  EXPECT_EQ(
      unsigned_call("PUT", "/ledger/gift", "forged", {{"x-amz-content-sha256", aws::sha256_hex("other")}})
          .code(),
      "XAmzContentSHA256Mismatch");
  EXPECT_EQ(unsigned_call("PUT", "/ledger/gift", "x",
                          {{"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}})
                .code(),
            "InvalidArgument");
  EXPECT_EQ(unsigned_call("PUT", "/ledger/gift", "x", {{"x-amz-tagging", "a=b"}}).status,
            403);  // PutObjectTagging
  EXPECT_EQ(send({"GET", "/ledger/gift"}).body, "hello");
}

TEST_F(BucketPolicyConditions, AChangeThatNobodySignedIsToldToTheOwner) {
  ASSERT_EQ(put(statement("Allow", R"("s3:PutBucketTagging")", "")).status, 204);
  const std::size_t before = outbox(west()).size();
  const std::string tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
  const Headers headers = {{"Content-MD5", to_base64(aws::md5(tagging))}};
  ASSERT_EQ(unsigned_call("PUT", "/ledger?tagging", tagging, headers).status, 204);
  const std::vector<std::string> events = outbox(west());
  ASSERT_EQ(events.size(), before + 2) << "the call, and the change of the tags";
  EXPECT_NE(events[before].find(R"("userIdentity":{"type":"AWSAccount","principalId":"","accountId":)"
                                R"("ANONYMOUS_PRINCIPAL"})"),
            std::string::npos)
      << events[before];
  EXPECT_NE(events[before].find(R"("account":"111122223333")"), std::string::npos) << events[before];
}

// Everybody is not an account: a policy that names accounts is not meant.
TEST_F(BucketPolicyConditions, AnUnsignedRequestIsNobodysAccount) {
  ASSERT_EQ(
      put(statement("Allow", R"("s3:GetObject")", "", R"({"AWS":["111122223333","444455556666"]})")).status,
      204);
  EXPECT_EQ(unsigned_call("GET", "/ledger/open").status, 403);
  for (const auto& [condition, status] :
       {std::pair(R"({"StringEquals":{"aws:PrincipalType":"Anonymous","aws:userid":"anonymous"}})", 200),
        std::pair(R"({"StringEquals":{"aws:PrincipalAccount":"anonymous"}})", 200),
        std::pair(R"({"Null":{"aws:PrincipalArn":"false"}})", 403),
        std::pair(R"({"Null":{"aws:PrincipalIsAWSService":"false"}})", 403),
        std::pair(R"({"StringEquals":{"aws:PrincipalAccount":"111122223333"}})", 403)}) {
    ASSERT_EQ(put(statement("Allow", R"("s3:GetObject")", condition)).status, 204);
    EXPECT_EQ(unsigned_call("GET", "/ledger/open").status, status) << condition;
  }
}

TEST_F(BucketPolicyConditions, TheKeysOfEveryService) {
  for (const auto& [condition, status] :
       {std::pair(R"({"StringEquals":{"aws:PrincipalAccount":"444455556666","aws:PrincipalType":"Account"}})",
                  200),
        std::pair(R"({"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:root"}})", 200),
        std::pair(R"({"StringEquals":{"aws:userid":"444455556666","aws:ResourceAccount":"111122223333"}})",
                  200),
        std::pair(R"({"StringLike":{"aws:referer":"https://example.com/*"}})", 200),
        std::pair(R"({"StringEquals":{"aws:UserAgent":"reader/1"}})", 200),
        std::pair(R"({"Bool":{"aws:SecureTransport":"false","aws:ViaAWSService":"false"}})", 200),
        std::pair(R"({"IpAddress":{"aws:SourceIp":"127.0.0.1"}})", 200),
        std::pair(R"({"StringEquals":{"aws:RequestedRegion":"us-west-2"}})", 200),
        std::pair(R"({"DateGreaterThan":{"aws:CurrentTime":"2026-07-31T00:00:00Z"}})", 200),
        std::pair(R"({"NumericGreaterThan":{"aws:EpochTime":"1"}})", 200),
        std::pair(R"({"Null":{"aws:PrincipalOrgID":"true","aws:SourceVpce":"true","aws:username":"true"}})",
                  200),
        std::pair(R"({"StringEquals":{"aws:PrincipalOrgID":"o-1"}})", 403),
        std::pair(R"({"Bool":{"aws:SecureTransport":"true"}})", 403),
        std::pair(R"({"Bool":{"aws:PrincipalIsAWSService":"true"}})", 403)}) {
    ASSERT_EQ(put(statement("Allow", R"("s3:GetObject")", condition)).status, 204) << condition;
    const Headers headers = {{"Referer", "https://example.com/page"}, {"User-Agent", "reader/1"}};
    EXPECT_EQ(as_bob("GET", "/ledger/open", "", headers).status, status) << condition;
  }
}

}  // namespace
}  // namespace s3dr::cloud
