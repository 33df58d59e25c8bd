#include "s3/request_path.h"

#include <gtest/gtest.h>

#include "refusal.h"

namespace s3dr::s3 {
namespace {

std::string shown(const RequestAddress& address) {
  return address.bucket + "|" + address.key.bytes() + "|" + aws::with_query("", address.query);
}

TEST(RequestPath, PathStyleKeepsEveryByteOfTheKey) {
  const struct {
    const char* target;
    const char* shown;
  } cases[] = {
      {"/", "||"},
      {"/?x-id=ListBuckets", "||?x-id=ListBuckets"},
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
      {"/abc/a?b=1", "abc|a|?b=1"},
      {"/abc/a%3Fb", "abc|a?b|"},
      {"/abc?versions&prefix=a%2Fb+c", "abc||?versions&prefix=a%2Fb%2Bc"},
      {"/abc?versions=&&x=1=2", "abc||?versions&x=1%3D2"},
      {"/abc?a=?b", "abc||?a=%3Fb"},
  };
  for (const auto& [target, expected] : cases)
    EXPECT_EQ(shown(parse_request_address(target)), expected) << target;
}

TEST(RequestPath, HostsNameBuckets) {
  const std::vector<std::string> bases = {"s3.us-west-2.amazonaws.com", "s3.us-west-2.localhost",
                                          "localhost"};
  const auto of = [&](const char* host) { return subdomain_of(host, bases); };
  EXPECT_EQ(of("abc.localhost:9101"), "abc");
  EXPECT_EQ(of("my.dotted.bucket.s3.us-west-2.amazonaws.com"), "my.dotted.bucket");
  EXPECT_EQ(of("abc.s3.us-west-2.localhost"), "abc");
  EXPECT_EQ(of("ABC.LocalHost"), "abc");
  for (const char* host : {"s3.us-west-2.localhost:9101", "localhost:9101", "127.0.0.1:9101", "[::1]:9101",
                           ".localhost", "abclocalhost", "localhost.evil", ""}) {
    EXPECT_EQ(of(host), "") << host;
  }
}

TEST(RequestPath, OfAHostedBucketThePathIsTheKey) {
  EXPECT_EQ(shown(parse_request_address("/k?versions", "abc")), "abc|k|?versions");
  EXPECT_EQ(shown(parse_request_address("//k", "abc")), "abc|/k|");
  EXPECT_EQ(shown(parse_request_address("/", "abc")), "abc||");
  EXPECT_EQ(shown(parse_request_address("/abc/k", "")), "abc|k|");
}

TEST(RequestPath, RefusesWhatIsAmbiguous) {
  for (const char* target :
       {"", "abc", "http://h/abc", "*", "//k", "//", "/abc/%", "/abc/%4", "/abc/%zz", "/abc/a b", "/abc/\xff",
        "/abc/\t", "/abc#x", "/abc/k#x", "/abc?a=%", "/abc?%zz", "/abc/\x7f"}) {
    EXPECT_EQ(refusal_of([&] { parse_request_address(target); }), "invalid InvalidURI 400") << target;
  }
}

TEST(RequestPath, BuildsTargets) {
  const aws::QueryParameters query = {{"versions", ""}, {"prefix", "a b/+"}};
  EXPECT_EQ(object_target("", {}), "/");
  EXPECT_EQ(object_target("", {}, {{"max-buckets", "1"}}), "/?max-buckets=1");
  EXPECT_EQ(object_target("/abc", {}), "/abc");
  EXPECT_EQ(object_target("/abc", {}, query), "/abc?versions&prefix=a%20b%2F%2B");
  EXPECT_EQ(object_target("/abc", ObjectKey("//x/../a+b c%")), "/abc///x/../a%2Bb%20c%25");
  EXPECT_EQ(object_target("", ObjectKey("/x")), "//x");
}

TEST(RequestPath, CopySources) {
  const auto at = [](const char* header) {
    const auto source = parse_copy_source(header);
    if (source) return source->bucket + "|" + source->key.bytes() + "|" + source->version_id.text();
    return std::string(source.error() == CopySourceFault::bad_version_id ? "bad version id" : "-");
  };
  EXPECT_EQ(at("/src/key%20x?versionId=v1"), "src|key x|v1");
  EXPECT_EQ(at("src/key+x"), "src|key+x|");
  EXPECT_EQ(at("src%2Fa%2Fb"), "src|a/b|");
  EXPECT_EQ(at("/src//a"), "src|/a|");
  EXPECT_EQ(at("/src/a%3FversionId=x"), "src|a?versionId=x|");
  EXPECT_EQ(at("%2Fsrc%2Fa"), "src|a|");
  EXPECT_EQ(at("/src/a?b?versionId=v%2F1"), "src|a?b|v/1");
  EXPECT_EQ(at("arn:aws:s3:us-west-2:111122223333:accesspoint/x/object/k"),
            "arn:aws:s3:us-west-2:111122223333:accesspoint|x/object/k|");
  for (const char* bad : {"", "/", "src", "/src/", "//a", "/src/a%"}) EXPECT_EQ(at(bad), "-") << bad;
  for (const char* bad : {"/src/a?versionId=", "/src/a?versionId=%"})
    EXPECT_EQ(at(bad), "bad version id") << bad;
}

}  // namespace
}  // namespace s3dr::s3
