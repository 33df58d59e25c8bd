#include <array>

#include "cloud/store/owner_id.h"
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

std::string tagging(const std::string& tags) {
  return "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>" + tags + "</TagSet></Tagging>";
}
std::string tag(const std::string& key, const std::string& value) {
  return "<Tag><Key>" + key + "</Key><Value>" + value + "</Value></Tag>";
}

class BucketConfiguration : public RegionTest {
 protected:
  BucketConfiguration() { create_bucket(west(), "photos"); }
};

TEST_F(BucketConfiguration, Versioning) {
  EXPECT_EQ(send({"GET", "/photos?versioning"}).element("Status"), "");
  EXPECT_EQ(send({"PUT", "/photos?versioning", versioning_xml("Enabled")}).status, 200);
  EXPECT_EQ(send({"GET", "/photos?versioning"}).element("Status"), "Enabled");
  EXPECT_EQ(send({"PUT", "/photos?versioning", versioning_xml("Suspended")}).status, 200);
  EXPECT_EQ(send({"GET", "/photos?versioning"}).element("Status"), "Suspended");
}

TEST_F(BucketConfiguration, BadVersioning) {
  const std::string before = state_of(west());
  EXPECT_EQ(send({"PUT", "/photos?versioning", versioning_xml("enabled")}).code(), "MalformedXML");
  EXPECT_EQ(send({"PUT", "/photos?versioning", "<VersioningConfiguration/>"}).code(),
            "IllegalVersioningConfigurationException");
  EXPECT_EQ(send({"PUT", "/photos?versioning", "no xml"}).code(), "MalformedXML");
  EXPECT_EQ(send({"PUT", "/photos?versioning",
                  "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>"
                  "</VersioningConfiguration>"})
                .code(),
            "NotImplemented");
  EXPECT_EQ(state_of(west()), before);
}

TEST_F(BucketConfiguration, IntegrityIsRequiredAndChecked) {
  // Content-MD5 or a checksum must be there, and be right.
  HttpRequest none;
  none.method = "PUT";
  none.target = "/photos?versioning";
  none.headers.add("Host", "localhost");
  none.body = Body(versioning_xml("Enabled"));
  aws::sign_header(none, {alice.access_key_id, Secret(alice.secret), Secret()}, {"us-west-2", "s3"},
                   clock.now(), aws::sha256_hex(versioning_xml("Enabled")));
  EXPECT_EQ(send(west(), std::move(none)).code(), "InvalidRequest");
  const auto with = [&](std::string name, std::string value) {
    return send(
        {"PUT", "/photos?versioning", versioning_xml("Enabled"), {{std::move(name), std::move(value)}}});
  };
  EXPECT_EQ(with("Content-MD5", "AAAA").code(), "InvalidDigest");
  EXPECT_EQ(with("Content-MD5", to_base64(aws::md5("other"))).code(), "BadDigest");
  EXPECT_EQ(with("x-amz-checksum-crc32", "AAAAAA==").code(), "BadDigest");
  EXPECT_EQ(with("x-amz-checksum-crc32", "AAAA").code(), "InvalidRequest");
  EXPECT_EQ(with("x-amz-checksum-sha512", "AAAA").code(), "NotImplemented");
  EXPECT_EQ(send({"GET", "/photos?versioning"}).element("Status"), "");
}

TEST_F(BucketConfiguration, Tagging) {
  EXPECT_EQ(send({"GET", "/photos?tagging"}).code(), "NoSuchTagSet");
  EXPECT_EQ(send({"PUT", "/photos?tagging", tagging(tag("dr", "true") + tag("ö&=+", "<ü>"))}).status, 400);
  EXPECT_EQ(send({"PUT", "/photos?tagging", tagging(tag("dr", "true") + tag("team =+", "a&amp;b"))}).status,
            400);
  EXPECT_EQ(send({"PUT", "/photos?tagging", tagging(tag("dr", "true") + tag("team =+", "a b"))}).status, 204);
  const Reply got = send({"GET", "/photos?tagging"});
  EXPECT_NE(got.body.find(tag("dr", "true") + tag("team =+", "a b")), std::string::npos) << got.body;
  EXPECT_EQ(send({"PUT", "/photos?tagging", tagging(tag("dr", "1") + tag("dr", "2"))}).code(), "InvalidTag");
  EXPECT_EQ(send({"PUT", "/photos?tagging", tagging(tag("aws:x", "1"))}).code(), "InvalidTag");
  std::string many;
  for (int i = 0; i < 51; ++i) many += tag("k" + std::to_string(i), "");
  EXPECT_EQ(send({"PUT", "/photos?tagging", tagging(many)}).code(), "BadRequest");
  EXPECT_EQ(send({"PUT", "/photos?tagging", tagging("")}).status, 204);
  EXPECT_EQ(send({"GET", "/photos?tagging"}).code(), "NoSuchTagSet");
  EXPECT_EQ(send({"PUT", "/photos?tagging", tagging(tag("a", "b"))}).status, 204);
  EXPECT_EQ(send({"DELETE", "/photos?tagging"}).status, 204);
  EXPECT_EQ(send({"DELETE", "/photos?tagging"}).status, 204);
  EXPECT_EQ(send({"GET", "/photos?tagging"}).code(), "NoSuchTagSet");
}

