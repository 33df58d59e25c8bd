#include "s3/http_fields.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace s3dr::s3 {
namespace {

TEST(HttpFields, Etags) {
  EXPECT_EQ(quote_etag("abc"), "\"abc\"");
  EXPECT_EQ(unquote_etag("\"abc\""), "abc");
  EXPECT_EQ(unquote_etag("W/\"abc\""), "abc");
  EXPECT_EQ(unquote_etag("abc"), "abc");
  EXPECT_EQ(unquote_etag("\""), "\"");
  EXPECT_EQ(unquote_etag(""), "");
}

TEST(HttpFields, EtagConditions) {
  const auto etags = [](const char* text) {
    const EtagCondition condition = parse_etag_condition(text);
    std::string result = condition.any ? "*" : "";
    for (const std::string& etag : condition.etags) result += etag + ";";
    return result;
  };
  EXPECT_EQ(etags("*"), "*");
  EXPECT_EQ(etags("\"*\""), "*");
  EXPECT_EQ(etags("\"a\""), "a;");
  EXPECT_EQ(etags(" \"a\" ,\tb,, c "), "a;b;c;");
  EXPECT_EQ(etags("\"a\", *"), "*a;");
  for (const char* nothing : {"", " ", ",", "\"\""}) EXPECT_EQ(etags(nothing), "") << nothing;
  EXPECT_TRUE(parse_etag_condition("*").covers("x"));
  EXPECT_TRUE(parse_etag_condition("\"x\", \"y\"").covers("y"));
  for (const char* other : {"", "\"x\"", "W/\"y\"", "\"y", "y\"", "\"y\"z", "yy"})
    EXPECT_FALSE(parse_etag_condition(other).covers("y")) << other;
}

std::string resolved(const char* text, std::uint64_t size) {
  const auto request = parse_range(text);
  if (!request) return "ignored";
  const auto range = resolve_range(*request, size);
  return range ? content_range(*range, size) : "unsatisfiable";
}

TEST(HttpFields, Ranges) {
  EXPECT_EQ(resolved("bytes=0-9", 100), "bytes 0-9/100");
  EXPECT_EQ(resolved("bytes=10-", 100), "bytes 10-99/100");
  EXPECT_EQ(resolved("bytes=-10", 100), "bytes 90-99/100");
  EXPECT_EQ(resolved("bytes=-1000", 100), "bytes 0-99/100");
  EXPECT_EQ(resolved("bytes=0-18446744073709551615", 100), "bytes 0-99/100");
  EXPECT_EQ(resolved("bytes=99-99", 100), "bytes 99-99/100");
  EXPECT_EQ(resolved("bytes=100-", 100), "unsatisfiable");
  EXPECT_EQ(resolved("bytes=-0", 100), "unsatisfiable");
  EXPECT_EQ(resolved("bytes=0-0", 0), "unsatisfiable");
  for (const char* text : {"", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-1", "bytes=0-1,3-4", "lines=0-1",
                           "0-1", "bytes=0-18446744073709551616", "bytes=--1", "bytes=1-+2", "bytes=0x1-2",
                           "BYTES=0-9", "bytes = 0-9", "bytes=0 - 9", "-5", "-"}) {
    EXPECT_EQ(resolved(text, 100), "ignored") << text;
  }
  EXPECT_EQ(parse_range("bytes=5-6"), (RangeRequest{5, 6, std::nullopt}));
}

TEST(HttpFields, CopyRanges) {
  EXPECT_EQ(parse_copy_range("bytes=5-6"), (ByteRange{5, 2}));
  EXPECT_EQ(parse_copy_range("bytes=0-18446744073709551614"), (ByteRange{0, UINT64_MAX}));
  for (const char* text : {"", "-", "-5", "bytes=5-", "bytes=-5", "bytes=6-5", "bytes=0-18446744073709551615",
                           "5-6", "bytes=0-1,3-4"}) {
    EXPECT_EQ(parse_copy_range(text), std::nullopt) << text;
  }
}

TEST(HttpFields, NamesOfFields) {
  EXPECT_TRUE(is_system_metadata("Content-Type"));
  EXPECT_TRUE(is_system_metadata("x-amz-website-redirect-location"));
  EXPECT_FALSE(is_system_metadata("content-length"));
  EXPECT_FALSE(is_system_metadata("x-amz-meta-content-type"));
  EXPECT_EQ(checksum_algorithm_of_header("X-Amz-Checksum-Crc64nvme"), "CRC64NVME");
  for (const char* other : {"x-amz-checksum-type", "x-amz-checksum-mode", "x-amz-checksum-algorithm",
                            "x-amz-checksum-", "x-amz-sdk-checksum-algorithm"}) {
    EXPECT_EQ(checksum_algorithm_of_header(other), std::nullopt) << other;
  }
  EXPECT_EQ(user_metadata_name("X-Amz-Meta-Mtime"), "mtime");
  EXPECT_EQ(user_metadata_name("x-amz-meta-"), std::nullopt);
  EXPECT_EQ(without_aws_chunked("aws-chunked"), "");
  EXPECT_EQ(without_aws_chunked("gzip, AWS-chunked"), "gzip");
  EXPECT_EQ(without_aws_chunked("aws-chunked, gzip"), "gzip");
  EXPECT_EQ(without_aws_chunked("br,gzip,aws-chunked"), "br,gzip");
  EXPECT_EQ(without_aws_chunked("br, gzip,aws-chunked"), "br, gzip");
  EXPECT_EQ(without_aws_chunked("br, aws-chunked , gzip"), "br, gzip");
  EXPECT_EQ(without_aws_chunked(" ,, "), "");
}

Headers whole_head() {
  return {{"Content-Length", "5"},
          {"Last-Modified", "Sat, 01 Aug 2026 10:15:00 GMT"},
          {"ETag", "\"9a03\""},
          {"x-amz-version-id", "v1"},
          {"Content-Type", "text/plain"},
          {"Cache-Control", "no-cache"},
          {"x-amz-meta-Owner", "kim"},
          {"x-amz-meta-owner", "lee"},
          {"x-amz-checksum-crc32c", "yZRlqg=="},
          {"x-amz-checksum-type", "FULL_OBJECT"},
          {"x-amz-replication-status", "COMPLETE"},
          {"x-amz-tagging-count", "3"},
          {"Server", "AmazonS3"}};
}

TEST(ObjectHeads, ReadsAllThatIsTold) {
  const ObjectHead head = parse_object_head(whole_head());
  EXPECT_EQ(head.version_id, VersionId("v1"));
  EXPECT_EQ(head.size, 5U);
  EXPECT_EQ(head.etag, "9a03");
  EXPECT_EQ(head.checksums, (Checksums{{"CRC32C", "yZRlqg=="}}));
  EXPECT_EQ(head.checksum_type, "FULL_OBJECT");
  EXPECT_EQ(head.system_metadata, (std::map<std::string, std::string>{{"content-type", "text/plain"},
                                                                      {"cache-control", "no-cache"}}));
  EXPECT_EQ(head.user_metadata, (std::map<std::string, std::string>{{"owner", "kim,lee"}}));
  EXPECT_EQ(head.replication_status, ReplicationStatus::completed);
  EXPECT_EQ(head.tag_count, 3U);
  EXPECT_EQ(head.storage_class, "STANDARD");
  EXPECT_EQ(head.last_modified, Instant(milliseconds(1'785'579'300'000)));
}

TEST(ObjectHeads, SizeOfTheWholeObjectInARangeAnswer) {
  Headers headers = whole_head();
  headers.add("Content-Range", "bytes 0-4/100");
  EXPECT_EQ(parse_object_head(headers).size, 100U);
}

TEST(ObjectHeads, RefusesWhatItCannotRead) {
  const struct {
    const char* name;
    const char* value;
  } cases[] = {{"Content-Length", "x"},        {"Content-Length", ""},
               {"Content-Length", "-1"},       {"Last-Modified", "yesterday"},
               {"x-amz-tagging-count", "3x"},  {"x-amz-replication-status", "SOON"},
               {"Content-Range", "bytes 0-4"}, {"Content-Range", "bytes 0-4/*"}};
  for (const auto& [name, value] : cases) {
    Headers headers = whole_head();
    headers.set(name, value);
    try {
      parse_object_head(headers);
      ADD_FAILURE() << name << ": " << value;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    }
  }
  EXPECT_THROW(parse_object_head({}), Error);
}

}  // namespace
}  // namespace s3dr::s3
