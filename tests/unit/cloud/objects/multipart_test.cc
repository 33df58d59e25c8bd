#include "aws/hash.h"
#include "s3/xml_object.h"
#include "unit/cloud/objects/objects_fixture.h"

namespace s3dr::cloud {
namespace {

class Multipart : public Objects {
 protected:
  std::string start(Headers headers = {}) {
    const Reply reply = send({"POST", "/kept/big?uploads", "", std::move(headers)});
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.element("UploadId");
  }
  static std::string target(const std::string& upload, int number) {
    return "/kept/big?partNumber=" + std::to_string(number) + "&uploadId=" + upload;
  }
  std::string part(const std::string& upload, int number, const std::string& bytes, Headers headers = {}) {
    const Reply reply = put(target(upload, number), bytes, std::move(headers));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.header("ETag");
  }
  // With a checksum of its own, as the parts of an upload with composite checksums need one.
  s3::CompletedPart checked_part(const std::string& upload, int number, const std::string& bytes,
                                 aws::ChecksumAlgorithm algorithm) {
    const std::string sum = aws::checksum_base64(algorithm, bytes);
    const std::string etag = part(upload, number, bytes, {{std::string(aws::header_name(algorithm)), sum}});
    return {number, etag, {{std::string(aws::s3_name(algorithm)), sum}}};
  }
  Reply complete_with(const std::string& upload, const std::vector<s3::CompletedPart>& parts,
                      Headers headers = {}) {
    return send({"POST", "/kept/big?uploadId=" + upload, s3::write_complete_multipart_upload_request(parts),
                 std::move(headers)});
  }
  Reply complete(const std::string& upload, const std::vector<std::pair<int, std::string>>& parts,
                 Headers headers = {}) {
    std::vector<s3::CompletedPart> listed;
    for (const auto& [number, etag] : parts) listed.push_back({number, etag, {}});
    return complete_with(upload, listed, std::move(headers));
  }
  const std::string five = std::string(5 << 20, 'a');
};

TEST_F(Multipart, PartsBecomeOneObject) {
  const std::string upload = start({{"x-amz-meta-a", "1"}});
  const std::string one = part(upload, 1, five), two = part(upload, 7, "tail");
  EXPECT_EQ(get("/kept/big?uploadId=" + upload).element("PartNumber"), "1");
  EXPECT_EQ(complete(upload, {{7, two}, {1, one}}).code(), "InvalidPartOrder");
  EXPECT_EQ(complete(upload, {{1, two}}).code(), "InvalidPart");
  EXPECT_EQ(complete(upload, {{1, one}, {7, two}}, {{"x-amz-mp-object-size", "3"}}).code(), "InvalidRequest");
  const Reply done = complete(upload, {{1, one}, {7, two}});
  EXPECT_EQ(done.status, 200) << done.body;
  const Reply read = get("/kept/big", {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_TRUE(read.body == five + "tail");
  EXPECT_EQ(read.header("x-amz-meta-a"), "1");
  EXPECT_EQ(read.header("x-amz-checksum-crc64nvme"),
            aws::checksum_base64(aws::ChecksumAlgorithm::crc64nvme, five + "tail"));
  EXPECT_EQ(read.header("ETag"), "\"" + to_hex(aws::md5(aws::md5(five) + aws::md5("tail"))) + "-2\"");
  const Reply last = get("/kept/big?partNumber=2");
  EXPECT_EQ(last.status, 206);
  EXPECT_EQ(last.body, "tail");
  EXPECT_EQ(last.header("x-amz-mp-parts-count"), "2");
  EXPECT_EQ(bodies(), 1U);
}

// A part has a checksum of its own; with some bytes the object's would be wrong.
TEST_F(Multipart, APartIsReadWithItsOwnChecksum) {
  const std::string upload = start({{"x-amz-checksum-algorithm", "SHA256"}});
  const auto one = checked_part(upload, 1, five, aws::ChecksumAlgorithm::sha256);
  const auto two = checked_part(upload, 2, "tail", aws::ChecksumAlgorithm::sha256);
  ASSERT_EQ(complete_with(upload, {one, two}).status, 200);
  const Headers checksums = {{"x-amz-checksum-mode", "ENABLED"}};
  const Reply last = get("/kept/big?partNumber=2", checksums);
  EXPECT_EQ(last.status, 206);
  EXPECT_EQ(last.header("Content-Range"), "bytes 5242880-5242883/5242884");
  EXPECT_EQ(last.header("x-amz-checksum-sha256"), to_base64(aws::sha256("tail")));
  EXPECT_EQ(last.header("x-amz-checksum-type"), "COMPOSITE");
  const Reply head = send({"HEAD", "/kept/big?partNumber=1", "", checksums});
  EXPECT_EQ(head.status, 206);
  EXPECT_EQ(head.header("Content-Length"), "5242880");
  EXPECT_EQ(head.header("x-amz-mp-parts-count"), "2");
  EXPECT_EQ(head.header("x-amz-checksum-sha256"), to_base64(aws::sha256(five)));
  EXPECT_EQ(get("/kept/big?partNumber=2").header("x-amz-checksum-sha256"), "") << "nobody asked";
  Headers range = checksums;
  range.add("Range", "bytes=0-3");
  EXPECT_EQ(get("/kept/big", range).header("x-amz-checksum-sha256"), "") << "no part";
}

TEST_F(Multipart, PartsAreListedInPages) {
  const std::string upload = start({{"x-amz-checksum-algorithm", "CRC32C"}});
  std::vector<s3::CompletedPart> parts;
  for (const int number : {1, 2, 5})
    parts.push_back(
        checked_part(upload, number, number == 5 ? "tail" : five, aws::ChecksumAlgorithm::crc32c));
  const Reply first = get("/kept/big?uploadId=" + upload + "&max-parts=2");
  EXPECT_EQ(first.element("IsTruncated"), "true");
  EXPECT_EQ(first.element("NextPartNumberMarker"), "2");
  const Reply second = get("/kept/big?uploadId=" + upload + "&max-parts=2&part-number-marker=2");
  EXPECT_EQ(second.element("IsTruncated"), "false");
  EXPECT_EQ(second.element("PartNumberMarker"), "2");
  EXPECT_EQ(second.element("PartNumber"), "5");
  ASSERT_EQ(complete_with(upload, parts).status, 200);
  const auto attributes = [&](const std::string& most, const std::string& marker) {
    return get("/kept/big?attributes", {{"x-amz-object-attributes", "ObjectParts"},
                                        {"x-amz-max-parts", most},
                                        {"x-amz-part-number-marker", marker}});
  };
  const Reply some = attributes("2", "0");
  EXPECT_EQ(some.element("PartsCount"), "3");
  EXPECT_EQ(some.element("IsTruncated"), "true");
  EXPECT_EQ(some.element("NextPartNumberMarker"), "2");
  const Reply rest = attributes("2", "2");
  EXPECT_EQ(rest.element("IsTruncated"), "false");
  EXPECT_EQ(rest.element("PartNumber"), "3");
  EXPECT_EQ(rest.element("Size"), "4");
  EXPECT_EQ(attributes("x", "0").code(), "InvalidArgument");
}

// A client whose connection ended before the answer came asks again.
TEST_F(Multipart, CompletingAgainIsAnsweredAgainWhileTheVersionIsThere) {
  const std::string upload = start();
  const std::string one = part(upload, 1, five), two = part(upload, 2, "tail");
  const Reply first = complete(upload, {{1, one}, {2, two}});
  ASSERT_EQ(first.status, 200);
  put("/kept/big", "newer");
  const Reply again = complete(upload, {{1, one}, {2, two}});
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("x-amz-version-id"), first.header("x-amz-version-id"));
  EXPECT_EQ(get("/kept/big").body, "newer");
  EXPECT_EQ(bodies(), 2U);
  EXPECT_EQ(complete(upload, {{1, one}}).code(), "InvalidPart");
  EXPECT_EQ(complete(upload, {{1, one}, {3, two}}).code(), "InvalidPart");
  EXPECT_EQ(complete(upload, {{1, one}, {2, two}}, {{"x-amz-mp-object-size", "3"}}).code(), "InvalidRequest");
  EXPECT_EQ(complete(upload, {{1, one}, {2, two}}, {{"x-amz-checksum-crc64nvme", "AAAAAAAAAAA="}}).code(),
            "BadDigest");
  EXPECT_EQ(complete(upload, {{1, one}, {2, two}}, {{"If-None-Match", "*"}}).status, 200) << "it held then";
  EXPECT_EQ(send({"POST", "/kept/other?uploadId=" + upload,
                  s3::write_complete_multipart_upload_request({{1, one, {}}})})
                .code(),
            "NoSuchUpload");
  EXPECT_EQ(send({"DELETE", "/kept/big?versionId=" + first.header("x-amz-version-id")}).status, 204);
  EXPECT_EQ(complete(upload, {{1, one}, {2, two}}).code(), "NoSuchUpload");
}

TEST_F(Multipart, CompletingAgainInABucketWithoutVersions) {
  const auto ask = [&](const std::string& bucket, const std::string& upload, const std::string& etag) {
    return send({"POST", "/" + bucket + "/big?uploadId=" + upload,
                 s3::write_complete_multipart_upload_request({{1, etag, {}}})});
  };
  const std::string upload = send({"POST", "/plain/big?uploads"}).element("UploadId");
  const std::string etag = put("/plain/big?partNumber=1&uploadId=" + upload, "text").header("ETag");
  const Reply first = ask("plain", upload, etag);
  ASSERT_EQ(first.status, 200);
  const Reply again = ask("plain", upload, etag);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("x-amz-version-id"), "");
  EXPECT_EQ(ask("kept", upload, etag).code(), "NoSuchUpload") << "another bucket's";
  put("/plain/big", "newer");  // replaces it: what the upload became is gone
  EXPECT_EQ(ask("plain", upload, etag).code(), "NoSuchUpload");
  EXPECT_EQ(get("/plain/big").body, "newer");
}

TEST_F(Multipart, CompletingTwiceAtOnceMakesOneVersion) {
  const std::string upload = start();
  const std::string document = s3::write_complete_multipart_upload_request(
      {{1, part(upload, 1, five), {}}, {2, part(upload, 2, "tail"), {}}});
  std::vector<std::string> versions;
  auto collect = [](Task<HttpResponse> task, std::vector<std::string>* into) -> Task<> {
    const HttpResponse response = co_await std::move(task);
    EXPECT_EQ(response.status, 200);
    into->emplace_back(response.headers.get_or("x-amz-version-id", "none"));
  };
  const auto ask = [&] { return west().handle(sign({"POST", "/kept/big?uploadId=" + upload, document})); };
  test::Outcome first, second;
  test::start(io, collect(ask(), &versions), first);
  test::start(io, collect(ask(), &versions), second);  // while the first is at work
  test::settle(io);
  EXPECT_EQ(versions.size(), 1U);
  clock.advance(std::chrono::seconds(1));
  test::settle(io);
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0], versions[1]);
  EXPECT_EQ(bodies(), 1U);
}

