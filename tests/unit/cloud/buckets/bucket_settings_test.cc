// The settings that are one document each, all in the same way: absent, set, replaced, removed, refused, of another
// owner; their events and the rights they need.
#include "cloud/settings/setting_kinds.h"

#include <algorithm>

#include "unit/cloud/buckets/setting_fixtures.h"
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

class BucketSettings : public RegionTest {
 protected:
  BucketSettings() {
    create_bucket(west(), "photos");
    enable_versioning(west(), "photos");
    create_bucket(west(), "reports");
    create_bucket(west(), "bobs-logs", bob);
    create_bucket(east(), "far-away");
  }
  Reply put(const SettingFixture& fixture, const std::string& inside, const Account& account = alice) {
    return send({"PUT", "/photos?" + fixture.query, setting_document(fixture, inside), {}, account});
  }
  Reply get(const SettingFixture& fixture) { return send({"GET", "/photos?" + fixture.query}); }
  Reply remove(const SettingFixture& fixture, const Account& account = alice) {
    return send({"DELETE", "/photos?" + fixture.query, "", {}, account});
  }
  static std::string whole(const SettingFixture& fixture, const std::string& inside) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + setting_document(fixture, inside);
  }
  static std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '=' ? "%3D" : c == ' ' ? "%20" : std::string(1, c);
    return out;
  }
  // A new bucket has two settings of its own; the fixtures say what is answered without.
  void clear(const SettingFixture& fixture) {
    if (fixture.query == "publicAccessBlock" || fixture.query == "ownershipControls") remove(fixture);
  }
  void expect_absent(const SettingFixture& fixture) {
    const Reply reply = get(fixture);
    if (reply.status == 404) {
      EXPECT_EQ(reply.code(), fixture.absent) << fixture.query;
    } else {
      EXPECT_EQ(reply.body, whole(fixture, fixture.absent)) << fixture.query;
    }
  }
  std::string last_event() { return outbox(west()).back(); }
};

TEST_F(BucketSettings, EveryKindHasAFixture) {
  for (const SettingKind& kind : setting_kinds()) {
    EXPECT_TRUE(std::ranges::any_of(setting_fixtures(), [&](const SettingFixture& fixture) {
      return fixture.query.substr(0, fixture.query.find('&')) == kind.subresource;
    })) << kind.subresource;
  }
}

TEST_F(BucketSettings, AreKeptReplacedAndRemoved) {
  for (const SettingFixture& fixture : setting_fixtures()) {
    clear(fixture);
    expect_absent(fixture);
    const int done = fixture.query.find("id=") == std::string::npos ? 200 : 204;
    const Reply first = put(fixture, fixture.first);
    EXPECT_EQ(first.status, done) << fixture.query << first.body;
    EXPECT_EQ(get(fixture).body,
              whole(fixture, fixture.first_kept.empty() ? fixture.first : fixture.first_kept));
    const Reply second = put(fixture, fixture.second);
    EXPECT_EQ(second.status, done) << fixture.query << second.body;
    EXPECT_EQ(get(fixture).body, whole(fixture, fixture.second));
    start("us-west-2");
    EXPECT_EQ(get(fixture).body, whole(fixture, fixture.second));
    if (!fixture.has_delete) {
      EXPECT_EQ(remove(fixture).code(), "MethodNotAllowed") << fixture.query;
      continue;
    }
    EXPECT_EQ(remove(fixture).status, 204) << fixture.query;
    expect_absent(fixture);
    const Reply again = remove(fixture);
    EXPECT_EQ(again.status, done == 204 ? 404 : 204) << fixture.query;
    if (done == 204) EXPECT_EQ(again.code(), "NoSuchConfiguration");
  }
}

TEST_F(BucketSettings, AnEmptyDocumentTurnsOffWhatHasNoDelete) {
  for (const SettingFixture& fixture : setting_fixtures()) {
    if (fixture.query != "logging" && fixture.query != "notification") continue;
    ASSERT_EQ(put(fixture, fixture.first).status, 200);
    ASSERT_EQ(put(fixture, "").status, 200);
    expect_absent(fixture);
  }
}

