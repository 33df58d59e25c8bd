#include "s3/xml_object.h"

#include <gtest/gtest.h>

#include "refusal.h"

namespace s3dr::s3 {
namespace {

constexpr Instant ten_o_clock{milliseconds(1'785'578'400'000)};  // 2026-08-01T10:00:00Z

VersionPage two_versions() {
  VersionPage page;
  page.is_truncated = true;
  page.next_key_marker = ObjectKey("in/b+.txt");
  page.next_version_id_marker = VersionId("vB1");
  ObjectVersion marker;
  marker.key = ObjectKey("in/a .txt");
  marker.version_id = VersionId("vA2");
  marker.is_latest = marker.is_delete_marker = true;
  marker.last_modified = ten_o_clock;
  ObjectVersion version;
  version.key = ObjectKey("in/b+.txt");
  version.version_id = VersionId("vB1");
  version.last_modified = ten_o_clock;
  version.etag = "9a0364";
  version.size = 5;
  version.storage_class = "STANDARD";
  version.checksum_algorithms = {"CRC64NVME"};
  version.checksum_type = "FULL_OBJECT";
  page.versions = {marker, version};
  return page;
}

TEST(XmlVersions, Golden) {
  const ListingFrame frame{"harbor-ledger", "in/", "", 2, true};
  EXPECT_EQ(
      write_list_versions_result(frame, {}, {}, two_versions(), "79a5"),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<ListVersionsResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>harbor-ledger</Name><Prefix>in/"
      "</Prefix><KeyMarker/><VersionIdMarker/><NextKeyMarker>in/b%2B.txt</"
      "NextKeyMarker><NextVersionIdMarker>vB1"
      "</NextVersionIdMarker><MaxKeys>2</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</"
      "IsTruncated>"
      "<DeleteMarker><Key>in/a%20.txt</Key><VersionId>vA2</VersionId><IsLatest>true</IsLatest><LastModified>"
      "2026-08-01T10:00:00.000Z</LastModified><Owner><ID>79a5</ID></Owner></DeleteMarker>"
      "<Version><Key>in/b%2B.txt</Key><VersionId>vB1</VersionId><IsLatest>false</IsLatest><LastModified>"
      "2026-08-01T10:00:00.000Z</LastModified><ETag>&quot;9a0364&quot;</ETag><ChecksumAlgorithm>CRC64NVME"
      "</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>5</Size><Owner><ID>79a5</ID></Owner>"
      "<StorageClass>STANDARD</StorageClass></Version></ListVersionsResult>");
  const VersionPage parsed =
      parse_list_versions_result(write_list_versions_result(frame, {}, {}, two_versions(), "79a5"));
  EXPECT_EQ(parsed.versions, two_versions().versions);
  EXPECT_EQ(parsed.next_key_marker, ObjectKey("in/b+.txt"));
  EXPECT_EQ(parsed.next_version_id_marker, VersionId("vB1"));
  EXPECT_TRUE(parsed.is_truncated);
}

TEST(XmlVersions, ReadsWhatOtherStoresWrite) {
  const VersionPage page = parse_list_versions_result(
      "<a:ListVersionsResult "
      "xmlns:a='u'><a:New/><a:EncodingType>url</a:EncodingType><a:IsTruncated>False</a:IsTruncated>"
      "<a:Version><a:Key>a+b%2Bc%2f</a:Key><a:VersionId>null</"
      "a:VersionId><a:LastModified>2026-08-01T10:00:00Z"
      "</a:LastModified><a:ETag>plain</a:ETag><a:Size>0</a:Size></a:Version></a:ListVersionsResult>");
  ASSERT_EQ(page.versions.size(), 1U);
  EXPECT_EQ(page.versions[0].key, ObjectKey("a b+c/"));
  EXPECT_TRUE(page.versions[0].version_id.is_null());
  EXPECT_EQ(page.versions[0].etag, "plain");
  EXPECT_EQ(page.versions[0].last_modified, ten_o_clock);
}

TEST(XmlListings, Malformed) {
  const auto refused = [](auto parse, const std::string& text) {
    EXPECT_EQ(refusal_of([&] { parse(text); }), malformed) << text;
  };
  const std::string whole =
      "<Key>k</Key><VersionId>v</VersionId><LastModified>2026-08-01T10:00:00Z</LastModified>";
  const auto versions = [](const std::string& content) {
    return "<ListVersionsResult>" + content + "</ListVersionsResult>";
  };
  EXPECT_EQ(refusal_of([&] { parse_list_versions_result(versions("<Version>" + whole + "</Version>")); }),
            "accepted");
  for (const std::string& text :
       {std::string(), versions("<Version/>"), versions("<Version>" + whole + "<Size>many</Size></Version>"),
        versions("<Version>" + whole + "<Size>-1</Size></Version>"),
        versions("<Version><Key>k</Key></Version>"), versions("<IsTruncated>perhaps</IsTruncated>"),
        versions("<IsTruncated>true</IsTruncated>"),
        versions("<EncodingType>url</EncodingType><DeleteMarker><Key>%4</Key></DeleteMarker>"),
        versions("<CommonPrefixes/>")}) {
    refused(parse_list_versions_result, text);
  }
  refused(parse_list_objects_v2_result,
          "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>");
  refused(parse_list_objects_v2_result,
          "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>");
  refused(parse_list_uploads_result, "<ListMultipartUploadsResult><Upload/></ListMultipartUploadsResult>");
  refused(parse_list_parts_result,
          "<ListPartsResult><Part><PartNumber>0</PartNumber></Part></ListPartsResult>");
  refused(parse_list_parts_result, "<ListPartsResult><IsTruncated>true</IsTruncated></ListPartsResult>");
  refused(parse_delete_request, "<Delete/>");
  refused(parse_delete_request, "<Delete><Object/></Delete>");
  refused(parse_delete_request, "<Delete><Object><Key/></Object></Delete>");
  refused(parse_delete_request, "<Delete><Quiet>yes</Quiet><Object><Key>k</Key></Object></Delete>");
  refused(parse_complete_multipart_upload_request, "<CompleteMultipartUpload/>");
  refused(parse_complete_multipart_upload_request,
          "<CompleteMultipartUpload><Part><PartNumber>10001</PartNumber><ETag>e</ETag></Part></"
          "CompleteMultipartUpload>");
  refused(parse_complete_multipart_upload_request,
          "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>");
  refused(parse_initiate_multipart_upload_result, "<InitiateMultipartUploadResult/>");
  refused(parse_copy_result, "<CopyObjectResult/>");
}

TEST(XmlListings, KeysWithoutUrlEncodingKeepControlBytes) {
  ObjectPage page;
  page.objects.push_back({ObjectKey(std::string("a\0\x01\r\n\t<&>\"'\xff\xEF\xBF\xBE", 15)),
                          ten_o_clock,
                          "e",
                          1,
                          "STANDARD",
                          {},
                          ""});
  const std::string text = write_list_objects_v2_result({"abc", "", "", 1000, false}, "", "", page, "");
  EXPECT_NE(text.find("<Key>a&#x0;&#x1;&#13;&#xa;&#x9;&lt;&amp;&gt;&quot;'\xff&#xfffe;</Key>"),
            std::string::npos);
  EXPECT_EQ(parse_list_objects_v2_result(text), page);
}

TEST(XmlListings, V1EncodesItsMarkers) {
  ObjectPage page;
  page.is_truncated = true;
  page.next = "b c";
  page.common_prefixes = {"d e/"};
  const std::string text = write_list_objects_v1_result({"abc", "p q", "/", 10, true}, "a+", page, "o");
  for (const char* part :
       {"<Marker>a%2B</Marker>", "<NextMarker>b%20c</NextMarker>", "<Prefix>p%20q</Prefix>",
        "<Delimiter>/</Delimiter>", "<CommonPrefixes><Prefix>d%20e/</Prefix></CommonPrefixes>"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

// S3 begins its answer before it knows the outcome (docs/protocol.md, Errors and common headers).
TEST(XmlResults, AnErrorBehindA200IsRaised) {
  const char* text =
      "\n \n<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>try again</Message>"
      "<RequestId>R</RequestId></Error>";
  EXPECT_EQ(refusal_of([&] { parse_copy_result(text); }), "unavailable InternalError 500");
  EXPECT_EQ(refusal_of([&] { parse_complete_multipart_upload_result(text); }),
            "unavailable InternalError 500");
  EXPECT_EQ(refusal_of([&] { parse_copy_result("<Error><Code>SlowDown</Code></Error>"); }),
            "throttled SlowDown 503");
  EXPECT_EQ(refusal_of([&] { parse_copy_result("<Error/>"); }), "corrupt  200");
}

TEST(XmlResults, CompleteRequestOfTheSdks) {
  const auto parts = parse_complete_multipart_upload_request(
      "<CompleteMultipartUpload "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><ETag>\"e1\"</ETag><ChecksumCRC32C>"
      "AAAAAA==</ChecksumCRC32C><PartNumber>1</PartNumber></Part><Part><PartNumber>2</PartNumber><ETag>e2</"
      "ETag></Part>"
      "</CompleteMultipartUpload>");
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0], (CompletedPart{1, "e1", {{"CRC32C", "AAAAAA=="}}}));
  EXPECT_EQ(parts[1], (CompletedPart{2, "e2", {}}));
}

}  // namespace
}  // namespace s3dr::s3