TEST_F(Multipart, CompositeChecksumsAndCopiedParts) {
  put("/plain/source", "0123456789");
  const std::string upload = start({{"x-amz-checksum-algorithm", "SHA256"}});
  const Reply copied = put("/kept/big?partNumber=1&uploadId=" + upload, "",
                           {{"x-amz-copy-source", "plain/source"}, {"x-amz-copy-source-range", "bytes=2-4"}});
  EXPECT_EQ(copied.status, 200) << copied.body;
  const s3::CopyResult part = s3::parse_copy_result(copied.body);
  EXPECT_EQ(part.checksums.at("SHA256"), to_base64(aws::sha256("234"))) << "S3 makes it itself";
  const Reply done = complete_with(upload, {{1, part.etag, part.checksums}});
  EXPECT_EQ(done.element("ChecksumSHA256"), to_base64(aws::sha256(aws::sha256("234"))) + "-1");
  EXPECT_EQ(get("/kept/big").body, "234");
  EXPECT_EQ(bodies(), 2U);
}

// The object's checksum is made of those of the parts, so none may be missing.
TEST_F(Multipart, CompositeChecksumsNeedOneOfEachPart) {
  const std::string upload = start({{"x-amz-checksum-algorithm", "SHA256"}});
  const Reply bare = put(target(upload, 1), "text");
  EXPECT_EQ(bare.code(), "InvalidRequest");
  EXPECT_NE(bare.body.find("expected checksum Type: sha256, actual checksum Type: null"), std::string::npos);
  const std::string sha1 = aws::checksum_base64(aws::ChecksumAlgorithm::sha1, "text");
  EXPECT_EQ(put(target(upload, 1), "text", {{"x-amz-checksum-sha1", sha1}}).code(), "InvalidRequest");
  const auto one = checked_part(upload, 1, "text", aws::ChecksumAlgorithm::sha256);
  const auto listed = [&](s3::Checksums checksums) { return s3::CompletedPart{1, one.etag, checksums}; };
  EXPECT_EQ(complete_with(upload, {listed({})}).code(), "InvalidRequest");
  EXPECT_EQ(complete_with(upload, {listed({{"SHA1", sha1}})}).code(), "BadDigest");
  auto both = one.checksums;
  both.emplace("SHA1", sha1);
  EXPECT_EQ(complete_with(upload, {listed(both)}).code(), "InvalidArgument");
  EXPECT_EQ(complete_with(upload, {listed({{"SHA256", to_base64(aws::sha256("other"))}})}).code(),
            "InvalidPart");
  EXPECT_EQ(complete_with(upload, {one}, {{"x-amz-checksum-sha256", "AAAA"}}).code(), "InvalidRequest");
  const std::string whole = to_base64(aws::sha256(aws::sha256("text")));
  EXPECT_EQ(complete_with(upload, {one}, {{"x-amz-checksum-sha256", whole + "-2"}}).code(), "BadDigest");
  EXPECT_EQ(complete_with(upload, {one}, {{"x-amz-checksum-sha256", whole}}).status, 200) << "as minio-go";
  EXPECT_EQ(complete_with(upload, {one}, {{"x-amz-checksum-sha256", whole + "-1"}}).status, 200);
}

