// A client of eu-west-1 on a scripted transport, with a clock moved by hand and no delays between attempts.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "aws/sigv4_verify.h"
#include "base/random.h"
#include "client/s3/s3_client.h"
#include "support/manual_clock.h"
#include "support/run_task.h"
#include "support/scripted_transport.h"

namespace s3dr::client {

inline const char* const canary_secret = "canary-secret-4f1d";
inline const char* const canary_token = "canary-token-88ab";

class CountingCredentials : public CredentialsProvider {
 public:
  Task<aws::Credentials> get() override {
    ++asked;
    co_return aws::Credentials{"AKIDEXAMPLE", Secret(canary_secret), Secret(canary_token)};
  }
  bool renew() override {
    ++renewed;
    return true;
  }
  int asked = 0;
  int renewed = 0;
};

class ClientTest : public testing::Test {
 protected:
  static S3ClientOptions default_options() {
    S3ClientOptions options;
    options.region = s3::Region::parse("eu-west-1");
    options.retry.attempts_max = 4;
    options.retry.delay_base = milliseconds(0);
    return options;
  }

  // Path style at two endpoints of a private store.
  static S3ClientOptions custom_options() {
    S3ClientOptions options = default_options();
    options.endpoints =
        EndpointMap::parse("eu-west-1=http://127.0.0.1:9101,eu-central-1=http://127.0.0.1:9102");
    return options;
  }

  S3Client& client(S3ClientOptions options = default_options()) {
    client_ = std::make_unique<S3Client>(transport, clock, *random, credentials, std::move(options));
    return *client_;
  }

  template <class T>
  T run(Task<T> task) {
    return test::run(context, std::move(task));
  }

  // The error that a task ends with.
  template <class T>
  Error error_of(Task<T> task) {
    try {
      static_cast<void>(test::run(context, std::move(task)));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error was raised";
    return Error(ErrorKind::invalid, "none");
  }

  // The request as the service would check it: signature, scope and age. `body_sha256`: of its body; S3 takes it from
  // the request's header.
  void expect_signed(const test::SentRequest& sent, std::string region, Instant now,
                     std::string service = "s3", std::optional<std::string> body_sha256 = std::nullopt) {
    HttpRequest request;
    request.method = sent.method;
    request.target = sent.target;
    request.headers = sent.headers;
    const auto parsed = aws::parse_auth(request);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    ASSERT_TRUE(parsed->has_value()) << "not signed";
    aws::VerifyPolicy policy;
    policy.region = std::move(region);
    policy.services = {std::move(service)};
    policy.body_sha256 = std::move(body_sha256);
    const aws::Credentials keys{"AKIDEXAMPLE", Secret(canary_secret), Secret(canary_token)};
    const auto verified = aws::verify(request, **parsed, keys, policy, now);
    EXPECT_TRUE(verified.has_value()) << verified.error().code << ": " << verified.error().message;
  }

  static std::string error_xml(const std::string& code, const std::string& more = "") {
    return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>told so</Message>" + more +
           "<RequestId>4F2A</RequestId></Error>";
  }

  const s3::BucketName bucket = s3::BucketName::parse("harbor-ledger");
  const s3::AccountId account = s3::AccountId::parse("111122223333");

  boost::asio::io_context context;
  test::ManualClock clock;
  std::unique_ptr<Random> random = make_seeded_random(7);
  CountingCredentials credentials;
  test::ScriptedTransport transport;

 private:
  std::unique_ptr<S3Client> client_;
};

}  // namespace s3dr::client
