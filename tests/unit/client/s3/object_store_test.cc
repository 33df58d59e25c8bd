#include "client/s3/object_store.h"

#include "aws/checksum.h"
#include "unit/client/client_fixture.h"

namespace s3dr::client {
namespace {

class ObjectStoreTest : public ClientTest {
 protected:
  std::unique_ptr<ports::ObjectStore> store(S3ClientOptions options = default_options()) {
    return make_object_store(client(std::move(options)), account);
  }
  static Headers object_headers(const std::string& body, Headers more = {}) {
    Headers headers = {{"Content-Length", std::to_string(body.size())},
                       {"ETag", "\"9a0364\""},
                       {"Last-Modified", "Sat, 01 Aug 2026 10:15:00 GMT"},
                       {"x-amz-version-id", "vB1"}};
    for (const Header& field : more) headers.add(field.name, field.value);
    return headers;
  }
  std::string read_all(std::unique_ptr<BodyReader> reader) {
    return run(Body(std::move(reader), std::nullopt).read_all(1 << 20));
  }
  const s3::ObjectKey key = s3::ObjectKey("in/b.txt");
  const s3::VersionId version = s3::VersionId("vB1");
};

TEST_F(ObjectStoreTest, ListsVersionsAndMarkersInterleaved) {
  auto objects = store(custom_options());
  transport.answer(
      200,
      "<ListVersionsResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>harbor-ledger</Name><Prefix/>"
      "<KeyMarker/><VersionIdMarker/><MaxKeys>2</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true"
      "</IsTruncated><NextKeyMarker>in/b.txt</NextKeyMarker><NextVersionIdMarker>vB1</NextVersionIdMarker>"
      "<DeleteMarker><Key>in/a.txt</Key><VersionId>vA2</VersionId><IsLatest>true</IsLatest>"
      "<LastModified>2026-08-01T10:00:00.000Z</LastModified></DeleteMarker>"
      "<Version><Key>in/b.txt</Key><VersionId>vB1</VersionId><IsLatest>true</IsLatest>"
      "<LastModified>2026-08-01T10:00:00.000Z</LastModified><ETag>\"9a0364\"</"
      "ETag><ChecksumAlgorithm>CRC64NVME"
      "</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>5</Size><StorageClass>STANDARD"
      "</StorageClass></Version></ListVersionsResult>");
  s3::VersionListOptions options;
  options.keys_max = 2;
  const s3::VersionPage page = run(objects->list_object_versions(bucket, options));
  EXPECT_EQ(transport.last().target, "/harbor-ledger?versions&encoding-type=url&max-keys=2");
  ASSERT_EQ(page.versions.size(), 2u);
  EXPECT_TRUE(page.versions[0].is_delete_marker);
  EXPECT_EQ(page.versions[1].size, 5u);
  EXPECT_EQ(page.next_key_marker.bytes(), "in/b.txt");

  const std::string cut = "<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>";
  transport.answer(200, cut);
  options.key_marker = s3::ObjectKey("a b");
  options.version_id_marker = s3::VersionId("v");
  options.prefix = "a/";
  EXPECT_EQ(error_of(objects->list_object_versions(bucket, options)).kind(), ErrorKind::corrupt);
  EXPECT_EQ(transport.last().target,
            "/harbor-ledger?versions&encoding-type=url&max-keys=2&prefix=a%2F&key-marker=a%20b&version-id-"
            "marker=v");
  transport.answer(404, error_xml("NoSuchBucket"));
  EXPECT_EQ(error_of(objects->list_object_versions(bucket, {})).kind(), ErrorKind::not_found);
}

TEST_F(ObjectStoreTest, HeadReadsEverythingVerificationCompares) {
  auto objects = store();
  transport.answer(200, "",
                   object_headers("12345", {{"x-amz-checksum-crc32c", "4waSgw=="},
                                            {"x-amz-checksum-type", "FULL_OBJECT"},
                                            {"Content-Type", "text/plain"},
                                            {"x-amz-meta-Owner", "me"},
                                            {"x-amz-replication-status", "COMPLETED"},
                                            {"x-amz-tagging-count", "2"}}));
  const auto head = run(objects->head_object(bucket, key, version));
  ASSERT_TRUE(head);
  EXPECT_EQ(transport.last().method, "HEAD");
  EXPECT_EQ(transport.last().target, "/in/b.txt?versionId=vB1");
  EXPECT_EQ(transport.last().header("x-amz-checksum-mode"), "ENABLED");
  EXPECT_EQ(head->size, 5u);
  EXPECT_EQ(head->etag, "9a0364");
  EXPECT_EQ(head->checksums, (s3::Checksums{{"CRC32C", "4waSgw=="}}));
  EXPECT_EQ(head->user_metadata, (std::map<std::string, std::string>{{"owner", "me"}}));
  EXPECT_EQ(head->system_metadata.at("content-type"), "text/plain");
  EXPECT_EQ(head->replication_status, s3::ReplicationStatus::completed);
  EXPECT_EQ(head->tag_count, 2u);
}

TEST_F(ObjectStoreTest, HeadTellsAMissingVersionFromAMissingBucket) {
  auto objects = store();
  transport.answer(404).answer(200);
  EXPECT_FALSE(run(objects->head_object(bucket, key, version)));
  EXPECT_EQ(transport.last().target, "/");
  transport.answer(404).answer(404, "", {{"x-amz-request-id", "R1"}});
  const Error gone = error_of(objects->head_object(bucket, key, version));
  EXPECT_EQ(gone.kind(), ErrorKind::not_found);
  EXPECT_EQ(gone.code(), "NoSuchBucket");
  transport.answer(405, "", {{"x-amz-delete-marker", "true"}});
  EXPECT_EQ(error_of(objects->head_object(bucket, key, version)).kind(), ErrorKind::invalid);
  transport.answer(403);
  EXPECT_EQ(error_of(objects->head_object(bucket, key, version)).kind(), ErrorKind::denied);
  transport.answer(200, "", {{"Content-Length", "x"}});
  EXPECT_EQ(error_of(objects->head_object(bucket, key, version)).kind(), ErrorKind::corrupt);
}

TEST_F(ObjectStoreTest, TagsOfAVersion) {
  auto objects = store();
  transport.answer(200, "<Tagging><TagSet/></Tagging>");
  EXPECT_EQ(run(objects->get_object_tagging(bucket, key, version)), s3::TagSet{});
  EXPECT_EQ(transport.last().target, "/in/b.txt?tagging&versionId=vB1");
  transport.answer(404, error_xml("NoSuchVersion"));
  EXPECT_FALSE(run(objects->get_object_tagging(bucket, key, version)));
  transport.answer(404, error_xml("NoSuchBucket"));
  EXPECT_EQ(error_of(objects->get_object_tagging(bucket, key, version)).kind(), ErrorKind::not_found);
}

TEST_F(ObjectStoreTest, BodiesAreComparedWithTheirChecksumAndLength) {
  auto objects = store();
  const std::string body = "123456789";
  const Headers good = object_headers(body, {{"x-amz-checksum-crc64nvme", "rosUhgp5mIg="}});
  transport.answer(200, body, good);
  auto opened = run(objects->get_object(bucket, key, version));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->head.size, 9u);
  EXPECT_EQ(read_all(std::move(opened->body)), body);