// A checksum over the whole object is S3's own work.
TEST_F(Multipart, FullObjectChecksumsNeedNoneOfTheParts) {
  const std::string upload =
      start({{"x-amz-checksum-algorithm", "CRC32"}, {"x-amz-checksum-type", "FULL_OBJECT"}});
  const std::string one = part(upload, 1, "text");
  const Reply done = complete(upload, {{1, one}});
  EXPECT_EQ(done.element("ChecksumCRC32"), aws::checksum_base64(aws::ChecksumAlgorithm::crc32, "text"));
}

TEST_F(Multipart, AlgorithmsOfS3ThatAreNotHereAreSaidToBeMissing) {
  for (const char* name : {"SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"}) {
    EXPECT_EQ(send({"POST", "/kept/big?uploads", "", {{"x-amz-checksum-algorithm", name}}}).status, 501)
        << name;
    EXPECT_EQ(put("/kept/k", "x", {{"x-amz-sdk-checksum-algorithm", name}}).status, 501) << name;
  }
  EXPECT_EQ(send({"POST", "/kept/big?uploads", "", {{"x-amz-checksum-algorithm", "CRC7"}}}).code(),
            "InvalidRequest");
}

// As S3 lists them, also where several begin in one millisecond. The marker is an id, and greater ones follow.
TEST_F(Multipart, UploadsOfAKeyAreListedAsTheyBegan) {
  std::vector<std::string> uploads;
  for (int i = 0; i < 12; ++i) {
    if (i % 4 == 0) clock.advance(std::chrono::milliseconds(1));
    uploads.push_back(start());
  }
  std::vector<std::string> listed;
  std::string marker;
  for (int page = 0; page < 4; ++page) {
    const Reply some = get("/kept?uploads&max-uploads=3&key-marker=big" + marker);
    std::string rest = page == 0 ? get("/kept?uploads&max-uploads=3").body : some.body;
    for (std::size_t at = 0; (at = rest.find("<UploadId>", at)) != std::string::npos;) {
      at += 10;
      listed.push_back(rest.substr(at, rest.find('<', at) - at));
    }
    marker = "&upload-id-marker=" + listed.back();
  }
  EXPECT_EQ(listed, uploads);
}

