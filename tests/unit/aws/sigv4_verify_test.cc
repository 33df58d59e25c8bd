// What the verifier refuses, and in which words.
#include "aws/sigv4_verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/hash.h"
#include "aws/sigv4.h"
#include "base/encoding.h"

namespace s3dr::aws {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Instant now = from_amz_date("20260801T101500Z").value();

Credentials keys() {
  return {"AKIDEXAMPLE", Secret("a secret"), Secret()};
}

VerifyPolicy policy() {
  VerifyPolicy result;
  result.region = "eu-west-1";
  result.services = {"s3"};
  return result;
}

HttpRequest plain() {
  HttpRequest request;
  request.method = "PUT";
  request.target = "/harbor-ledger/a%20key";
  request.headers.add("Host", "localhost:9101");
  return request;
}

HttpRequest signed_request(SigningScope scope = {"eu-west-1", "s3"},
                           std::string_view payload = empty_sha256_hex) {
  HttpRequest request = plain();
  sign_header(request, keys(), scope, now, payload);
  return request;
}

HttpRequest presigned_request(seconds expires = seconds(600), SigningScope scope = {"eu-west-1", "s3"}) {
  HttpRequest request = plain();
  request.target = presign(request, keys(), scope, now, expires).target;
  return request;
}

struct Verdict {
  std::string code;
  AuthFailure failure;
  Verified verified;
};

Verdict judge(const HttpRequest& request, Instant at = now, const Credentials& credentials = keys(),
              const VerifyPolicy& rules = policy()) {
  const auto parsed = parse_auth(request);
  if (!parsed) return {parsed.error().code, parsed.error(), {}};
  if (!*parsed) return {"anonymous", {}, {}};
  auto verified = verify(request, **parsed, credentials, rules, at);
  if (!verified) return {verified.error().code, verified.error(), {}};
  return {"ok", {}, std::move(*verified)};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

HttpRequest with_authorization(const std::string& from, const std::string& to) {
  HttpRequest request = signed_request();
  request.headers.set("Authorization",
                      replaced(std::string(request.headers.get_or("authorization", "")), from, to));
  return request;
}

HttpRequest with_target(const std::string& from, const std::string& to) {
  HttpRequest request = presigned_request();
  request.target = replaced(request.target, from, to);
  return request;
}

TEST(Verify, AcceptsWhatTheSignerMade) {
  EXPECT_EQ(judge(signed_request()).code, "ok");
  EXPECT_EQ(judge(presigned_request()).code, "ok");
  EXPECT_EQ(judge(presigned_request()).verified.payload, PayloadMode::unsigned_payload);
}

TEST(Verify, NoAuthenticationIsAnonymousNotAnError) {
  EXPECT_EQ(judge(plain()).code, "anonymous");
}

TEST(Verify, BothWaysAtOnceAreRefused) {
  HttpRequest request = presigned_request();
  request.headers.add("Authorization", std::string(signed_request().headers.get_or("authorization", "")));
  const Verdict verdict = judge(request);
  EXPECT_EQ(verdict.code, "InvalidArgument");
  EXPECT_EQ(verdict.failure.status, 400);
}

TEST(Verify, OtherSchemesAreRefused) {
  const auto code_of = [](const char* text) {
    HttpRequest request = plain();
    request.headers.add("Authorization", text);
    return judge(request).code;
  };
  EXPECT_EQ(code_of("AWS AKID:c2lnbmF0dXJl"), "InvalidRequest") << "version 2 is known";
  for (const char* text : {"Basic YTpi", "Bearer x", "AWS4-ECDSA-P256-SHA256 Credential=a", "",
                           "AWS4-HMAC-SHA256", "AWS2-HMAC-SHA1 Credential=a"})
    EXPECT_EQ(code_of(text), "InvalidArgument") << text;
  HttpRequest request = plain();
  request.target += "?AWSAccessKeyId=A&Signature=x&Expires=1";
  EXPECT_EQ(judge(request).code, "InvalidRequest");
}

TEST(Verify, MalformedHeaders) {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"Credential=", "Credential"},
                                                        {"Credential=AKIDEXAMPLE/", "Credential="},
                                                        {"aws4_request", "aws5_request"},
                                                        {"20260801", "2026081"},
                                                        {"SignedHeaders=host;", "SignedHeaders=Host;"},
                                                        {"SignedHeaders=host;", "SignedHeaders=host;host;"},
                                                        {"SignedHeaders=host;", "SignedHeaders=x-z;host;"},
                                                        {"SignedHeaders=", "SignedHeaders=;"},
                                                        {"SignedHeaders=", "Signed="},
                                                        {", Signature=", ", Signature=a, Signature="},
                                                        {", Signature=", ", Sig="},
                                                        {"20260801/", "20260802/"}}) {
    EXPECT_EQ(judge(with_authorization(from, to)).code, "AuthorizationHeaderMalformed")
        << from << " -> " << to;
  }
}

