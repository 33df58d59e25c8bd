#include "aws/hash.h"
#include "s3/xml_object.h"
#include "unit/cloud/objects/objects_fixture.h"

namespace s3dr::cloud {
namespace {

TEST_F(Objects, WhatWasPutIsRead) {
  const Reply stored =
      put("/plain/a%20b", "hello",
          {{"Content-Type", "text/x"}, {"x-amz-meta-Colour", "red"}, {"x-amz-tagging", "t=1&u=2"}});
  EXPECT_EQ(stored.status, 200) << stored.body;
  EXPECT_EQ(stored.header("ETag"), "\"" + to_hex(aws::md5("hello")) + "\"");
  EXPECT_EQ(stored.header("x-amz-checksum-type"), "FULL_OBJECT");
  EXPECT_EQ(stored.header("x-amz-version-id"), "");
  const Reply read = get("/plain/a%20b", {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, "hello");
  EXPECT_EQ(read.header("content-type"), "text/x");
  EXPECT_EQ(read.header("x-amz-meta-colour"), "red");
  EXPECT_EQ(read.header("x-amz-tagging-count"), "2");
  EXPECT_EQ(read.header("x-amz-checksum-crc64nvme"),
            aws::checksum_base64(aws::ChecksumAlgorithm::crc64nvme, "hello"));
  const Reply described = head("/plain/a%20b");
  EXPECT_EQ(described.status, 200);
  EXPECT_EQ(described.header("Content-Length"), "5");
  EXPECT_EQ(described.body, "");
  EXPECT_EQ(put("/plain/empty", "").status, 200);
  EXPECT_EQ(get("/plain/empty").body, "");
  EXPECT_EQ(head("/plain/empty").header("Content-Length"), "0");
}

TEST_F(Objects, DeclaredChecksumsAreCompared) {
  EXPECT_EQ(put("/plain/k", "hello", {{"Content-MD5", to_base64(aws::md5("other"))}}).code(), "BadDigest");
  EXPECT_EQ(put("/plain/k", "hello", {{"Content-MD5", "x"}}).code(), "InvalidDigest");
  EXPECT_EQ(put("/plain/k", "hello", {{"x-amz-checksum-crc32", "AAAAAA=="}}).code(), "BadDigest");
  EXPECT_EQ(put("/plain/k", "hello", {{"x-amz-checksum-sha512", "AAAAAA=="}}).code(), "NotImplemented");
  EXPECT_EQ(get("/plain/k").code(), "NoSuchKey");
  EXPECT_EQ(bodies(), 0U);
  const std::string sum = aws::checksum_base64(aws::ChecksumAlgorithm::sha256, "hello");
  EXPECT_EQ(put("/plain/k", "hello", {{"x-amz-checksum-sha256", sum}}).header("x-amz-checksum-sha256"), sum);
  EXPECT_EQ(send({"PUT", "/plain/t", "hello", {}, alice, Signing::unsigned_trailer})
                .header("x-amz-checksum-crc32c"),
            aws::checksum_base64(aws::ChecksumAlgorithm::crc32c, "hello"));
}

TEST_F(Objects, WhatIsNotThereIsRefused) {
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-server-side-encryption", "AES256"}}).status, 501);
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-acl", "public-read"}}).code(), "AccessControlListNotSupported");
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-grant-read", "id=x"}}).code(), "AccessControlListNotSupported");
  ASSERT_EQ(send({"DELETE", "/plain?ownershipControls"}).status, 204);
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-acl", "public-read"}}).status, 501);
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-storage-class", "GLACIER"}}).status, 501);
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-object-lock-mode", "GOVERNANCE"}}).status, 501);
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-meta-a", std::string(3000, 'x')}}).code(), "MetadataTooLarge");
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-tagging", "a=1&a=2"}}).status, 400);
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-tagging", "a&b&c&d&e&f&g&h&i&j&k"}}).code(), "BadRequest");
  EXPECT_EQ(put("/plain/k", "x", {{"x-amz-website-redirect-location", "elsewhere"}}).code(),
            "InvalidRedirectLocation");
  for (const char* place : {"/elsewhere", "http://example.com/", "https://example.com/"})
    EXPECT_EQ(put("/plain/k", "x", {{"x-amz-website-redirect-location", place}}).status, 200) << place;
}

// An object that was not uploaded in parts is its only part: a ranged GET of all bytes, with the object's checksum.
TEST_F(Objects, TheOnlyPart) {
  put("/plain/k", "hello");
  const Reply part = get("/plain/k?partNumber=1", {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "hello");
  EXPECT_EQ(part.header("Content-Range"), "bytes 0-4/5");
  EXPECT_EQ(part.header("x-amz-mp-parts-count"), "");
  EXPECT_EQ(part.header("x-amz-checksum-crc64nvme"),
            aws::checksum_base64(aws::ChecksumAlgorithm::crc64nvme, "hello"));
  EXPECT_EQ(head("/plain/k?partNumber=1").status, 206);
  EXPECT_EQ(get("/plain/k?partNumber=2").status, 416);
  EXPECT_EQ(get("/plain/k?partNumber=0").code(), "InvalidArgument");
  EXPECT_EQ(get("/plain/absent?partNumber=0").code(), "InvalidArgument") << "what cannot be is said first";
  EXPECT_EQ(head("/plain/absent?partNumber=10001").status, 400);
  put("/plain/empty", "");
  EXPECT_EQ(get("/plain/empty?partNumber=1").status, 200) << "there is no range of no bytes";
}

// Some SDKs send a list as several lines.
TEST_F(Objects, AttributesAreAListOfOneOrMoreLines) {
  put("/plain/k", "hello");
  const auto ask = [&](Headers headers) { return get("/plain/k?attributes", std::move(headers)); };
  const Reply both =
      ask({{"x-amz-object-attributes", "ETag"}, {"X-Amz-Object-Attributes", "ObjectSize, StorageClass"}});
  EXPECT_EQ(both.element("ETag"), to_hex(aws::md5("hello")));
  EXPECT_EQ(both.element("ObjectSize"), "5");
  EXPECT_EQ(both.element("StorageClass"), "STANDARD");
  EXPECT_EQ(ask({{"x-amz-object-attributes", "ETag"}, {"x-amz-object-attributes", "Colour"}}).code(),
            "InvalidArgument");
  EXPECT_EQ(ask({}).code(), "InvalidRequest");
  EXPECT_EQ(ask({{"x-amz-object-attributes", ""}}).code(), "InvalidRequest");
}

TEST_F(Objects, RangesAndConditions) {
  put("/plain/k", "0123456789");
  EXPECT_EQ(get("/plain/k", {{"Range", "bytes=2-4"}}).body, "234");
  const Reply tail = get("/plain/k", {{"Range", "bytes=-3"}});
  EXPECT_EQ(tail.status, 206);
  EXPECT_EQ(tail.body, "789");
  EXPECT_EQ(tail.header("Content-Range"), "bytes 7-9/10");
  EXPECT_EQ(get("/plain/k", {{"Range", "bytes=8-"}}).body, "89");
  EXPECT_EQ(get("/plain/k", {{"Range", "bytes=10-"}}).status, 416);
  EXPECT_EQ(get("/plain/k", {{"Range", "lines=1-2"}}).status, 200);
  const std::string etag = head("/plain/k").header("ETag");
  EXPECT_EQ(get("/plain/k", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(get("/plain/k", {{"If-Match", etag}}).status, 200);
  EXPECT_EQ(get("/plain/k", {{"If-Match", "\"other\""}}).status, 412);
  EXPECT_EQ(get("/plain/k", {{"If-Match", "\"other\", " + etag}}).status, 200);
  EXPECT_EQ(get("/plain/k", {{"If-Match", "W/" + etag}}).status, 412);
  EXPECT_EQ(get("/plain/k", {{"If-Modified-Since", to_http_date(clock.now())}}).status, 304);
  EXPECT_EQ(get("/plain/k?response-content-type=text/y").header("content-type"), "text/y");
}

TEST_F(Objects, ConditionalWrites) {
  EXPECT_EQ(put("/kept/k", "1", {{"If-Match", "\"x\""}}).code(), "NoSuchKey");
  EXPECT_EQ(put("/kept/k", "1", {{"If-None-Match", "*"}}).status, 200);
  EXPECT_EQ(put("/kept/k", "2", {{"If-None-Match", "*"}}).status, 412);
  EXPECT_EQ(put("/kept/k", "2", {{"If-None-Match", "\"x\""}}).status, 501);
  EXPECT_EQ(put("/kept/k", "2", {{"If-None-Match", "*, \"x\""}}).status, 501);
  for (const char* etag : {"\"x\"", "x", ""})
    EXPECT_EQ(put("/kept/k", "2", {{"If-Match", etag}}).status, 412) << etag;
  EXPECT_EQ(put("/kept/k", "2", {{"If-Match", "*"}}).status, 501);
  EXPECT_EQ(put("/kept/k", "2", {{"If-Match", head("/kept/k").header("ETag")}}).status, 200);
  EXPECT_EQ(send({"DELETE", "/kept/k", "", {{"If-Match", "\"x\""}}}).status, 412);
  EXPECT_EQ(send({"DELETE", "/kept/k"}).status, 204);
  EXPECT_EQ(put("/kept/k", "3", {{"If-None-Match", "*"}}).status, 200);
  EXPECT_EQ(get("/kept/k").body, "3");
}

TEST_F(Objects, DeleteMarkersAndVersions) {
  const std::string first = put("/kept/k", "1").header("x-amz-version-id");
  const std::string second = put("/kept/k", "2").header("x-amz-version-id");
  const Reply deleted = send({"DELETE", "/kept/k"});
  const std::string marker = deleted.header("x-amz-version-id");
  EXPECT_EQ(deleted.header("x-amz-delete-marker"), "true");
  const Reply gone = get("/kept/k");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.code(), "NoSuchKey");
  EXPECT_EQ(gone.header("x-amz-delete-marker"), "true");
  const Reply by_id = get("/kept/k?versionId=" + marker);
  EXPECT_EQ(by_id.status, 405);
  EXPECT_EQ(by_id.header("Allow"), "DELETE");
  EXPECT_EQ(head("/kept/k?versionId=" + marker).status, 405);
  EXPECT_EQ(get("/kept/k?versionId=" + first).body, "1");
  EXPECT_EQ(get("/kept/k?versionId=absent").code(), "NoSuchVersion");
  EXPECT_EQ(get("/kept/k?versionId=a%20b").code(), "InvalidArgument");
  EXPECT_EQ(send({"DELETE", "/kept/k?versionId=" + marker}).header("x-amz-delete-marker"), "true");
  EXPECT_EQ(get("/kept/k").body, "2");
  send({"DELETE", "/kept/k?versionId=" + second});
  EXPECT_EQ(get("/kept/k").body, "1");
  EXPECT_EQ(bodies(), 1U);
}

TEST_F(Objects, OverwritingWithoutVersionsLeavesOneBody) {
  put("/plain/k", "1");
  put("/plain/k", "2");
  EXPECT_EQ(bodies(), 1U);
  EXPECT_EQ(get("/plain/k").body, "2");
  EXPECT_EQ(send({"DELETE", "/plain/k"}).status, 204);
  EXPECT_EQ(send({"DELETE", "/plain/k"}).status, 204);
  EXPECT_EQ(bodies(), 0U);
}

TEST_F(Objects, SeveralAreDeletedAtOnce) {
  put("/plain/a", "1");
  const std::string etag = put("/plain/b", "2").header("ETag");
  s3::DeleteRequest request;
  request.items = {{s3::ObjectKey("a"), s3::VersionId(), "\"wrong\""},
                   {s3::ObjectKey("b"), s3::VersionId(), etag}};
  const Reply reply = send({"POST", "/plain?delete", s3::write_delete_request(request)});
  EXPECT_EQ(reply.status, 200) << reply.body;
  const auto result = s3::parse_delete_result(reply.body);
  ASSERT_EQ(result.deleted.size(), 1U);
  ASSERT_EQ(result.failed.size(), 1U);
  EXPECT_EQ(result.failed[0].code, "PreconditionFailed");
  EXPECT_EQ(get("/plain/a").body, "1");
  EXPECT_EQ(get("/plain/b").status, 404);
}

// No bucket has a lock: there is nothing to pass by.
TEST_F(Objects, TheWishToPassByALockRefusesNothing) {
  const Headers bypass = {{"x-amz-bypass-governance-retention", "true"}};
  for (const char* key : {"one", "two", "three"}) put("/plain/" + std::string(key), "text");
  EXPECT_EQ(send({"DELETE", "/plain/one", "", bypass}).status, 204);
  const Reply several =
      send({"POST", "/plain?delete",
            "<Delete><Object><Key>two</Key></Object><Object><Key>three</Key></Object></Delete>", bypass});
  EXPECT_EQ(several.status, 200) << several.body;
  EXPECT_EQ(several.code(), "");
  EXPECT_EQ(bodies(), 0U);
  EXPECT_EQ(send({"DELETE", "/plain/one", "", {{"x-amz-mfa", "serial 123456"}}}).code(), "NotImplemented");
}

TEST_F(Objects, AHeaderOfTheAnswerCannotBeSplit) {
  put("/plain/k", "text");
  for (const std::string value : {"text%2Fplain%0D%0AX-Evil:%201", "a%0Ab", "a%00b", "a%7Fb"}) {
    const Reply reply = get("/plain/k?response-content-type=" + value);
    EXPECT_EQ(reply.status, 400) << value;
    EXPECT_EQ(reply.code(), "InvalidArgument");
    EXPECT_EQ(reply.header("X-Evil"), "");
  }
  EXPECT_EQ(get("/plain/k?response-content-disposition=inline%3B%20filename%3D%22%C3%BC%22").status, 200);
}

// S3 User Guide, Working with object metadata: the second row is its example.
TEST_F(Objects, MetadataBeyondAsciiIsEncodedAsMailIs) {
  const std::vector<std::pair<std::string, std::string>> given_and_told = {
      {"plain text, = and ?", "plain text, = and ?"},
      {"\xC3\x84M\xC3\x84Z\xC3\x95\xC3\x91 S3", "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="},
      {"=?UTF-8?B?w4RNw4Q=?=", "=?UTF-8?B?w4RNw4Q=?="},
      {"=?utf-8?q?=C3=84_b?= c", "=?UTF-8?B?w4QgYiBj?="},
      {"=?ISO-8859-1?Q?=C4?=", "=?UTF-8?B?w4Q=?="},
      {"=?UTF-8?B?QQ==?= =?UTF-8?B?Qg==?=", "AB"},
      {"=?UTF-8?B?not base64!?=", "=?UTF-8?B?not base64!?="},
      {"=?", "=?"}};
  for (const auto& [given, told] : given_and_told) {
    EXPECT_EQ(put("/plain/k", "text", {{"x-amz-meta-a", given}}).status, 200) << given;
    const std::string first = get("/plain/k").header("x-amz-meta-a");
    EXPECT_EQ(first, told) << given;
    put("/plain/again", "text", {{"x-amz-meta-a", first}});
    EXPECT_EQ(get("/plain/again").header("x-amz-meta-a"), told) << "what was read can be written again";
  }
}

TEST_F(Objects, CopiesTakeOrReplaceMetadata) {
  const std::string first =
      put("/kept/k", "one", {{"x-amz-meta-a", "1"}, {"x-amz-tagging", "t=1"}}).header("x-amz-version-id");
  put("/kept/k", "two");
  const Reply copied = put("/plain/c", "", {{"x-amz-copy-source", "/kept/k?versionId=" + first}});
  EXPECT_EQ(copied.status, 200) << copied.body;
  EXPECT_EQ(copied.header("x-amz-copy-source-version-id"), first);
  const Reply read = get("/plain/c");
  EXPECT_EQ(read.body, "one");
  EXPECT_EQ(read.header("x-amz-meta-a"), "1");
  EXPECT_EQ(read.header("x-amz-tagging-count"), "1");
  put("/plain/c", "",
      {{"x-amz-copy-source", "kept/k"}, {"x-amz-metadata-directive", "REPLACE"}, {"x-amz-meta-b", "2"}});
  EXPECT_EQ(get("/plain/c").body, "two");
  EXPECT_EQ(get("/plain/c").header("x-amz-meta-a"), "");
  EXPECT_EQ(get("/plain/c").header("x-amz-meta-b"), "2");
  EXPECT_EQ(put("/plain/c", "", {{"x-amz-copy-source", "plain/c"}}).code(), "InvalidRequest");
  EXPECT_EQ(put("/plain/c", "", {{"x-amz-copy-source", "kept/absent"}}).code(), "NoSuchKey");
  EXPECT_EQ(put("/plain/c", "", {{"x-amz-copy-source", "kept"}}).code(), "InvalidArgument");
  EXPECT_EQ(put("/plain/c", "", {{"x-amz-copy-source", "kept/k?versionId="}}).code(), "InvalidArgument");
  const char* access_point = "arn:aws:s3:us-west-2:111122223333:accesspoint/x/object/k";
  EXPECT_EQ(put("/plain/c", "", {{"x-amz-copy-source", access_point}}).status, 501);
  EXPECT_EQ(
      put("/plain/c", "", {{"x-amz-copy-source", "kept/k"}, {"x-amz-copy-source-if-match", "x"}}).status,
      412);
  create_bucket(west(), "of-bob", bob);
  EXPECT_EQ(put("/plain/c", "", {{"x-amz-copy-source", "of-bob/k"}}).code(), "AccessDenied");
  create_bucket(east(), "far-away");
  EXPECT_EQ(put("/plain/c", "", {{"x-amz-copy-source", "far-away/k"}}).status, 501);
}

TEST_F(Objects, ACorruptSourceIsNotCopied) {
  put("/plain/k", "hello");
  auto& storage = *storages.at("us-west-2");
  ASSERT_TRUE(storage.flip_bit(storage.bodies().list().at(0), 1));
  EXPECT_EQ(put("/plain/c", "", {{"x-amz-copy-source", "plain/k"}}).status, 500);
  EXPECT_EQ(get("/plain/c").status, 404);
  EXPECT_EQ(bodies(), 1U);
}

TEST_F(Objects, TagsOfObjects) {
  put("/plain/k", "x");
  EXPECT_EQ(
      put("/plain/k?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>")
          .status,
      200);
  EXPECT_EQ(get("/plain/k?tagging").element("Key"), "a");
  EXPECT_EQ(send({"DELETE", "/plain/k?tagging"}).status, 204);
  EXPECT_EQ(get("/plain/k?tagging").element("Key"), "");
  EXPECT_EQ(get("/plain/absent?tagging").code(), "NoSuchKey");
}

}  // namespace
}  // namespace s3dr::cloud
