// Bucket policies: kept, checked, and what they open to another account or close to one's own.
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

class BucketPolicyTest : public RegionTest {
 protected:
  BucketPolicyTest() {
    create_bucket(west(), "shared");
    send({"PUT", "/shared/open/key", "for both"});
    send({"PUT", "/shared/closed/key", "for alice"});
  }
  static std::string policy(const std::string& effect, const std::string& principal,
                            const std::string& actions, const std::string& resource) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":")" + effect + R"(","Principal":)" + principal +
           R"(,"Action":)" + actions + R"(,"Resource":")" + resource + R"("}]})";
  }
  Reply put(const std::string& document, const Account& account = alice) {
    return send({"PUT", "/shared?policy", document, {}, account});
  }
  int get(const std::string& key, const Account& account) {
    return send({"GET", "/shared/" + key, "", {}, account}).status;
  }
};

const std::string to_bob = R"({"AWS":"444455556666"})";

TEST_F(BucketPolicyTest, IsKeptAsGiven) {
  EXPECT_EQ(send({"GET", "/shared?policy"}).code(), "NoSuchBucketPolicy");
  const std::string document = policy("Allow", to_bob, R"("s3:GetObject")", "arn:aws:s3:::shared/*");
  EXPECT_EQ(put(document).status, 204);
  const Reply kept = send({"GET", "/shared?policy"});
  EXPECT_EQ(kept.body, document);
  EXPECT_EQ(kept.header("content-type"), "application/json");
  start("us-west-2");
  EXPECT_EQ(send({"GET", "/shared?policy"}).body, document);
  EXPECT_EQ(send({"DELETE", "/shared?policy"}).status, 204);
  EXPECT_EQ(send({"DELETE", "/shared?policy"}).status, 204);
  EXPECT_EQ(send({"GET", "/shared?policy"}).status, 404);
  // A bucket made anew has none.
  put(document);
  for (const std::string key : {"open/key", "closed/key"}) send({"DELETE", "/shared/" + key});
  ASSERT_EQ(send({"DELETE", "/shared"}).status, 204);
  create_bucket(west(), "shared");
  EXPECT_EQ(send({"GET", "/shared?policy"}).status, 404);
}

TEST_F(BucketPolicyTest, OpensToAnotherAccountWhatItSays) {
  EXPECT_EQ(get("open/key", bob), 403);
  ASSERT_EQ(put(policy("Allow", to_bob, R"("s3:GetObject")", "arn:aws:s3:::shared/open/*")).status, 204);
  EXPECT_EQ(get("open/key", bob), 200);
  EXPECT_EQ(get("closed/key", bob), 403);
  EXPECT_EQ(get("open/key", alice), 200);
  EXPECT_EQ(send({"PUT", "/shared/open/key", "x", {}, bob}).status, 403);
  const Reply denied = send({"GET", "/shared", "", {}, bob});
  EXPECT_EQ(denied.element("Message"),
            "User: arn:aws:iam::444455556666:root is not authorized to perform: s3:ListBucket on resource: "
            "arn:aws:s3:::shared because no resource-based policy allows the s3:ListBucket action");
}

TEST_F(BucketPolicyTest, NeverOpensThePolicyItself) {
  ASSERT_EQ(put(policy("Allow", to_bob, R"("s3:*")", "arn:aws:s3:::shared")).status, 204);
  EXPECT_EQ(send({"GET", "/shared?policy", "", {}, bob}).code(), "MethodNotAllowed");
  EXPECT_EQ(put("{}", bob).code(), "MethodNotAllowed");
  EXPECT_EQ(send({"DELETE", "/shared?policy", "", {}, bob}).code(), "MethodNotAllowed");
}

TEST_F(BucketPolicyTest, ADenyMeetsTheOwnerTooButNotAtThePolicy) {
  ASSERT_EQ(put(R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*",)"
                R"("Resource":["arn:aws:s3:::shared","arn:aws:s3:::shared/*"]}})")
                .status,
            204);
  EXPECT_EQ(get("open/key", alice), 403);
  EXPECT_EQ(send({"GET", "/shared?policy"}).status, 200);
  EXPECT_EQ(send({"DELETE", "/shared?policy"}).status, 204);
  EXPECT_EQ(get("open/key", alice), 200);
}

TEST_F(BucketPolicyTest, WhatIsRefused) {
  const std::string wrong[] = {
      "",
      "{}",
      policy("Allow", to_bob, R"("sns:Publish")", "arn:aws:s3:::shared"),
      policy("Allow", to_bob, R"("s3:GetObject")", "arn:aws:s3:::other/*"),
      policy("Allow", to_bob, R"("s3:GetObject")", "*"),
      policy("Allow", R"({"AWS":"999999999999"})", R"("s3:GetObject")", "arn:aws:s3:::shared/*"),
      policy("Allow", R"({"AWS":"arn:aws:iam::444455556666:role/none"})", R"("s3:GetObject")",
             "arn:aws:s3:::shared/*"),
  };
  for (const std::string& document : wrong) {
    const Reply reply = put(document);
    EXPECT_EQ(reply.status, 400) << document;
    EXPECT_EQ(reply.code(), "MalformedPolicy") << document;
  }
  EXPECT_EQ(send({"GET", "/shared?policy"}).status, 404);
  EXPECT_EQ(send({"PUT", "/none?policy", wrong[3]}).code(), "NoSuchBucket");
}

}  // namespace
}  // namespace s3dr::cloud