TEST_F(BucketSettings, WhatIsRefusedChangesNothing) {
  for (const SettingFixture& fixture : setting_fixtures()) {
    ASSERT_LT(put(fixture, fixture.first).status, 300) << fixture.query;
    const std::string before = get(fixture).body;
    for (const auto& [inside, code] : fixture.refused)
      EXPECT_EQ(put(fixture, inside).code(), code) << fixture.query << inside;
    EXPECT_EQ(put(fixture, "<NoSuchElement/>").code(), "MalformedXML") << fixture.query;
    for (const std::string text : {"no xml", "<Other/>"})
      EXPECT_EQ(send({"PUT", "/photos?" + fixture.query, text, {{"Content-MD5", to_base64(aws::md5(text))}}})
                    .code(),
                "MalformedXML")
          << fixture.query << text;
    EXPECT_EQ(
        send({"PUT", "/photos?" + fixture.query, "", {{"Content-MD5", to_base64(aws::md5(""))}}}).code(),
        "MissingRequestBodyError");
    EXPECT_EQ(send({"PUT",
                    "/photos?" + fixture.query,
                    setting_document(fixture, fixture.second),
                    {{"Content-MD5", to_base64(aws::md5("other"))}}})
                  .code(),
              "BadDigest");
    EXPECT_EQ(put(fixture, fixture.second, bob).code(), "AccessDenied") << fixture.query;
    if (fixture.has_delete) EXPECT_EQ(remove(fixture, bob).code(), "AccessDenied") << fixture.query;
    EXPECT_EQ(send({"PUT",
                    "/photos?" + fixture.query,
                    setting_document(fixture, fixture.second),
                    {{"x-amz-expected-bucket-owner", bob.id}}})
                  .code(),
              "AccessDenied");
    EXPECT_EQ(send({"PUT", "/absent?" + fixture.query, setting_document(fixture, fixture.first)}).code(),
              "NoSuchBucket");
    EXPECT_EQ(get(fixture).body, before) << fixture.query;
  }
}

TEST_F(BucketSettings, EachWriteIsAnEventAlsoWhenItFailed) {
  for (const SettingFixture& fixture : setting_fixtures()) {
    put(fixture, fixture.first);
    EXPECT_NE(last_event().find("\"eventName\":\"" + fixture.event + "\""), std::string::npos)
        << last_event();
    EXPECT_EQ(last_event().find("errorCode"), std::string::npos) << last_event();
    EXPECT_NE(last_event().find("\"" + fixture.root + "\":"), std::string::npos) << last_event();
    put(fixture, "<NoSuchElement/>");
    EXPECT_NE(last_event().find("\"eventName\":\"" + fixture.event + "\""), std::string::npos)
        << last_event();
    EXPECT_NE(last_event().find("\"errorCode\":\"MalformedXML\""), std::string::npos) << last_event();
    const std::size_t before = outbox(west()).size();
    get(fixture);
    EXPECT_EQ(outbox(west()).size(), before) << "reading leaves none";
    if (!fixture.has_delete) continue;
    remove(fixture);
    EXPECT_NE(last_event().find("\"eventName\":\"" + fixture.delete_event + "\""), std::string::npos)
        << last_event();
  }
}

// Another account gets exactly the action of the setting, and may do it.
TEST_F(BucketSettings, EachWriteNeedsItsAction) {
  for (const SettingFixture& fixture : setting_fixtures()) {
    const auto policy = [&](const std::string& action) {
      return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},)"
             R"("Action":")" +
             action + R"(","Resource":"arn:aws:s3:::photos"}})";
    };
    ASSERT_EQ(send({"PUT", "/photos?policy", policy("s3:ListBucket")}).status, 204);
    const Reply refused = put(fixture, fixture.first, bob);
    EXPECT_EQ(refused.code(), "AccessDenied") << fixture.query;
    EXPECT_NE(refused.body.find("perform: " + fixture.action + " on"), std::string::npos) << refused.body;
    ASSERT_EQ(send({"PUT", "/photos?policy", policy(fixture.action)}).status, 204) << fixture.action;
    EXPECT_LT(put(fixture, fixture.first, bob).status, 300) << fixture.query;
    send({"DELETE", "/photos?policy"});
    ASSERT_LT(put(fixture, fixture.second).status, 300);  // else the next ones are asked to pay
  }
}

