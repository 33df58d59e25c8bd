#include "http/message_head.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace s3dr::http {
namespace {

HttpRequest request(std::string method, std::string target) {
  HttpRequest result;
  result.method = std::move(method);
  result.target = std::move(target);
  return result;
}

const Endpoint endpoint{false, "h", 9101};

TEST(RequestHead, AddsHostAndLength) {
  auto put = request("PUT", "/b/k");
  put.body = Body("abc");
  put.headers = {{"X-A", "1"}, {"content-length", "99"}, {"Transfer-Encoding", "gzip"}};
  EXPECT_EQ(request_head(put, endpoint, request_framing(put)),
            "PUT /b/k HTTP/1.1\r\nHost: h:9101\r\nX-A: 1\r\nContent-Length: 3\r\n\r\n");
}

TEST(RequestHead, KeepsTheCallersHost) {
  auto get = request("GET", "/");
  get.headers = {{"host", "b.example"}};
  EXPECT_EQ(request_head(get, endpoint, request_framing(get)), "GET / HTTP/1.1\r\nhost: b.example\r\n\r\n");
}

TEST(RequestHead, BodylessMethods) {
  EXPECT_EQ(request_framing(request("GET", "/")).kind, Framing::none);
  EXPECT_EQ(request_framing(request("DELETE", "/")).kind, Framing::none);
  EXPECT_EQ(request_framing(request("PUT", "/")).kind, Framing::length);
  EXPECT_EQ(request_framing(request("POST", "/")).length, 0U);
}

TEST(RequestHead, AStreamOfUnknownLengthIsChunkedUnlessTheCallerKnowsIt) {
  auto put = request("PUT", "/");
  put.body = Body(text_reader("abc"), std::nullopt);
  EXPECT_EQ(request_framing(put).kind, Framing::chunked);
  put.headers.add("Content-Length", "3");
  EXPECT_EQ(request_framing(put).kind, Framing::length);
  EXPECT_EQ(request_framing(put).length, 3U);
  put.headers.set("Content-Length", "3x");
  EXPECT_THROW(request_framing(put), Error);
}

TEST(RequestHead, RefusesWhatWouldBreakTheMessageApart) {
  const auto refused = [](const HttpRequest& bad) {
    EXPECT_THROW(request_head(bad, endpoint, {}), Error) << bad.method << " " << bad.target;
  };
  refused(request("GE T", "/"));
  refused(request("", "/"));
  refused(request("GET", ""));
  refused(request("GET", "b"));
  refused(request("GET", "/a b"));
  refused(request("GET", "/a\r\nX: y"));
  refused(request("GET", "/\xc3\xa9"));
  auto get = request("GET", "/");
  get.headers = {{"X", "a\r\nY: b"}};
  refused(get);
  get.headers = {{"X", std::string("a\0b", 3)}};
  refused(get);
  get.headers = {{"X Y", "a"}};
  refused(get);
  get.headers = {{"X:", "a"}};
  refused(get);
}

TEST(ResponseHead, FramingIsOursAlone) {
  HttpResponse response;
  response.status = 404;
  response.headers = {
      {"Content-Length", "5"}, {"transfer-encoding", "chunked"}, {"ETag", "\"e\""}, {"connection", "x"}};
  EXPECT_EQ(response_head(response, {Framing::length, 2}, std::nullopt, true),
            "HTTP/1.1 404 Not Found\r\nETag: \"e\"\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(response_head(response, {}, 7, false),
            "HTTP/1.1 404 Not Found\r\nETag: \"e\"\r\nContent-Length: 7\r\n\r\n");
}

TEST(ResponseHead, RefusesASplitHeader) {
  HttpResponse response;
  response.headers = {{"X", "a\nb"}};
  EXPECT_THROW(response_head(response, {}, std::nullopt, false), Error);
}

}  // namespace
}  // namespace s3dr::http
