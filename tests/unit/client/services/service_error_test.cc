#include "client/services/service_error.h"

#include <gtest/gtest.h>

#include <vector>

namespace s3dr::client {
namespace {

Error of(int status, const std::string& body, Headers headers = {}) {
  return error_from_service(status, headers, body, "events:PutRule");
}

TEST(ServiceError, CodesAreBareWhereverTheyStand) {
  EXPECT_EQ(of(400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"m"})").code(),
            "QueueDoesNotExist");
  EXPECT_EQ(of(400, R"({"__type":"ValidationException","Message":"m"})").message(), "m");
  EXPECT_EQ(of(404, R"({"code":"ResourceNotFoundException"})").code(), "ResourceNotFoundException");
  EXPECT_EQ(of(404, "{}", {{"x-amzn-errortype", "a#ResourceNotFoundException:http://x/"}}).code(),
            "ResourceNotFoundException");
  EXPECT_EQ(of(400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>").kind(),
            ErrorKind::throttled);
  // A refusal of SQS names its older code in a header; the newer one in the body counts.
  EXPECT_EQ(of(400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist"})",
               {{"x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender"}})
                .kind(),
            ErrorKind::not_found);
}

TEST(ServiceError, WhateverTheBodyIsTheStatusCounts) {
  const std::vector<std::string> bodies = {"",
                                           "{",
                                           "[1]",
                                           "null",
                                           "{\"__type\":5,\"message\":[]}",
                                           "{\"__type\":\"\"}",
                                           "{\"__type\":\"#\"}",
                                           "{\"__type\":\"a b\\nc\"}",
                                           "{\"__type\":\"" + std::string(5'000, 'x') + "\"}",
                                           std::string(100, '['),
                                           "<",
                                           "<ErrorResponse/>",
                                           "<html>no</html>",
                                           std::string("{\"message\":\"a\\u0000b\"}"),
                                           "\xff\xfe"};
  for (const std::string& body : bodies) {
    const Error refused = of(403, body);
    EXPECT_EQ(refused.kind(), ErrorKind::denied) << body.substr(0, 40);
    EXPECT_EQ(refused.code(), "") << body.substr(0, 40);
    EXPECT_FALSE(refused.message().empty());
    EXPECT_EQ(std::string(refused.what()).find('\n'), std::string::npos);
    EXPECT_EQ(of(500, body).kind(), ErrorKind::unavailable);
    EXPECT_EQ(of(501, body).kind(), ErrorKind::unsupported);
  }
}

TEST(ServiceError, LongMessagesAreCutToOneLine) {
  const Error error = of(400, "{\"__type\":\"X\",\"message\":\"a\\nb" + std::string(9'000, 'y') + "\"}");
  EXPECT_TRUE(error.message().starts_with("a b"));
  EXPECT_EQ(error.message().size(), 1'000u);
}

}  // namespace
}  // namespace s3dr::client
