#include "base/http_message.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace s3dr {
namespace {

TEST(HeadersTest, NamesCompareWithoutCaseAndTheFirstCounts) {
  Headers headers{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
  EXPECT_EQ(headers.get("content-TYPE"), "text/plain");
  EXPECT_EQ(headers.get("X-a"), "1");
  EXPECT_EQ(headers.get("x-b"), std::nullopt);
  EXPECT_EQ(headers.get_or("x-b", "none"), "none");
  EXPECT_TRUE(headers.has("X-A"));
  EXPECT_FALSE(headers.has("X"));
  EXPECT_EQ(headers.size(), 3u);
}

TEST(HeadersTest, AddKeepsSetReplacesRemoveTakesAll) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");
  EXPECT_EQ(headers.size(), 3u);
  headers.set("a", "4");
  EXPECT_EQ(headers.fields(), (std::vector<Header>{{"B", "2"}, {"a", "4"}}));
  headers.remove("B");
  headers.remove("not there");
  EXPECT_EQ(headers.fields(), (std::vector<Header>{{"a", "4"}}));
}

TEST(HeadersTest, AnEmptyValueIsThere) {
  const Headers headers{{"x-empty", ""}};
  EXPECT_EQ(headers.get("x-empty"), "");
  EXPECT_TRUE(headers.has("x-empty"));
}

TEST(Case, OnlyAsciiLettersFold) {
  EXPECT_TRUE(equals_ignoring_case("AZaz-09", "azAZ-09"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));  // 0x20 apart, but no letters
  EXPECT_FALSE(equals_ignoring_case("\xc4", "\xe4"));
  EXPECT_EQ(lower_case("X-Amz-\xc4"), "x-amz-\xc4");
}

struct Parsed {
  const char* url;
  bool tls;
  const char* host;
  int port;
  const char* canonical;
  const char* host_header;
};

TEST(EndpointTest, ParsesHostsAndPorts) {
  const Parsed table[] = {
      {"https://s3.us-west-2.amazonaws.com", true, "s3.us-west-2.amazonaws.com", 443,
       "https://s3.us-west-2.amazonaws.com", "s3.us-west-2.amazonaws.com"},
      {"http://localhost:9101", false, "localhost", 9101, "http://localhost:9101", "localhost:9101"},
      {"http://127.0.0.1:80/", false, "127.0.0.1", 80, "http://127.0.0.1", "127.0.0.1"},
      {"https://a_b-c.d:443", true, "a_b-c.d", 443, "https://a_b-c.d", "a_b-c.d"},
      {"http://h:443", false, "h", 443, "http://h:443", "h:443"},
      {"https://[::1]", true, "::1", 443, "https://[::1]", "[::1]"},
      {"http://[fe80::1%25eth0]:65535", false, "fe80::1%25eth0", 65535, "http://[fe80::1%25eth0]:65535",
       "[fe80::1%25eth0]:65535"},
  };
  for (const Parsed& expected : table) {
    const Endpoint endpoint = Endpoint::parse(expected.url);
    EXPECT_EQ(endpoint.tls, expected.tls) << expected.url;
    EXPECT_EQ(endpoint.host, expected.host);
    EXPECT_EQ(endpoint.port, expected.port) << expected.url;
    EXPECT_EQ(endpoint.url(), expected.canonical);
    EXPECT_EQ(endpoint.host_header(), expected.host_header);
    EXPECT_EQ(Endpoint::parse(endpoint.url()), endpoint);
  }
}

TEST(EndpointTest, RefusesEverythingElseWithAdvice) {
  for (const char* url : {"",
                          "localhost",
                          "localhost:9101",
                          "ftp://host",
                          "//host",
                          "https:/host",
                          "https://",
                          "https:///",
                          "http://:80",
                          "http://host:",
                          "http://host:0",
                          "http://host:65536",
                          "http://host:-1",
                          "http://host:+1",
                          "http://host:8a",
                          "http://host:80:81",
                          "http://user@host",
                          "http://host/path",
                          "http://host?x",
                          "http://host#x",
                          "http://ho st",
                          "http://host\r\nx",
                          "http://[::1",
                          "http://[]",
                          "http://[::1]80",
                          "http://[::1]:",
                          "http://::1",
                          "http://host\\x",
                          "http://ho\"st",
                          "http://ho\x7fst",
                          "http://h%41",
                          "http://h\xc3\xa4"}) {
    try {
      Endpoint::parse(url);
      ADD_FAILURE() << "accepted: " << url;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid) << url;
      EXPECT_FALSE(error.advice().empty()) << url;
    }
  }
}

TEST(EndpointTest, RefusesANulByte) {
  EXPECT_THROW(Endpoint::parse(std::string_view("http://a\0b", 10)), Error);
}

}  // namespace
}  // namespace s3dr