TEST_F(Multipart, RefusesRangesToCopyWithoutBothEnds) {
  put("/plain/source", "0123456789");
  const std::string target = "/kept/big?partNumber=1&uploadId=" + start();
  const auto copy = [&](const char* range) {
    return put(target, "", {{"x-amz-copy-source", "plain/source"}, {"x-amz-copy-source-range", range}});
  };
  for (const char* range : {"-5", "bytes=-5", "bytes=5-", "5-6", "-", "", "bytes=6-5", "bytes=0-1,3-4",
                            "bytes=0-10", "bytes=10-11", "bytes=0-18446744073709551615"}) {
    const Reply refused = copy(range);
    EXPECT_EQ(refused.status, 400) << range;
    EXPECT_EQ(refused.code(), "InvalidArgument") << range;
  }
  EXPECT_EQ(copy("bytes=0-9").status, 200);
}

TEST_F(Multipart, SmallPartsAndAbortedUploads) {
  const std::string upload = start();
  const std::string one = part(upload, 1, "small"), two = part(upload, 2, "tail");
  part(upload, 2, "tail");  // again: the first body goes
  EXPECT_EQ(bodies(), 2U);
  EXPECT_EQ(complete(upload, {{1, one}, {2, two}}).code(), "EntityTooSmall");
  EXPECT_EQ(get("/kept?uploads").element("UploadId"), upload);
  const Headers condition = {{"x-amz-if-match-initiated-time", "Sat, 01 Aug 2026 00:00:00 GMT"}};
  EXPECT_EQ(send({"DELETE", "/kept/big?uploadId=" + upload, "", condition}).status, 501);
  EXPECT_EQ(send({"DELETE", "/kept/big?uploadId=" + upload}).status, 204);
  EXPECT_EQ(bodies(), 0U);
  EXPECT_EQ(send({"DELETE", "/kept/big?uploadId=" + upload}).code(), "NoSuchUpload");
  EXPECT_EQ(get("/kept?uploads").element("UploadId"), "");
}

}  // namespace
}  // namespace s3dr::cloud
