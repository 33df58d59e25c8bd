#include "s3/request_path.h"

#include <gtest/gtest.h>

#include "refusal.h"

namespace s3dr::s3 {
namespace {

std::string shown(const RequestAddress& address) {
  return address.bucket + "|" + address.key.bytes() + "|" + address.query.encode();
}

TEST(RequestPath, PathStyleKeepsEveryByteOfTheKey) {
  const struct {
    const char* target;
    const char* shown;
  } cases[] = {
      {"/", "||"},
      {"/?x-id=ListBuckets", "||x-id=ListBuckets"},
      {"/abc", "abc||"},
      {"/abc/", "abc||"},
      {"/abc/k", "abc|k|"},
      {"/abc//k", "abc|/k|"},
      {"/abc/a//b/", "abc|a//b/|"},
      {"/abc/.", "abc|.|"},
      {"/abc/../x", "abc|../x|"},
      {"/abc/./..", "abc|./..|"},
      {"/abc/%2e%2E", "abc|..|"},
      {"/abc/a+b%2Bc%20d", "abc|a+b+c d|"},
      {"/abc/100%25", "abc|100%|"},
      {"/abc/%252F", "abc|%2F|"},
      {"/abc/a%2Fb", "abc|a/b|"},
      {"/a%2Fb/c", "a/b|c|"},
      {"/abc/%ff%01", "abc|\xff\x01|"},
      {"/abc/a?b=1", "abc|a|b=1"},
      {"/abc/a%3Fb", "abc|a?b|"},
      {"/abc?versions&prefix=a%2Fb+c", "abc||versions&prefix=a%2Fb%20c"},
      {"/abc?versions=&&x=1=2", "abc||versions=&x=1%3D2"},
      {"/abc?a=?b", "abc||a=%3Fb"},
  };
  for (const auto& [target, expected] : cases)
    EXPECT_EQ(shown(parse_request_address(target)), expected) << target;
}

TEST(RequestPath, VirtualHosts) {
  const std::vector<std::string> bases = {"localhost", "s3.us-west-2.amazonaws.com"};
  const auto at = [&](const char* target, const char* host) {
    const RequestAddress address = parse_request_address(target, host, bases);
    return shown(address) + (address.virtual_hosted ? " virtual" : "");
  };
  EXPECT_EQ(at("/k?versions", "abc.localhost:9101"), "abc|k|versions virtual");
  EXPECT_EQ(at("/k", "my.dotted.bucket.s3.us-west-2.amazonaws.com"), "my.dotted.bucket|k| virtual");
  EXPECT_EQ(at("/k", "ABC.LocalHost"), "abc|k| virtual");
  EXPECT_EQ(at("//k", "abc.localhost"), "abc|/k| virtual");
  EXPECT_EQ(at("/", "abc.localhost"), "abc|| virtual");
  EXPECT_EQ(at("/abc/k", "localhost:9101"), "abc|k|");
  EXPECT_EQ(at("/abc/k", "127.0.0.1:9101"), "abc|k|");
  EXPECT_EQ(at("/abc/k", "[::1]:9101"), "abc|k|");
  EXPECT_EQ(at("/abc/k", ".localhost"), "abc|k|");
  EXPECT_EQ(at("/abc/k", "abclocalhost"), "abc|k|");
  EXPECT_EQ(at("/abc/k", ""), "abc|k|");
}

TEST(RequestPath, RefusesWhatIsAmbiguous) {
  for (const char* target :
       {"", "abc", "http://h/abc", "*", "//k", "//", "/abc/%", "/abc/%4", "/abc/%zz", "/abc/a b", "/abc/\xff",
        "/abc/\t", "/abc#x", "/abc/k#x", "/abc?a=%", "/abc?%zz", "/abc/\x7f"}) {
    EXPECT_EQ(refusal_of([&] { parse_request_address(target); }), "invalid InvalidURI 400") << target;
  }
}

TEST(RequestPath, QueryKnowsFlags) {
  const Query query = *Query::parse("versions&prefix=&prefix=x");
  EXPECT_TRUE(query.has("versions"));
  EXPECT_FALSE(query.parameters()[0].has_value);
  EXPECT_TRUE(query.parameters()[1].has_value);
  EXPECT_EQ(*query.find("prefix"), "");
  EXPECT_EQ(query.find("Versions"), nullptr);
  EXPECT_EQ(query.get_or("marker", "m"), "m");
}

TEST(RequestPath, BuildsTargets) {
  const BucketName bucket = BucketName::parse("abc");
  Query query;
  query.add_flag("versions");
  query.add("prefix", "a b/+");
  EXPECT_EQ(service_target(), "/");
  EXPECT_EQ(bucket_target(bucket), "/abc");
  EXPECT_EQ(bucket_target(bucket, query), "/abc?versions&prefix=a%20b%2F%2B");
  EXPECT_EQ(object_target(bucket, ObjectKey("//x/../a+b c%")), "/abc///x/../a%2Bb%20c%25");
}

TEST(RequestPath, CopySources) {
  const auto at = [](const char* header) {
    const auto source = parse_copy_source(header);
    return source ? source->bucket + "|" + source->key.bytes() + "|" + source->version_id.text() : "-";
  };
  EXPECT_EQ(at("/src/key%20x?versionId=v1"), "src|key x|v1");
  EXPECT_EQ(at("src/key+x"), "src|key+x|");
  EXPECT_EQ(at("src%2Fa%2Fb"), "src|a/b|");
  EXPECT_EQ(at("/src//a"), "src|/a|");
  EXPECT_EQ(at("/src/a%3FversionId=x"), "src|a?versionId=x|");
  for (const char* bad :
       {"", "/", "src", "/src/", "//a", "/src/a%", "/src/a?versionId=", "/src/a?versionId=%"}) {
    EXPECT_EQ(at(bad), "-") << bad;
  }
  EXPECT_EQ(to_copy_source(BucketName::parse("src"), ObjectKey("a?b/c"), VersionId("v/1")),
            "/src/a%3Fb/c?versionId=v%2F1");
}

}  // namespace
}  // namespace s3dr::s3