  transport.answer(200, "123456780", good);
  EXPECT_EQ(
      error_of(
          Body(std::move(run(objects->get_object(bucket, key, version))->body), std::nullopt).read_all(100))
          .kind(),
      ErrorKind::corrupt);
  transport.answer(200, "12345678", good);
  EXPECT_EQ(
      error_of(
          Body(std::move(run(objects->get_object(bucket, key, version))->body), std::nullopt).read_all(100))
          .kind(),
      ErrorKind::corrupt);
  // A composite checksum cannot be computed from the bytes.
  transport.answer(200, body, object_headers(body, {{"x-amz-checksum-crc32c", "AAAAAA==-2"}}));
  EXPECT_EQ(read_all(std::move(run(objects->get_object(bucket, key, version))->body)), body);
  transport.answer(
      200, body,
      object_headers(body, {{"x-amz-checksum-crc32c", "AAAAAA=="}, {"x-amz-checksum-type", "COMPOSITE"}}));
  EXPECT_EQ(read_all(std::move(run(objects->get_object(bucket, key, version))->body)), body);
  // An object may look like an error.
  const std::string odd = error_xml("NoSuchKey");
  transport.answer(200, odd, object_headers(odd));
  EXPECT_EQ(read_all(std::move(run(objects->get_object(bucket, key, version))->body)), odd);
}

TEST_F(ObjectStoreTest, GetTellsAbsentFromDenied) {
  auto objects = store();
  transport.answer(404, error_xml("NoSuchVersion"));
  EXPECT_FALSE(run(objects->get_object(bucket, key, version)));
  transport.answer(404, error_xml("NoSuchBucket"));
  EXPECT_EQ(error_of(objects->get_object(bucket, key, version)).kind(), ErrorKind::not_found);
  transport.answer(405, error_xml("MethodNotAllowed"));
  EXPECT_EQ(error_of(objects->get_object(bucket, key, version)).kind(), ErrorKind::invalid);
}

}  // namespace
}  // namespace s3dr::client