TEST_F(BucketSettings, APageOfAListHasAHundred) {
  for (int i = 0; i < 101; ++i) {
    const std::string id = "m" + std::to_string(1000 + i);
    ASSERT_EQ(send({"PUT", "/photos?metrics&id=" + id,
                    "<MetricsConfiguration><Id>" + id + "</Id></MetricsConfiguration>"})
                  .status,
              204);
  }
  const Reply first = send({"GET", "/photos?metrics"});
  EXPECT_EQ(first.element("IsTruncated"), "true");
  EXPECT_NE(first.body.find("<MetricsConfiguration><Id>m1099</Id></MetricsConfiguration>"),
            std::string::npos);
  EXPECT_EQ(first.body.find("m1100"), std::string::npos);
  const std::string token = first.element("NextContinuationToken");
  const Reply second = send({"GET", "/photos?metrics&continuation-token=" + escaped(token)});
  EXPECT_EQ(second.element("IsTruncated"), "false");
  EXPECT_EQ(second.element("Id"), "m1100");
  EXPECT_EQ(send({"GET", "/photos?metrics&continuation-token=%21"}).code(), "InvalidArgument");
}

TEST_F(BucketSettings, AnIdHasItsForm) {
  const auto put_metrics = [&](const std::string& id) {
    return send({"PUT", "/photos?metrics&id=" + escaped(id),
                 "<MetricsConfiguration><Id>" + id + "</Id></MetricsConfiguration>"})
        .code();
  };
  EXPECT_EQ(put_metrics("a b"), "InvalidConfigurationId");
  EXPECT_EQ(put_metrics(std::string(65, 'a')), "InvalidConfigurationId");
  EXPECT_EQ(put_metrics(""), "InvalidArgument");
  EXPECT_EQ(put_metrics("A.b_c-9"), "");
}

TEST_F(BucketSettings, ThoseOfAnotherBucketAreItsOwn) {
  ASSERT_EQ(send({"PUT", "/photos?accelerate",
                  "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>"})
                .status,
            200);
  EXPECT_EQ(send({"GET", "/reports?accelerate"}).element("Status"), "");
  // A bucket made anew has none.
  ASSERT_EQ(send({"DELETE", "/photos"}).status, 204);
  create_bucket(west(), "photos");
  EXPECT_EQ(send({"GET", "/photos?accelerate"}).element("Status"), "");
  create_bucket(west(), "with.dots");
  EXPECT_EQ(send({"PUT", "/with.dots?accelerate",
                  "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>"})
                .code(),
            "InvalidRequest");
}

TEST_F(BucketSettings, ALockNeedsVersionsAndKeepsThem) {
  const std::string lock =
      "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
  EXPECT_EQ(send({"PUT", "/reports?object-lock", lock}).code(), "InvalidBucketState");
  EXPECT_EQ(send({"PUT", "/reports?object-lock", lock}).status, 409);
  ASSERT_EQ(send({"PUT", "/photos?object-lock", lock}).status, 200);
  const Reply refused = send({"PUT", "/photos?versioning", versioning_xml("Suspended")});
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.code(), "InvalidBucketState");
  EXPECT_EQ(send({"GET", "/photos?versioning"}).element("Status"), "Enabled");
}

TEST_F(BucketSettings, ANotificationWithoutIdGetsOne) {
  const std::string document =
      "<NotificationConfiguration><QueueConfiguration><Queue>arn:aws:sqs:us-west-2:111122223333:q</Queue>"
      "<Event>s3:ObjectCreated:Put</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value>in/</Value>"
      "</FilterRule></S3Key></Filter></QueueConfiguration></NotificationConfiguration>";
  ASSERT_EQ(send({"PUT", "/photos?notification", document}).status, 200);
  const Reply kept = send({"GET", "/photos?notification"});
  EXPECT_EQ(kept.element("Id").size(), 48U);
  EXPECT_EQ(kept.element("Name"), "Prefix");
  EXPECT_EQ(send({"GET", "/photos?notification"}).body, kept.body);
}

