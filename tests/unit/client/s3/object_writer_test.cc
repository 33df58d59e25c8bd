#include "client/s3/object_writer.h"

#include <filesystem>
#include <fstream>

#include "aws/chunked.h"
#include "base/encoding.h"
#include "base/task_group.h"
#include "client/s3/multipart_upload.h"
#include "unit/client/client_fixture.h"

namespace s3dr::client {
namespace {

class ObjectWriterTest : public ClientTest {
 protected:
  ObjectWriter writer(S3ClientOptions options = default_options()) {
    return ObjectWriter(client(std::move(options)), account);
  }
  const s3::ObjectKey key = s3::ObjectKey("a b");
  const Headers put_answer = {{"ETag", "\"e1\""}, {"x-amz-version-id", "v1"}};
};

TEST_F(ObjectWriterTest, SmallObjectsCarryChecksumAndHashInHeaders) {
  auto objects = writer();
  transport.answer(200, "", put_answer);
  PutOptions options;
  options.system_metadata = {{"content-type", "text/plain"}};
  options.user_metadata = {{"origin", "here"}};
  options.tags = {{"a", "1"}, {"b", "x y"}};
  options.if_none_match = true;
  const PutResult result = run(objects.put_object(bucket, key, text_source("123456789"), options));
  EXPECT_EQ(result.etag, "e1");
  EXPECT_EQ(result.version_id.text(), "v1");
  const auto& sent = transport.last();
  EXPECT_EQ(sent.method, "PUT");
  EXPECT_EQ(sent.target, "/a%20b");
  EXPECT_EQ(sent.body, "123456789");
  EXPECT_EQ(sent.declared_length, 9u);
  EXPECT_EQ(sent.header("x-amz-checksum-crc64nvme"), "rosUhgp5mIg=");
  EXPECT_EQ(sent.header("x-amz-sdk-checksum-algorithm"), "CRC64NVME");
  EXPECT_EQ(sent.header("x-amz-content-sha256"), aws::sha256_hex("123456789"));
  EXPECT_EQ(sent.header("content-type"), "text/plain");
  EXPECT_EQ(sent.header("x-amz-meta-origin"), "here");
  EXPECT_EQ(sent.header("x-amz-tagging"), s3::to_tagging_header(options.tags));
  EXPECT_EQ(sent.header("If-None-Match"), "*");
  expect_signed(sent, "eu-west-1", clock.now());
}

TEST_F(ObjectWriterTest, LargeObjectsOverTlsCarryATrailer) {
  auto objects = writer();
  transport.answer(200, "", put_answer);
  const std::string body(1'500'000, 'x');
  run(objects.put_object(bucket, key, text_source(body)));
  const auto& sent = transport.last();
  EXPECT_EQ(sent.header("x-amz-content-sha256"), "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  EXPECT_EQ(sent.header("x-amz-trailer"), "x-amz-checksum-crc64nvme");
  EXPECT_EQ(sent.header("x-amz-decoded-content-length"), "1500000");
  EXPECT_EQ(sent.header("Expect"), "100-continue");
  EXPECT_EQ(sent.declared_length, sent.body.size());
  expect_signed(sent, "eu-west-1", clock.now());
  const std::string checksum = aws::checksum_base64(aws::ChecksumAlgorithm::crc64nvme, body);
  EXPECT_TRUE(sent.body.ends_with("0\r\nx-amz-checksum-crc64nvme:" + checksum + "\r\n\r\n"));
}

TEST_F(ObjectWriterTest, LargeObjectsOverPlainHttpAreSignedByTheirHash) {
  auto objects = writer(custom_options());
  transport.answer(503, error_xml("SlowDown")).answer(200, "", put_answer);
  const std::string body(1'500'000, 'x');
  run(objects.put_object(bucket, key, text_source(body)));
  EXPECT_EQ(transport.count(), 2u);
  for (const auto& sent : transport.sent()) {  // the body is opened anew for each attempt
    EXPECT_EQ(sent.body, body);
    EXPECT_EQ(sent.header("x-amz-content-sha256"), aws::sha256_hex(body));
    EXPECT_EQ(sent.header("x-amz-checksum-crc64nvme"),
              aws::checksum_base64(aws::ChecksumAlgorithm::crc64nvme, body));
    expect_signed(sent, "eu-west-1", clock.now());
  }
}

TEST_F(ObjectWriterTest, StoresWithoutChecksumsGetNone) {
  S3ClientOptions options = default_options();
  options.upload_checksum.reset();
  auto objects = writer(options);
  transport.answer(200, "", put_answer);
  run(objects.put_object(bucket, key, text_source(std::string(100'000, 'x'))));
  EXPECT_EQ(transport.last().header("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  for (const Header& field : transport.last().headers) {
    EXPECT_FALSE(lower_case(field.name).starts_with("x-amz-checksum")) << field.name;
  }
}

TEST_F(ObjectWriterTest, APutIsNotRepeatedOnceItMayHaveLanded) {
  auto objects = writer();
  transport.fail(ErrorKind::outcome_unknown);
  EXPECT_EQ(error_of(objects.put_object(bucket, key, text_source("x"))).kind(), ErrorKind::outcome_unknown);
  transport.fail(ErrorKind::outcome_unknown);
  EXPECT_EQ(error_of(objects.delete_object(bucket, key)).kind(), ErrorKind::outcome_unknown);
  transport.answer(412, error_xml("PreconditionFailed"));
  EXPECT_EQ(error_of(objects.put_object(bucket, key, text_source("x"))).kind(),
            ErrorKind::precondition_failed);
  EXPECT_EQ(transport.count(), 3u);
}

TEST_F(ObjectWriterTest, MetadataThatWouldBreakTheHeadersIsRefused) {
  auto objects = writer();
  PutOptions injected;
  injected.user_metadata = {{"a", "x\r\nx-amz-acl: public-read"}};
  EXPECT_EQ(error_of(objects.put_object(bucket, key, text_source("x"), injected)).kind(), ErrorKind::invalid);
  PutOptions named;
  named.user_metadata = {{"a: b\r\nc", "x"}};
  EXPECT_EQ(error_of(objects.put_object(bucket, key, text_source("x"), named)).kind(), ErrorKind::invalid);
  EXPECT_EQ(transport.count(), 0u);
}

TEST_F(ObjectWriterTest, DeletesObjectsVersionsAndBuckets) {
  auto objects = writer();
  transport.answer(204, "", {{"x-amz-delete-marker", "true"}, {"x-amz-version-id", "m1"}});
  const RemovedObject marker = run(objects.delete_object(bucket, key));
  EXPECT_TRUE(marker.delete_marker);
  EXPECT_EQ(marker.version_id.text(), "m1");
  transport.answer(500).answer(204, "", {{"x-amz-version-id", "v1"}});
  EXPECT_FALSE(run(objects.delete_object(bucket, key, s3::VersionId("v1"))).delete_marker);
  EXPECT_EQ(transport.last().target, "/a%20b?versionId=v1");
  transport.answer(200,
                   "<DeleteResult><Deleted><Key>a</Key><VersionId>1</VersionId></Deleted><Error><Key>b</Key>"
                   "<Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>");
  const auto result = run(objects.delete_objects(
      bucket, {{s3::ObjectKey("a"), s3::VersionId("1"), ""}, {s3::ObjectKey("b"), s3::VersionId("2"), ""}}));
  EXPECT_EQ(result.deleted.size(), 1u);
  ASSERT_EQ(result.failed.size(), 1u);
  EXPECT_EQ(result.failed[0].code, "AccessDenied");
  EXPECT_EQ(transport.last().target, "/?delete");
  EXPECT_NE(transport.last().header("Content-MD5"), "(absent)");
  transport.answer(409, error_xml("BucketNotEmpty"));
  EXPECT_EQ(error_of(objects.delete_bucket(bucket)).code(), "BucketNotEmpty");
  transport.answer(204);
  run(objects.put_object_tagging(bucket, key, s3::VersionId("v1"), {{"a", "1"}}));
  EXPECT_EQ(transport.last().target, "/a%20b?tagging&versionId=v1");
}

TEST_F(ObjectWriterTest, FileSourcesReadRangesAndSayWhatIsWrong) {
  std::string name = (std::filesystem::temp_directory_path() / "s3dr-source-XXXXXX").string();
  const int descriptor = ::mkstemp(name.data());
  ASSERT_GE(descriptor, 0);
  std::ofstream(name) << "0123456789";
  const BodySource source = file_source(name);
  EXPECT_EQ(source.length, 10u);
  EXPECT_EQ(run(Body(source.open(0, source.length), std::nullopt).read_all(100)), "0123456789");
  EXPECT_EQ(run(Body(source.open(3, 4), std::nullopt).read_all(100)), "3456");
  std::filesystem::resize_file(name, 5);
  EXPECT_EQ(error_of(Body(source.open(3, 4), std::nullopt).read_all(100)).kind(), ErrorKind::corrupt);
  std::filesystem::remove(name);
  EXPECT_THROW(file_source(name), Error);
  EXPECT_THROW(file_source("/"), Error);
}

class MultipartTest : public ObjectWriterTest {
 protected:
  static std::string part_etag(std::string_view part) { return "\"" + to_hex(aws::md5(part)) + "\""; }
  static std::string whole_etag() {
    return to_hex(aws::md5(aws::md5("aaaa") + aws::md5("bbbb") + aws::md5("cc"))) + "-3";
  }
  // One worker, so that the parts come in a known order.
  MultipartOptions in_order() const { return {.part_bytes = 4, .parallel_max = 1}; }
  void answer_parts() {
    transport.answer(200,
                     "<InitiateMultipartUploadResult><Bucket>harbor-ledger</Bucket><Key>a b</Key>"
                     "<UploadId>U1</UploadId></InitiateMultipartUploadResult>");
    for (const char* part : {"aaaa", "bbbb", "cc"}) transport.answer(200, "", {{"ETag", part_etag(part)}});
  }
  const std::string body = "aaaabbbbcc";
};

TEST_F(MultipartTest, SendsPartsAndCompletes) {
  auto objects = writer();
  answer_parts();
  transport.answer(200,
                   "  <CompleteMultipartUploadResult><ETag>\"" + whole_etag() +
                       "\"</ETag></CompleteMultipartUploadResult>",
                   {{"x-amz-version-id", "v7"}});
  PutOptions options;
  options.user_metadata = {{"a", "b"}};
  const PutResult result = run(upload(objects, bucket, key, text_source(body), options, in_order()));
  EXPECT_EQ(result.version_id.text(), "v7");
  EXPECT_EQ(result.etag, whole_etag());
  const auto& sent = transport.sent();
  EXPECT_EQ(sent[0].target, "/a%20b?uploads");
  EXPECT_EQ(sent[0].header("x-amz-meta-a"), "b");
  EXPECT_EQ(sent[0].header("x-amz-checksum-algorithm"), "CRC64NVME");
  EXPECT_EQ(sent[0].header("x-amz-checksum-type"), "FULL_OBJECT");
  EXPECT_EQ(sent[2].target, "/a%20b?partNumber=2&uploadId=U1");
  EXPECT_EQ(sent[2].body, "bbbb");
  EXPECT_EQ(sent[3].body, "cc");
  EXPECT_EQ(sent[4].target, "/a%20b?uploadId=U1");
  EXPECT_NE(sent[4].body.find("<PartNumber>3</PartNumber>"), std::string::npos);
  const S3ClientOptions defaults;
  EXPECT_EQ(sent[3].idle_max, defaults.send.idle_max);
  EXPECT_EQ(sent[4].idle_max, defaults.late_answer_max);  // the store puts the parts together first
}

TEST_F(MultipartTest, AFailedPartAbortsTheUpload) {
  auto objects = writer();
  transport
      .answer(200, "<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>")
      .answer(403, error_xml("AccessDenied"))
      .answer(204);
  const Error error = error_of(upload(objects, bucket, key, text_source(body), {}, in_order()));
  EXPECT_EQ(error.code(), "AccessDenied");
  EXPECT_EQ(transport.last().method, "DELETE");
  EXPECT_EQ(transport.last().target, "/a%20b?uploadId=U1");
}

TEST_F(MultipartTest, ACancelledUploadIsAborted) {
  auto objects = writer();
  transport
      .answer(200, "<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>")
      .hang(clock)
      .answer(204);
  test::Outcome outcome;
  const auto start = [](ObjectWriter& to, s3::BucketName into, s3::ObjectKey as, BodySource source,
                        MultipartOptions parts) -> Task<> {
    co_await upload(to, std::move(into), std::move(as), std::move(source), {}, parts);
  };
  test::start(context, start(objects, bucket, key, text_source(body), in_order()), outcome);
  test::settle(context);
  ASSERT_FALSE(outcome.ended);
  outcome.cancel();
  test::settle(context);
  ASSERT_TRUE(outcome.ended);
  EXPECT_TRUE(is_cancellation(outcome.failure));
  EXPECT_EQ(transport.last().method, "DELETE");
}

TEST_F(MultipartTest, ALateErrorBehindA200IsAnError) {
  auto objects = writer();
  answer_parts();
  transport.answer(200, "\n\n" + error_xml("InvalidPart")).answer(204);
  EXPECT_EQ(error_of(upload(objects, bucket, key, text_source(body), {}, in_order())).code(), "InvalidPart");
  EXPECT_EQ(transport.last().method, "DELETE");
}

TEST_F(MultipartTest, ALostAnswerIsSettledByALook) {
  auto objects = writer();
  const Headers head = {{"Content-Length", "10"},
                        {"ETag", "\"" + whole_etag() + "\""},
                        {"Last-Modified", "Sat, 01 Aug 2026 10:15:00 GMT"},
                        {"x-amz-version-id", "v8"}};
  answer_parts();
  transport.fail(ErrorKind::outcome_unknown).answer(404, error_xml("NoSuchUpload")).answer(200, "", head);
  EXPECT_EQ(run(upload(objects, bucket, key, text_source(body), {}, in_order())).version_id.text(), "v8");

  // Another object stands there: nobody can tell, and nothing is aborted.
  answer_parts();
  transport.answer(404, error_xml("NoSuchUpload"))
      .answer(
          200, "",
          {{"Content-Length", "1"}, {"ETag", "\"x\""}, {"Last-Modified", "Sat, 01 Aug 2026 10:15:00 GMT"}});
  EXPECT_EQ(error_of(upload(objects, bucket, key, text_source(body), {}, in_order())).kind(),
            ErrorKind::outcome_unknown);
  EXPECT_EQ(transport.last().method, "HEAD");
}

TEST_F(MultipartTest, SmallBodiesAreASinglePut) {
  auto objects = writer();
  transport.answer(200, "", put_answer);
  run(upload(objects, bucket, key, text_source("aaaa"), {}, in_order()));
  EXPECT_EQ(transport.last().method, "PUT");
}

}  // namespace
}  // namespace s3dr::client
