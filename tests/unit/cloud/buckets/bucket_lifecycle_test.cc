// Lifecycle rules of a bucket: checked, kept, given back.
#include "aws/hash.h"
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

constexpr const char* size_header = "x-amz-transition-default-minimum-object-size";

class BucketLifecycle : public RegionTest {
 protected:
  BucketLifecycle() { create_bucket(west(), "logs"); }
  static std::string document(const std::string& inside) {
    return "<LifecycleConfiguration><Rule>" + inside +
           "<Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>";
  }
  Reply put(const std::string& xml, Headers headers = {}, const Account& account = alice) {
    return send({"PUT", "/logs?lifecycle", xml, std::move(headers), account});
  }
  Reply get() { return send({"GET", "/logs?lifecycle"}); }
};

TEST_F(BucketLifecycle, IsKeptAndGivenBack) {
  EXPECT_EQ(get().code(), "NoSuchLifecycleConfiguration");
  EXPECT_EQ(get().status, 404);
  const Reply answer = put(document("<ID>old</ID><Filter><Prefix>a/</Prefix></Filter>"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.header(size_header), "all_storage_classes_128K");
  start("us-west-2");
  const Reply kept = get();
  EXPECT_EQ(kept.status, 200);
  EXPECT_EQ(kept.element("Rule"),
            "<ID>old</ID><Filter><Prefix>a/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>30"
            "</Days></Expiration>");
  EXPECT_EQ(kept.header(size_header), "all_storage_classes_128K");
  EXPECT_EQ(send({"DELETE", "/logs?lifecycle"}).status, 204);
  EXPECT_EQ(send({"DELETE", "/logs?lifecycle"}).status, 204);
  EXPECT_EQ(get().status, 404);
  // A bucket made anew has none.
  put(document("<Filter/>"));
  ASSERT_EQ(send({"DELETE", "/logs"}).status, 204);
  create_bucket(west(), "logs");
  EXPECT_EQ(get().status, 404);
}

TEST_F(BucketLifecycle, TheFirstFormComesBackAsItWasGiven) {
  ASSERT_EQ(put(document("<ID>old</ID><Prefix></Prefix>")).status, 200);
  const std::string kept = get().body;
  EXPECT_NE(kept.find("<Prefix/>"), std::string::npos) << kept;
  EXPECT_EQ(kept.find("Filter"), std::string::npos) << kept;
}

TEST_F(BucketLifecycle, ARuleWithoutIdGetsOneThatStays) {
  ASSERT_EQ(put(document("<Filter/>")).status, 200);
  const std::string id = get().element("ID");
  EXPECT_EQ(id.size(), 48U);
  EXPECT_EQ(get().element("ID"), id);
}

TEST_F(BucketLifecycle, TheSmallestSizeThatMovesIsEchoed) {
  EXPECT_EQ(put(document("<Filter/>"), {{size_header, "tiny"}}).code(), "InvalidRequest");
  EXPECT_EQ(get().status, 404);
  EXPECT_EQ(put(document("<Filter/>"), {{size_header, "varies_by_storage_class"}}).header(size_header),
            "varies_by_storage_class");
  EXPECT_EQ(get().header(size_header), "varies_by_storage_class");
}

TEST_F(BucketLifecycle, WhatIsRefusedChangesNothing) {
  ASSERT_EQ(put(document("<ID>old</ID><Filter/>")).status, 200);
  const std::string before = get().body;
  EXPECT_EQ(put("no xml").code(), "MalformedXML");
  EXPECT_EQ(put(document("")).code(), "MalformedXML");
  EXPECT_EQ(put("<LifecycleConfiguration/>").code(), "InvalidRequest");
  EXPECT_EQ(put(document("<ID>" + std::string(256, 'i') + "</ID><Filter/>")).code(), "InvalidArgument");
  EXPECT_EQ(put(document("<Filter/>"), {{"Content-MD5", to_base64(aws::md5("other"))}}).code(), "BadDigest");
  EXPECT_EQ(put(document("<Filter/>"), {}, bob).code(), "AccessDenied");
  HttpRequest without_digest;
  without_digest.method = "PUT";
  without_digest.target = "/logs?lifecycle";
  without_digest.headers.add("Host", "localhost");
  without_digest.body = Body(document("<Filter/>"));
  aws::sign_header(without_digest, {alice.access_key_id, Secret(alice.secret), Secret()}, {"us-west-2", "s3"},
                   clock.now(), aws::sha256_hex(document("<Filter/>")));
  EXPECT_EQ(send(west(), std::move(without_digest)).code(), "InvalidRequest");
  EXPECT_EQ(get().body, before);
  EXPECT_EQ(send({"GET", "/nobodys?lifecycle"}).code(), "NoSuchBucket");
}

}  // namespace
}  // namespace s3dr::cloud