TEST_F(BucketSettings, WithTagsForRightsOthersOperationsSetThem) {
  const std::string tagging =
      "<Tagging><TagSet><Tag><Key>team</Key><Value>red</Value></Tag></TagSet></Tagging>";
  ASSERT_EQ(send({"PUT", "/photos?tagging", tagging}).status, 204);
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},)"
      R"("Action":"s3:ListBucket","Resource":"arn:aws:s3:::photos",)"
      R"("Condition":{"StringEquals":{"aws:ResourceTag/team":"red","s3:BucketTag/team":"red"}}}})";
  ASSERT_EQ(send({"PUT", "/photos?policy", policy}).status, 204);
  const auto as_bob = [&] { return send({"GET", "/photos", "", {}, bob}).status; };
  EXPECT_EQ(as_bob(), 403);
  ASSERT_EQ(send({"PUT", "/photos?abac", "<AbacStatus><Status>Enabled</Status></AbacStatus>"}).status, 200);
  EXPECT_EQ(as_bob(), 200);
  EXPECT_EQ(send({"PUT", "/photos?tagging", tagging}).status, 400);
  EXPECT_EQ(send({"DELETE", "/photos?tagging"}).status, 400);
  EXPECT_EQ(send({"GET", "/photos?tagging"}).status, 200);
  ASSERT_EQ(send({"DELETE",
                  "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Aphotos?tagKeys=team",
                  "",
                  {{"x-amz-account-id", alice.id}}})
                .status,
            204);
  EXPECT_EQ(as_bob(), 403);
}

TEST_F(BucketSettings, PagesOfOtherOriginsAreLetInByARule) {
  const auto ask = [&](const std::string& origin, const std::string& method,
                       const std::string& headers = "") {
    HttpRequest request;
    request.method = "OPTIONS";
    request.target = "/photos/key?uploadId=x";
    request.headers.set("Host", "localhost:9101");
    request.headers.set("Origin", origin);
    request.headers.set("Access-Control-Request-Method", method);
    if (!headers.empty()) request.headers.set("Access-Control-Request-Headers", headers);
    return send(west(), std::move(request));
  };
  EXPECT_EQ(ask("", "PUT").code(), "BadRequest");
  EXPECT_EQ(ask("https://a.example.com", "FLY").code(), "BadRequest");
  EXPECT_EQ(ask("https://a.example.com", "PUT").code(), "AccessForbidden");
  EXPECT_EQ(ask("https://a.example.com", "PUT", "x-a, b c").code(), "BadRequest");
  const std::string rules =
      "<CORSConfiguration><CORSRule><AllowedHeader>x-amz-*</AllowedHeader><AllowedMethod>PUT</AllowedMethod>"
      "<AllowedOrigin>https://*.example.com</AllowedOrigin><ExposeHeader>ETag</ExposeHeader>"
      "<MaxAgeSeconds>60</MaxAgeSeconds></CORSRule><CORSRule><AllowedMethod>GET</AllowedMethod>"
      "<AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>";
  ASSERT_EQ(send({"PUT", "/photos?cors", rules}).status, 200);
  const Reply allowed = ask("https://a.example.com", "PUT", "X-Amz-Date, x-amz-acl");
  EXPECT_EQ(allowed.status, 200);
  EXPECT_EQ(allowed.header("Access-Control-Allow-Origin"), "https://a.example.com");
  EXPECT_EQ(allowed.header("Access-Control-Allow-Headers"), "x-amz-date, x-amz-acl");
  EXPECT_EQ(allowed.header("Access-Control-Max-Age"), "60");
  EXPECT_EQ(allowed.header("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(ask("https://a.example.com", "PUT", "content-type").code(), "AccessForbidden");
  EXPECT_EQ(ask("https://example.com", "PUT").code(), "AccessForbidden");
  EXPECT_EQ(ask("https://elsewhere.test", "GET").header("Access-Control-Allow-Origin"), "*");
  // What an answer says more; that it is let in by its signature and nothing else.
  const Reply put = send({"PUT", "/photos/key", "text", {{"Origin", "https://b.example.com"}}});
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.header("Access-Control-Expose-Headers"), "ETag");
  EXPECT_EQ(send({"PUT", "/photos/key", "text", {{"Origin", "https://c.test"}}})
                .header("Access-Control-Allow-Origin"),
            "");
  const Reply refused = send({"GET", "/photos/key", "", {{"Origin", "https://c.test"}}, bob});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "*");
}

}  // namespace
}  // namespace s3dr::cloud