TEST_F(BucketConfiguration, ControlTagsAreMerged) {
  const std::string target = "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Aphotos";
  const Headers account = {{"x-amz-account-id", alice.id}};
  const auto request = [](const std::string& tags) {
    return "<TagResourceRequest xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Tags>" + tags +
           "</Tags></TagResourceRequest>";
  };
  EXPECT_EQ(send({"POST", target, request(tag("dr", "false") + tag("team", "x")), account}).status, 204);
  EXPECT_EQ(send({"POST", target, request(tag("dr", "true")), account}).status, 204);
  EXPECT_NE(send({"GET", target, "", account}).body.find(tag("dr", "true") + tag("team", "x")),
            std::string::npos);
  EXPECT_EQ(send({"DELETE", target + "?tagKeys=team&tagKeys=absent", "", account}).status, 204);
  EXPECT_NE(send({"GET", "/photos?tagging"}).body.find("<TagSet>" + tag("dr", "true") + "</TagSet>"),
            std::string::npos);
  // The account of the header must be the caller's, the bucket's owner too.
  EXPECT_EQ(send({"GET", target}).code(), "InvalidRequest");
  EXPECT_EQ(send({"GET", target, "", {{"x-amz-account-id", bob.id}}}).code(), "AccessDenied");
  EXPECT_EQ(send({"GET", target, "", {{"x-amz-account-id", bob.id}}, bob}).code(), "AccessDenied");
  EXPECT_EQ(send({"GET", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Aphotos%2Fkey", "", account}).code(),
            "NotImplemented");
}

TEST_F(BucketConfiguration, EventsCommitWithTheChange) {
  send({"PUT", "/photos?tagging", tagging(tag("dr", "true"))});
  send({"PUT", "/photos?versioning", versioning_xml("Enabled")});
  send({"PUT", "/photos?tagging", tagging(tag("aws:x", "1"))});
  send({"DELETE", "/photos?replication"});
  send({"DELETE",
        "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Aphotos?tagKeys=dr",
        "",
        {{"x-amz-account-id", alice.id}}});
  send({"GET", "/photos?tagging"});  // reading leaves none
  send({"PUT", "/photos?acl"});
  auto events = outbox(west());
  std::erase_if(events, [](const std::string& event) { return event.find("aws.tag") != std::string::npos; });
  ASSERT_EQ(events.size(), 7U);
  const std::vector<std::string> names = {
      "CreateBucket",     "PutBucketTagging",        "PutBucketVersioning",
      "PutBucketTagging", "DeleteBucketReplication", "UntagResource",
      "PutBucketAcl"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_NE(events[i].find("\"eventName\":\"" + names[i] + "\""), std::string::npos) << events[i];
    EXPECT_EQ(events[i].find("errorCode") != std::string::npos, i == 3 || i == 6) << events[i];
    EXPECT_EQ(events[i].find("canary"), std::string::npos);
  }
  EXPECT_NE(events[3].find("\"errorCode\":\"InvalidTag\""), std::string::npos);
}

// What nobody has set is told as S3 tells it, and told to nobody else.
TEST_F(BucketConfiguration, SettingsThatAreNotSetAreToldAsS3Does) {
  const Reply acl = send({"GET", "/photos?acl"});
  EXPECT_EQ(acl.status, 200);
  EXPECT_EQ(acl.element("Permission"), "FULL_CONTROL");
  EXPECT_EQ(acl.element("ID"), owner_id(s3::AccountId::parse(alice.id)));
  const std::vector<std::array<std::string, 4>> there = {
      {"ownershipControls", "OwnershipControls", "ObjectOwnership", "BucketOwnerEnforced"},
      {"requestPayment", "RequestPaymentConfiguration", "Payer", "BucketOwner"},
      {"encryption", "ServerSideEncryptionConfiguration", "SSEAlgorithm", "AES256"},
      {"abac", "AbacStatus", "Status", "Disabled"},
      {"accelerate", "AccelerateConfiguration", "Status", ""},
      {"logging", "BucketLoggingStatus", "LoggingEnabled", ""},
      {"notification", "NotificationConfiguration", "TopicConfiguration", ""},
      {"inventory", "ListInventoryConfigurationsResult", "IsTruncated", "false"},
      {"metrics", "ListMetricsConfigurationsResult", "IsTruncated", "false"},
      {"analytics", "ListBucketAnalyticsConfigurationResult", "IsTruncated", "false"},
      {"intelligent-tiering", "ListBucketIntelligentTieringConfigurationsOutput", "IsTruncated", "false"}};
  for (const auto& [setting, root, element, value] : there) {
    const Reply reply = send({"GET", "/photos?" + setting});
    EXPECT_EQ(reply.status, 200) << setting << reply.body;
    EXPECT_NE(reply.body.find("<" + root + " xmlns"), std::string::npos) << reply.body;
    EXPECT_EQ(reply.element(element), value) << reply.body;
  }
  const std::vector<std::pair<std::string, std::string>> absent = {
      {"object-lock", "ObjectLockConfigurationNotFoundError"},
      {"cors", "NoSuchCORSConfiguration"},
      {"website", "NoSuchWebsiteConfiguration"},
      {"policyStatus", "NoSuchBucketPolicy"},
      {"metrics&id=x", "NoSuchConfiguration"},
      {"analytics&id=x", "NoSuchConfiguration"},
      {"intelligent-tiering&id=x", "NoSuchConfiguration"},
      {"inventory&id=x", "NoSuchConfiguration"}};
  for (const auto& [setting, code] : absent) {
    const Reply reply = send({"GET", "/photos?" + setting});
    EXPECT_EQ(reply.status, 404) << setting;
    EXPECT_EQ(reply.code(), code);
  }
  for (const std::string setting :
       {"acl", "ownershipControls", "requestPayment", "accelerate", "publicAccessBlock", "encryption",
        "object-lock", "inventory", "cors", "website", "policyStatus", "metrics", "analytics",
        "intelligent-tiering", "logging", "notification", "abac"}) {
    EXPECT_EQ(send({"GET", "/photos?" + setting, "", {}, bob}).code(), "AccessDenied") << setting;
    EXPECT_EQ(send({"GET", "/absent?" + setting}).code(), "NoSuchBucket") << setting;
  }
}

TEST_F(BucketConfiguration, ThePolicysStatusIsThatOfThePolicy) {
  send({"DELETE", "/photos?publicAccessBlock"});
  const auto status_with = [&](const std::string& effect, const std::string& principal,
                               const std::string& condition) {
    const std::string policy = R"({"Statement":{"Effect":")" + effect + R"(","Principal":)" + principal +
                               R"(,"Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/*")" +
                               (condition.empty() ? "" : ",\"Condition\":" + condition) + "}}";
    const Reply put = send({"PUT", "/photos?policy", policy});
    EXPECT_EQ(put.status, 204) << put.body;
    return send({"GET", "/photos?policyStatus"}).element("IsPublic");
  };
  EXPECT_EQ(status_with("Allow", R"("*")", ""), "true");
  EXPECT_EQ(status_with("Deny", R"("*")", ""), "false");
  EXPECT_EQ(status_with("Allow", R"({"AWS":"arn:aws:iam::444455556666:root"})", ""), "false");
  EXPECT_EQ(status_with("Allow", R"("*")", R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})"), "false");
  EXPECT_EQ(status_with("Allow", R"("*")", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})"), "true");
  EXPECT_EQ(status_with("Allow", R"("*")", R"({"StringLike":{"aws:SourceArn":"arn:aws:s3:::*"}})"), "true");
  EXPECT_EQ(status_with("Allow", R"("*")", R"({"Bool":{"aws:SecureTransport":"true"}})"), "true");
}

}  // namespace
}  // namespace s3dr::cloud
