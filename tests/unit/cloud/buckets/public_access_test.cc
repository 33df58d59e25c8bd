// Who is kept out and let in by the settings about access: the block of public access, ownership and access control
// lists, the payer, and conditions on TLS.
#include "cloud/store/owner_id.h"
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

const std::string to_everybody = R"("*")";
const std::string to_bob = R"({"AWS":"444455556666"})";

class PublicAccess : public RegionTest {
 protected:
  PublicAccess() {
    create_bucket(west(), "photos");
    EXPECT_EQ(send({"PUT", "/photos/key", "text"}).status, 200);
  }
  static std::string statement(const std::string& effect, const std::string& principal,
                               const std::string& condition = "") {
    return R"({"Effect":")" + effect + R"(","Principal":)" + principal +
           R"(,"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::photos","arn:aws:s3:::photos/*"])" +
           (condition.empty() ? "" : ",\"Condition\":" + condition) + "}";
  }
  Reply put_policy(const std::string& statements) {
    return send({"PUT", "/photos?policy", R"({"Version":"2012-10-17","Statement":[)" + statements + "]}"});
  }
  void block(const std::string& inside) {
    EXPECT_EQ(send({"PUT", "/photos?publicAccessBlock",
                    "<PublicAccessBlockConfiguration>" + inside + "</PublicAccessBlockConfiguration>"})
                  .status,
              200);
  }
  void use_lists() {
    EXPECT_EQ(send({"PUT", "/photos?ownershipControls",
                    "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
                    "</OwnershipControls>"})
                  .status,
              200);
  }
  Reply put_acl(const Headers& headers, const std::string& body = "") {
    return send({"PUT", "/photos?acl", body, headers});
  }
  static std::string id_of(const Account& account) { return owner_id(s3::AccountId::parse(account.id)); }
  static std::string acl(const std::string& owner, const std::string& grants) {
    return "<AccessControlPolicy><Owner><ID>" + owner + "</ID></Owner><AccessControlList>" + grants +
           "</AccessControlList></AccessControlPolicy>";
  }
  static std::string grant(const std::string& type, const std::string& inside,
                           const std::string& permission) {
    return "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"" + type +
           "\">" + inside + "</Grantee><Permission>" + permission + "</Permission></Grant>";
  }
  static std::string own() { return grant("CanonicalUser", "<ID>" + id_of(alice) + "</ID>", "FULL_CONTROL"); }
  int as_bob(const std::string& target, const Headers& headers = {}) {
    return send({"GET", target, "", headers, bob}).status;
  }
  int as_nobody(const std::string& target, bool tls = false) {
    HttpRequest request;
    request.method = "GET";
    request.target = target;
    request.headers.set("Host", "localhost:9101");
    request.tls = tls;
    return send(west(), std::move(request)).status;
  }
};

TEST_F(PublicAccess, ANewBucketTakesNoPublicPolicy) {
  const Reply refused = put_policy(statement("Allow", to_everybody));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "AccessDenied");
  EXPECT_NE(refused.body.find("BlockPublicPolicy"), std::string::npos) << refused.body;
  EXPECT_EQ(send({"GET", "/photos?policy"}).code(), "NoSuchBucketPolicy");
  // A Deny for everybody, an account, and a fixed address are not public.
  EXPECT_EQ(put_policy(statement("Deny", to_everybody, R"({"Bool":{"aws:SecureTransport":"false"}})")).status,
            204);
  EXPECT_EQ(put_policy(statement("Allow", to_bob)).status, 204);
  EXPECT_EQ(
      put_policy(statement("Allow", to_everybody, R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})")).status,
      204);
  ASSERT_EQ(send({"DELETE", "/photos?publicAccessBlock"}).status, 204);
  EXPECT_EQ(put_policy(statement("Allow", to_everybody)).status, 204);
  EXPECT_EQ(as_nobody("/photos/key"), 200);
}

TEST_F(PublicAccess, APublicPolicyOpensNothingToOthersWhileItIsRestricted) {
  block("");
  ASSERT_EQ(put_policy(statement("Allow", to_everybody) + "," + statement("Allow", to_bob)).status, 204);
  EXPECT_EQ(as_nobody("/photos/key"), 200);
  EXPECT_EQ(as_bob("/photos/key"), 200);
  EXPECT_EQ(send({"GET", "/photos?policyStatus"}).element("IsPublic"), "true");
  block("<RestrictPublicBuckets>true</RestrictPublicBuckets>");
  EXPECT_EQ(as_nobody("/photos/key"), 403);
  EXPECT_EQ(as_bob("/photos/key"), 403) << "also what names the account";
  EXPECT_EQ(send({"GET", "/photos/key"}).status, 200) << "its own account goes on";
  EXPECT_EQ(send({"GET", "/photos?policyStatus"}).element("IsPublic"), "true");
  ASSERT_EQ(put_policy(statement("Allow", to_bob)).status, 204);
  EXPECT_EQ(as_bob("/photos/key"), 200) << "not public, so not restricted";
}

TEST_F(PublicAccess, ADenyStaysInARestrictedPolicy) {
  block("");
  ASSERT_EQ(
      put_policy(statement("Allow", to_everybody) + "," + statement("Deny", R"({"AWS":"111122223333"})"))
          .status,
      204);
  block("<RestrictPublicBuckets>true</RestrictPublicBuckets>");
  EXPECT_EQ(send({"GET", "/photos/key"}).status, 403);
  EXPECT_EQ(as_bob("/photos/key"), 403);
}

TEST_F(PublicAccess, ListsAreOffAtFirst) {
  for (const std::string canned : {"private", "public-read", "log-delivery-write"}) {
    const Reply refused = put_acl({{"x-amz-acl", canned}});
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.code(), "AccessControlListNotSupported") << canned;
  }
  EXPECT_EQ(put_acl({{"x-amz-grant-read", "id=" + id_of(bob)}}).code(), "AccessControlListNotSupported");
  EXPECT_EQ(put_acl({{"x-amz-acl", "bucket-owner-full-control"}}).status, 200);
  EXPECT_EQ(put_acl({}, acl(id_of(alice), own())).status, 200);
}

TEST_F(PublicAccess, WhatIsRefusedOfAList) {
  use_lists();
  EXPECT_EQ(put_acl({}).code(), "MissingSecurityHeader");
  EXPECT_EQ(put_acl({{"x-amz-acl", "nonsense"}}).code(), "InvalidArgument");
  EXPECT_EQ(put_acl({{"x-amz-acl", "private"}}, acl(id_of(alice), own())).code(), "UnexpectedContent");
  EXPECT_EQ(put_acl({{"x-amz-acl", "private"}, {"x-amz-grant-read", "id=x"}}).code(), "InvalidRequest");
  EXPECT_EQ(put_acl({{"x-amz-acl", "public-read"}}).code(), "AccessDenied") << "public lists are blocked";
  EXPECT_EQ(put_acl({{"x-amz-grant-read", "id=unknown"}}).code(), "InvalidArgument");
  EXPECT_EQ(put_acl({{"x-amz-grant-read", "uri=http://example.com/group"}}).code(), "InvalidArgument");
  EXPECT_EQ(put_acl({{"x-amz-grant-read", "nonsense"}}).code(), "InvalidArgument");
  EXPECT_EQ(put_acl({{"x-amz-grant-read", "emailAddress=a@example.com"}}).code(),
            "UnresolvableGrantByEmailAddress");
  for (const std::string& body :
       {std::string("no xml"), std::string("<AccessControlPolicy/>"), acl("", own()),
        acl(id_of(alice), "<Else/>"), acl(id_of(alice), grant("CanonicalUser", "<ID></ID>", "READ")),
        acl(id_of(alice), grant("Nobody", "<ID>x</ID>", "READ")),
        acl(id_of(alice), grant("CanonicalUser", "<ID>" + id_of(bob) + "</ID>", "EVERYTHING"))})
    EXPECT_EQ(put_acl({}, body).code(), "MalformedACLError") << body;
  EXPECT_EQ(put_acl({}, acl(id_of(bob), own())).code(), "AccessDenied");
  // What could not be kept: objects have no owners here, and nobody is shut out by his own list.
  for (const std::string permission : {"WRITE", "FULL_CONTROL"})
    EXPECT_EQ(put_acl({}, acl(id_of(alice),
                              own() + grant("CanonicalUser", "<ID>" + id_of(bob) + "</ID>", permission)))
                  .status,
              501);
  EXPECT_EQ(put_acl({}, acl(id_of(alice), "")).status, 501);
  EXPECT_NE(send({"GET", "/photos?acl"}).body.find(own()), std::string::npos);
}

TEST_F(PublicAccess, AListOpensWhatItSays) {
  use_lists();
  EXPECT_EQ(as_bob("/photos"), 403);
  const std::string list =
      acl(id_of(alice), own() + grant("CanonicalUser", "<ID>" + id_of(bob) + "</ID>", "READ"));
  ASSERT_EQ(put_acl({}, list).status, 200);
  EXPECT_NE(send({"GET", "/photos?acl"}).body.find(id_of(bob)), std::string::npos);
  EXPECT_EQ(as_bob("/photos"), 200);
  EXPECT_EQ(as_bob("/photos?versions"), 200);
  EXPECT_EQ(as_bob("/photos/key"), 403) << "lists of objects are others";
  EXPECT_EQ(as_bob("/photos?acl"), 403);
  EXPECT_EQ(as_nobody("/photos"), 403);
  ASSERT_EQ(put_acl({{"x-amz-grant-full-control", "id=\"" + id_of(alice) + "\""},
                     {"x-amz-grant-read-acp", "id=\"" + id_of(bob) + "\""}})
                .status,
            200);
  EXPECT_EQ(as_bob("/photos?acl"), 200);
  EXPECT_EQ(as_bob("/photos"), 403);
  // Lists that are in force keep ownership from being enforced.
  const std::string enforced =
      "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></"
      "OwnershipControls>";
  EXPECT_EQ(send({"PUT", "/photos?ownershipControls", enforced}).code(),
            "InvalidBucketAclWithObjectOwnership");
  ASSERT_EQ(put_acl({{"x-amz-acl", "private"}}).status, 200);
  EXPECT_EQ(as_bob("/photos?acl"), 403);
  EXPECT_EQ(send({"PUT", "/photos?ownershipControls", enforced}).status, 200);
}

TEST_F(PublicAccess, APublicListOpensUntilItIsIgnored) {
  use_lists();
  block("");
  ASSERT_EQ(put_acl({{"x-amz-acl", "authenticated-read"}}).status, 200);
  EXPECT_EQ(as_bob("/photos"), 200);
  EXPECT_EQ(as_nobody("/photos"), 403);
  ASSERT_EQ(put_acl({{"x-amz-acl", "public-read"}}).status, 200);
  EXPECT_EQ(as_nobody("/photos"), 200);
  EXPECT_EQ(put_acl({{"x-amz-acl", "public-read-write"}}).status, 501);
  block("<IgnorePublicAcls>true</IgnorePublicAcls>");
  EXPECT_EQ(as_nobody("/photos"), 403);
  EXPECT_EQ(as_bob("/photos"), 403);
  EXPECT_NE(send({"GET", "/photos?acl"}).body.find("AllUsers"), std::string::npos) << "it is kept";
  block("<BlockPublicAcls>true</BlockPublicAcls>");
  EXPECT_EQ(as_nobody("/photos"), 200) << "what was put before stays";
  EXPECT_EQ(put_acl({{"x-amz-acl", "public-read"}}).code(), "AccessDenied");
}

TEST_F(PublicAccess, WhoDoesNotAgreeToPayIsKeptOut) {
  ASSERT_EQ(put_policy(statement("Allow", to_bob)).status, 204);
  ASSERT_EQ(send({"PUT", "/photos?requestPayment",
                  "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"})
                .status,
            200);
  EXPECT_EQ(as_bob("/photos/key"), 403);
  EXPECT_EQ(as_bob("/photos/key", {{"x-amz-request-payer", "requester"}}), 200);
  EXPECT_EQ(send({"GET", "/photos/key"}).status, 200);
}

TEST_F(PublicAccess, APolicyCanAskForTls) {
  block("");
  ASSERT_EQ(put_policy(statement("Allow", to_everybody) + "," +
                       statement("Deny", to_everybody, R"({"Bool":{"aws:SecureTransport":"false"}})"))
                .status,
            204);
  EXPECT_EQ(as_nobody("/photos/key", false), 403);
  EXPECT_EQ(as_nobody("/photos/key", true), 200);
  EXPECT_EQ(send({"GET", "/photos/key"}).status, 403) << "the owner, too";
}

}  // namespace
}  // namespace s3dr::cloud