TEST(Verify, WrongRegionNamesTheRightOne) {
  const Verdict header = judge(signed_request({"us-east-1", "s3"}));
  EXPECT_EQ(header.code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(header.failure.status, 400);
  EXPECT_EQ(header.failure.region, "eu-west-1");
  const Verdict query = judge(presigned_request(seconds(60), {"us-east-1", "s3"}));
  EXPECT_EQ(query.code, "AuthorizationQueryParametersError");
  EXPECT_EQ(query.failure.region, "eu-west-1");
}

TEST(Verify, AnotherServiceIsRefused) {
  EXPECT_EQ(judge(signed_request({"eu-west-1", "sns"})).code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(judge(signed_request({"eu-west-1", "s3dr-replication"})).code, "AuthorizationHeaderMalformed");
  VerifyPolicy internal = policy();
  internal.services = {"s3dr-replication"};
  EXPECT_EQ(judge(signed_request({"eu-west-1", "s3dr-replication"}), now, keys(), internal).code, "ok");
  EXPECT_EQ(judge(signed_request(), now, keys(), internal).code, "AuthorizationHeaderMalformed");
  internal.services = {};
  EXPECT_EQ(judge(signed_request(), now, keys(), internal).code, "AuthorizationHeaderMalformed");
}

TEST(Verify, AgeIsFifteenMinutesEitherWay) {
  EXPECT_EQ(judge(signed_request(), now + minutes(15)).code, "ok");
  EXPECT_EQ(judge(signed_request(), now - minutes(15)).code, "ok");
  for (const Instant at : {now + minutes(15) + seconds(1), now - minutes(15) - seconds(1)}) {
    const Verdict verdict = judge(signed_request(), at);
    EXPECT_EQ(verdict.code, "RequestTimeTooSkewed");
    EXPECT_EQ(verdict.failure.status, 403);
    EXPECT_EQ(verdict.failure.server_time, at);
  }
}

TEST(Verify, PresignedLifetime) {
  EXPECT_EQ(judge(presigned_request(seconds(604'800)), now + hours(168)).code, "ok");
  const Verdict expired = judge(presigned_request(seconds(600)), now + seconds(601));
  EXPECT_EQ(expired.code, "AccessDenied");
  EXPECT_EQ(expired.failure.message, "Request has expired");
  EXPECT_EQ(judge(presigned_request(), now - minutes(16)).code, "AccessDenied");
  for (const char* bad : {"0", "-1", "604801", "", "1h", "99999999999999999999"}) {
    EXPECT_EQ(judge(with_target("X-Amz-Expires=600", std::string("X-Amz-Expires=") + bad)).code,
              "AuthorizationQueryParametersError")
        << bad;
  }
}

TEST(Verify, QueryParametersMustAllBeThereOnce) {
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders",
                           "X-Amz-Expires", "X-Amz-Signature"}) {
    EXPECT_EQ(judge(with_target(name, "X-Other")).code, "AuthorizationQueryParametersError") << name;
    HttpRequest twice = presigned_request();
    twice.target += std::string("&") + name + "=x";
    EXPECT_EQ(judge(twice).code, "AuthorizationQueryParametersError") << name;
  }
  EXPECT_EQ(judge(with_target("Algorithm=AWS4-HMAC-SHA256", "Algorithm=AWS4-HMAC-SHA1")).code,
            "AuthorizationQueryParametersError");
}

TEST(Verify, HeadersThatWereNotSignedAreRefused) {
  for (const bool in_query : {false, true}) {
    HttpRequest request = in_query ? presigned_request() : signed_request();
    request.headers.add("X-Amz-Meta-Planted", "1");
    const Verdict verdict = judge(request);
    EXPECT_EQ(verdict.code, "AccessDenied");
    EXPECT_THAT(verdict.failure.headers_not_signed, ::testing::ElementsAre("x-amz-meta-planted"));
    request.headers.remove("X-Amz-Meta-Planted");
    request.headers.add("User-Agent", "what a proxy says");
    EXPECT_EQ(judge(request).code, "ok");
  }
  EXPECT_EQ(judge(with_authorization("host;", "")).failure.headers_not_signed,
            std::vector<std::string>{"host"});
  HttpRequest missing = signed_request();
  missing.headers.remove("host");
  EXPECT_EQ(judge(missing).code, "SignatureDoesNotMatch");
}

TEST(Verify, SingleHeadersMustNotBeDoubled) {
  for (const char* name : {"host", "x-amz-date", "x-amz-content-sha256"}) {
    HttpRequest request = signed_request();
    request.headers.add(name, std::string(request.headers.get_or(name, "")));
    EXPECT_EQ(judge(request).code, "InvalidRequest") << name;
  }
  HttpRequest request = signed_request();
  request.headers.add("Authorization", "AWS4-HMAC-SHA256 x");
  EXPECT_EQ(judge(request).code, "InvalidRequest");
}

TEST(Verify, AMismatchShowsBothTexts) {
  HttpRequest request = signed_request();
  request.target = "/harbor-ledger/another%20key";
  const Verdict verdict = judge(request);
  EXPECT_EQ(verdict.code, "SignatureDoesNotMatch");
  EXPECT_EQ(verdict.failure.status, 403);
  EXPECT_THAT(verdict.failure.canonical_request,
              ::testing::StartsWith("PUT\n/harbor-ledger/another%20key\n\nhost:"));
  EXPECT_THAT(verdict.failure.string_to_sign,
              ::testing::EndsWith(sha256_hex(verdict.failure.canonical_request)));
  request = signed_request();
  request.method = "DELETE";
  EXPECT_EQ(judge(request).code, "SignatureDoesNotMatch");
  request = signed_request();
  request.target += "?versionId=3";
  EXPECT_EQ(judge(request).code, "SignatureDoesNotMatch");
}

TEST(Verify, AnEscapedSlashIsNotASlash) {
  HttpRequest request = plain();
  request.target = "/bucket/a%2Fb";
  sign_header(request, keys(), {"eu-west-1", "s3"}, now, empty_sha256_hex);
  EXPECT_EQ(judge(request).code, "ok");
  request.target = "/bucket/a/b";
  EXPECT_EQ(judge(request).code, "SignatureDoesNotMatch");
}

TEST(Verify, S3PathsAreNotNormalised) {
  for (const char* target : {"/bucket/a//b", "/bucket/./b", "/bucket/../b", "/bucket/b/"}) {
    HttpRequest request = plain();
    request.target = target;
    sign_header(request, keys(), {"eu-west-1", "s3"}, now, empty_sha256_hex);
    EXPECT_EQ(judge(request).code, "ok");
    request.target = "/bucket/b";
    EXPECT_EQ(judge(request).code, "SignatureDoesNotMatch") << target;
  }
}

TEST(Verify, BrokenEscapesAreRefused) {
  for (const char* target : {"/bucket/%", "/bucket/%zz", "/bucket/a?x=%4"}) {
    HttpRequest request = signed_request();
    request.target = target;
    EXPECT_EQ(judge(request).code, "InvalidURI") << target;
  }
}

TEST(Verify, KeysMustBeThoseOfTheClaim) {
  EXPECT_EQ(judge(signed_request(), now, {"OTHER", Secret("a secret"), Secret()}).code, "InvalidAccessKeyId");
  EXPECT_EQ(judge(signed_request(), now, {"AKIDEXAMPLE", Secret(), Secret()}).code, "InvalidAccessKeyId");
  EXPECT_EQ(judge(signed_request(), now, {"AKIDEXAMPLE", Secret("b secret"), Secret()}).code,
            "SignatureDoesNotMatch");
}

TEST(Verify, SessionTokensMustMatch) {
  const Credentials temporary{"AKIDEXAMPLE", Secret("a secret"), Secret("the token")};
  EXPECT_EQ(judge(signed_request(), now, temporary).code, "InvalidToken");
  EXPECT_EQ(judge(presigned_request(), now, temporary).code, "InvalidToken");
  HttpRequest request = plain();
  sign_header(request, temporary, {"eu-west-1", "s3"}, now, empty_sha256_hex);
  EXPECT_EQ(judge(request, now, temporary).code, "ok");
  EXPECT_EQ(judge(request).code, "InvalidToken");
  request = plain();
  request.target = presign(request, temporary, {"eu-west-1", "s3"}, now, seconds(60)).target;
  EXPECT_EQ(judge(request, now, temporary).code, "ok");
  EXPECT_EQ(judge(request).code, "InvalidToken");
}

TEST(Verify, PayloadModes) {
  for (const auto& [word, mode] : std::vector<std::pair<std::string_view, PayloadMode>>{
           {empty_sha256_hex, PayloadMode::hashed},
           {unsigned_payload, PayloadMode::unsigned_payload},
           {streaming_signed, PayloadMode::signed_chunks},
           {streaming_signed_trailer, PayloadMode::signed_chunks_trailer},
           {streaming_unsigned_trailer, PayloadMode::unsigned_trailer}}) {
    const Verdict verdict = judge(signed_request({"eu-west-1", "s3"}, word));
    EXPECT_EQ(verdict.code, "ok") << word;
    EXPECT_EQ(verdict.verified.payload, mode) << word;
    EXPECT_EQ(verdict.verified.payload_hash, mode == PayloadMode::hashed ? word : "");
  }
  for (const char* word :
       {"", "unsigned-payload", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-UNSIGNED",
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "e3b0"}) {
    EXPECT_EQ(judge(signed_request({"eu-west-1", "s3"}, word)).code, "InvalidArgument") << word;
  }
}

TEST(Verify, S3NeedsTheContentHash) {
  HttpRequest request = plain();
  request.headers.add("x-amz-date", to_amz_date(now));
  request.headers.add("Authorization",
                      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260801/eu-west-1/s3/aws4_request, "
                      "SignedHeaders=host;x-amz-date, Signature=00");
  EXPECT_EQ(judge(request).code, "MissingSecurityHeader");
}

TEST(Verify, ChunkedModesNeedTheHeader) {
  HttpRequest request = plain();
  request.headers.add("x-amz-content-sha256", std::string(streaming_signed));
  request.target = presign(request, keys(), {"eu-west-1", "s3"}, now, seconds(60), streaming_signed).target;
  EXPECT_EQ(judge(request).code, "InvalidArgument");
}

TEST(Verify, OtherServicesNeedTheHashOfTheBody) {
  VerifyPolicy rules = policy();
  rules.services = {"events"};
  const HttpRequest request = signed_request({"eu-west-1", "events"}, sha256_hex("{}"));
  EXPECT_EQ(judge(request, now, keys(), rules).code, "InvalidRequest");
  rules.body_sha256 = sha256_hex("{}");
  EXPECT_EQ(judge(request, now, keys(), rules).code, "ok");
  rules.body_sha256 = sha256_hex("[]");
  EXPECT_EQ(judge(request, now, keys(), rules).code, "SignatureDoesNotMatch");
}

TEST(Verify, TheDateHeaderDoesWhenItIsSigned) {
  HttpRequest request = signed_request();
  request.headers.remove("x-amz-date");
  EXPECT_EQ(judge(request).code, "AccessDenied");
  request.headers.add("Date", to_http_date(now));
  EXPECT_EQ(judge(request).code, "AccessDenied");
}

TEST(Verify, TheCacheGivesTheSameKeys) {
  SigningKeyCache cache(2);
  const HttpRequest request = signed_request();
  const auto parsed = parse_auth(request);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(verify(request, **parsed, keys(), policy(), now, &cache).has_value());
    const Credentials other{"AKIDEXAMPLE", Secret("other" + std::to_string(i)), Secret()};
    EXPECT_FALSE(verify(request, **parsed, other, policy(), now, &cache).has_value());
    const Credentials third{"AKIDEXAMPLE", Secret("third" + std::to_string(i)), Secret()};
    EXPECT_FALSE(verify(request, **parsed, third, policy(), now, &cache).has_value());
  }
}

TEST(Sign, RefusesWhatCannotBeSigned) {
  HttpRequest request;
  request.method = "GET";
  request.target = "/";
  EXPECT_ANY_THROW(sign_header(request, keys(), {"eu-west-1", "s3"}, now, empty_sha256_hex));
  request.headers.add("Host", "a");
  EXPECT_ANY_THROW(presign(request, keys(), {"eu-west-1", "s3"}, now, seconds(0)));
  EXPECT_ANY_THROW(presign(request, keys(), {"eu-west-1", "s3"}, now, seconds(604'801)));
  request.target = "/%";
  EXPECT_ANY_THROW(sign_header(request, keys(), {"eu-west-1", "s3"}, now, empty_sha256_hex));
}

TEST(Sign, ASecondAttemptReplacesTheFirst) {
  HttpRequest request = signed_request();
  const std::size_t fields = request.headers.size();
  sign_header(request, keys(), {"eu-west-1", "s3"}, now + hours(1), empty_sha256_hex);
  EXPECT_EQ(request.headers.size(), fields);
  EXPECT_EQ(judge(request, now + hours(1)).code, "ok");
}

}  // namespace
}  // namespace s3dr::aws
