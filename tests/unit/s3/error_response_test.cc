#include "s3/error_response.h"

#include <gtest/gtest.h>

namespace s3dr::s3 {
namespace {

TEST(ErrorResponse, StatusAndCodeTellWhatTheCallerCanDo) {
  const struct {
    int status;
    const char* code;
    ErrorKind kind;
  } cases[] = {
      {404, "NoSuchBucket", ErrorKind::not_found},
      {404, "", ErrorKind::not_found},
      {403, "AccessDenied", ErrorKind::denied},
      {403, "SignatureDoesNotMatch", ErrorKind::denied},
      {403, "RequestTimeTooSkewed", ErrorKind::denied},
      {401, "", ErrorKind::denied},
      {400, "ExpiredToken", ErrorKind::denied},
      {400, "InvalidToken", ErrorKind::denied},
      {400, "UnrecognizedClientException", ErrorKind::denied},
      {400, "AuthorizationHeaderMalformed", ErrorKind::invalid},
      {301, "PermanentRedirect", ErrorKind::invalid},
      {307, "TemporaryRedirect", ErrorKind::invalid},
      {400, "MalformedXML", ErrorKind::invalid},
      {400, "NeverHeardOf", ErrorKind::invalid},
      {400, "IdempotencyException", ErrorKind::invalid},
      {411, "MissingContentLength", ErrorKind::invalid},
      {416, "InvalidRange", ErrorKind::invalid},
      {412, "PreconditionFailed", ErrorKind::precondition_failed},
      {412, "", ErrorKind::precondition_failed},
      {409, "ConditionalRequestConflict", ErrorKind::precondition_failed},
      {409, "ResourceConflictException", ErrorKind::precondition_failed},
      {409, "OperationAborted", ErrorKind::unavailable},
      {409, "BucketAlreadyExists", ErrorKind::invalid},
      {409, "BucketAlreadyOwnedByYou", ErrorKind::invalid},
      {409, "BucketNotEmpty", ErrorKind::invalid},
      {409, "InvalidBucketState", ErrorKind::invalid},
      {429, "", ErrorKind::throttled},
      {503, "SlowDown", ErrorKind::throttled},
      {400, "ThrottlingException", ErrorKind::throttled},
      {400, "TooManyRequestsException", ErrorKind::throttled},
      {503, "ServiceUnavailable", ErrorKind::unavailable},
      {503, "", ErrorKind::unavailable},
      {500, "InternalError", ErrorKind::unavailable},
      {502, "", ErrorKind::unavailable},
      {504, "", ErrorKind::unavailable},
      {400, "RequestTimeout", ErrorKind::unavailable},
      {408, "", ErrorKind::unavailable},
      {501, "NotImplemented", ErrorKind::unsupported},
      {405, "MethodNotAllowed", ErrorKind::unsupported},
      {400, "BadDigest", ErrorKind::corrupt},
      {400, "XAmzContentSHA256Mismatch", ErrorKind::corrupt},
      // Behind a 200 the code decides.
      {200, "InternalError", ErrorKind::unavailable},
      {200, "SlowDown", ErrorKind::throttled},
      {200, "NoSuchKey", ErrorKind::not_found},
      {200, "", ErrorKind::corrupt},
      {0, "", ErrorKind::corrupt},
  };
  for (const auto& [status, code, kind] : cases) {
    EXPECT_EQ(to_string(kind_of(status, code)), to_string(kind)) << status << " " << code;
  }
}

TEST(ErrorResponse, StatusOfCodes) {
  const struct {
    const char* code;
    int status;
  } cases[] = {{"NoSuchBucket", 404},     {"AccessDenied", 403},         {"SlowDown", 503},
               {"MalformedXML", 400},     {"BucketAlreadyExists", 409},  {"PreconditionFailed", 412},
               {"NotImplemented", 501},   {"MethodNotAllowed", 405},     {"InvalidRange", 416},
               {"InternalError", 500},    {"MissingContentLength", 411}, {"NeverHeardOf", 400},
               {"PermanentRedirect", 301}};
  for (const auto& [code, status] : cases) EXPECT_EQ(status_of(code), status) << code;
}

TEST(ErrorResponse, ReadsTheDocumentOfS3) {
  const Headers headers = {{"x-amz-request-id", "R1"}, {"x-amz-bucket-region", "eu-west-1"}};
  const Error error = error_from_response(
      301, headers,
      "<Error xmlns=\"x\"><Code>PermanentRedirect</Code><Message>go\nthere</Message><Endpoint>e</Endpoint>"
      "<RequestId>R0</RequestId><New/></Error>",
      "s3://abc");
  EXPECT_EQ(error.code(), "PermanentRedirect");
  EXPECT_EQ(error.status(), 301);
  EXPECT_EQ(error.message(), "go there");
  EXPECT_EQ(error.request_id(), "R1");
  EXPECT_EQ(error.region(), "eu-west-1");
  EXPECT_EQ(error.resource(), "s3://abc");
}

TEST(ErrorResponse, RegionFromTheBody) {
  const Error error = error_from_response(400, {},
                                          "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</"
                                          "Message><Region>eu-central-1</Region></Error>",
                                          "");
  EXPECT_EQ(error.region(), "eu-central-1");
}

TEST(ErrorResponse, ReadsTheWrappedDocumentOfTheServices) {
  const Error error = error_from_response(
      404, {},
      "<ErrorResponse "
      "xmlns=\"y\"><Error><Type>Sender</Type><Code>NotFound</Code><Message>gone</Message></Error>"
      "<RequestId>R7</RequestId></ErrorResponse>",
      "topic");
  EXPECT_EQ(error.code(), "NotFound");
  EXPECT_EQ(error.request_id(), "R7");
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
}

TEST(ErrorResponse, AnyBodyGivesAUsableError) {
  const std::string bodies[] = {"",
                                "<html><body>502 Bad Gateway</body>",
                                "not xml",
                                "<Error><Code>&nope;</Code></Error>",
                                "<!DOCTYPE a [<!ENTITY b 'c'>]><Error><Code>NoSuchKey</Code></Error>",
                                std::string(3 << 20, 'x'),
                                std::string("\0\xff", 2),
                                "<Error><Code>" + std::string(5'000, 'A') + "</Code></Error>",
                                "{\"message\":\"json\"}"};
  for (const std::string& body : bodies) {
    const Error error = error_from_response(502, {}, body, "s3://abc/k");
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_EQ(error.code(), "");
    EXPECT_EQ(error.message(), "the server answered Bad Gateway");
  }
  const Headers json = {{"x-amzn-ErrorType", "ResourceConflictException:http://x"},
                        {"x-amzn-RequestId", "q"}};
  const Error error = error_from_response(409, json, "{}", "");
  EXPECT_EQ(error.code(), "ResourceConflictException");
  EXPECT_EQ(error.request_id(), "q");
}

TEST(ErrorResponse, WhatAServerSaysIsCutBetweenCharacters) {
  const std::string said = std::string(999, 'x') + "é and more";
  Headers headers;
  headers.add("x-amz-request-id", "\xff\xe2");
  const Error error = error_from_response(503, headers, write_error("SlowDown", said, "", "", "", {}), "");
  EXPECT_LE(error.message().size(), 1'000U);
  EXPECT_TRUE(error.message().ends_with("x…")) << error.message();
  EXPECT_EQ(error.request_id(), "\uFFFD\uFFFD");
}

TEST(ErrorResponse, WritesAndReadsBack) {
  const std::string body = write_error("NoSuchKey", "The key <x> & \"y\" does not exist.", "/b/k\x01", "R",
                                       "H", {{"Key", "k\x01"}});
  EXPECT_EQ(
      body,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The key &lt;x&gt; "
      "&amp; &quot;y&quot; does not exist.</Message><Key>k&#x1;</Key><Resource>/b/k&#x1;</Resource>"
      "<RequestId>R</RequestId><HostId>H</HostId></Error>");
  const Error error = error_from_response(404, {}, body, "s3://b/k");
  EXPECT_EQ(error.code(), "NoSuchKey");
  EXPECT_EQ(error.message(), "The key <x> & \"y\" does not exist.");
  EXPECT_EQ(error.request_id(), "R");
}

}  // namespace
}  // namespace s3dr::s3
