// The 38 public cases, signed in the header and in the query, both directions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "aws/hash.h"
#include "aws/sigv4_verify.h"
#include "unit/aws/sigv4_vectors.h"

namespace s3dr::aws::testing {
namespace {

using std::chrono::seconds;

class SigV4Vectors : public ::testing::TestWithParam<VectorCase> {
 protected:
  static HttpRequest unsigned_request() {
    HttpRequest request = parse_request(GetParam().files.at("request.txt"));
    return request;
  }
  static std::string payload_hash(const HttpRequest& request) { return sha256_hex(request.body.text()); }
  static VerifyPolicy policy(const HttpRequest& request) {
    VerifyPolicy result;
    result.region = "us-east-1";
    result.services = {"service"};
    result.body_sha256 = payload_hash(request);
    result.path_rule = GetParam().rule();
    return result;
  }
  static std::expected<Verified, AuthFailure> check(const HttpRequest& request,
                                                    const Credentials& credentials) {
    auto parsed = parse_auth(request);
    if (!parsed) return std::unexpected(parsed.error());
    if (!parsed->has_value()) return std::unexpected(AuthFailure());
    return verify(request, **parsed, credentials, policy(request), GetParam().time());
  }
};

// What changes the meaning of a request must change the verdict: one letter at a time, everywhere it can be
// put.
std::vector<HttpRequest> tampered(const std::string& text) {
  std::vector<HttpRequest> changed;
  const std::size_t end = std::min(text.find("\n\n"), text.size());
  for (std::size_t i = 0; i < end; ++i) {
    const char c = text[i];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain) continue;
    if (i >= 2 && (text[i - 1] == '%' || text[i - 2] == '%')) continue;  // an escape: digits only
    std::string copy = text;
    copy[i] = c == 'q' ? 'z' : c == '9' ? '3' : c >= 'a' ? 'q' : '9';
    if (copy.substr(0, copy.find('\n')).find(" HTTP/1.1") == std::string::npos) continue;
    changed.push_back(parse_request(copy));
  }
  return changed;
}

TEST_P(SigV4Vectors, HeaderSigning) {
  const VectorCase& vector = GetParam();
  HttpRequest request = unsigned_request();
  if (vector.context("sign_body") == "true") {
    request.headers.add("x-amz-content-sha256", payload_hash(request));
  }
  Credentials credentials = vector.credentials();
  if (vector.omits_token()) credentials.session_token = Secret();
  const SignedRequest made = sign_header(request, credentials, vector.scope(), vector.time(),
                                         payload_hash(request), vector.rule(), nullptr);
  // The suite's "omit" flag adds the token after signing; that is done here by hand.
  if (vector.omits_token()) request.headers.add("X-Amz-Security-Token", vector.context("token"));
  EXPECT_EQ(made.canonical_request, vector.files.at("header-canonical-request.txt"));
  EXPECT_EQ(made.string_to_sign, vector.files.at("header-string-to-sign.txt"));
  EXPECT_EQ(made.signature, vector.files.at("header-signature.txt"));
  const HttpRequest expected = parse_request(vector.files.at("header-signed-request.txt"));
  EXPECT_EQ(request.target, expected.target);
  EXPECT_EQ(sorted_fields(request.headers), sorted_fields(expected.headers));
}

TEST_P(SigV4Vectors, QuerySigning) {
  const VectorCase& vector = GetParam();
  const HttpRequest request = unsigned_request();
  Credentials credentials = vector.credentials();
  if (vector.omits_token()) credentials.session_token = Secret();
  const PresignedRequest made = presign(request, credentials, vector.scope(), vector.time(),
                                        seconds(std::stoi(vector.context("expiration_in_seconds"))),
                                        payload_hash(request), vector.rule());
  EXPECT_EQ(made.details.canonical_request, vector.files.at("query-canonical-request.txt"));
  EXPECT_EQ(made.details.string_to_sign, vector.files.at("query-string-to-sign.txt"));
  EXPECT_EQ(made.details.signature, vector.files.at("query-signature.txt"));
  if (!vector.omits_token()) {
    EXPECT_EQ(made.target, parse_request(vector.files.at("query-signed-request.txt")).target);
  }
}

TEST_P(SigV4Vectors, HeaderVerified) {
  const VectorCase& vector = GetParam();
  HttpRequest request = parse_request(vector.files.at("header-signed-request.txt"));
  Credentials credentials = vector.credentials();
  if (vector.omits_token()) {
    // A token that is not signed could be swapped on the way: refused, unlike in the suite's permissive
    // service.
    const auto with_token = check(request, credentials);
    ASSERT_FALSE(with_token.has_value());
    EXPECT_EQ(with_token.error().code, "AccessDenied");
    EXPECT_THAT(with_token.error().headers_not_signed, ::testing::ElementsAre("x-amz-security-token"));
    request.headers.remove("x-amz-security-token");
    credentials.session_token = Secret();
  }
  const auto verified = check(request, credentials);
  ASSERT_TRUE(verified.has_value()) << verified.error().code << "\n" << verified.error().canonical_request;
  EXPECT_EQ(verified->signature, vector.files.at("header-signature.txt"));
  EXPECT_EQ(verified->payload, PayloadMode::hashed);

  HttpRequest other_body = parse_request(vector.files.at("header-signed-request.txt"));
  other_body.body = std::string("another body");
  EXPECT_FALSE(check(other_body, credentials).has_value());
  Credentials other_secret = credentials;
  other_secret.secret_access_key = Secret("another secret");
  EXPECT_FALSE(check(request, other_secret).has_value());
}

TEST_P(SigV4Vectors, QueryVerified) {
  const VectorCase& vector = GetParam();
  HttpRequest request = parse_request(vector.files.at("query-signed-request.txt"));
  Credentials credentials = vector.credentials();
  if (vector.omits_token()) {
    EXPECT_FALSE(check(request, credentials).has_value());
    const std::size_t token = request.target.find("&X-Amz-Security-Token=");
    request.target.erase(token, request.target.find('&', token + 1) - token);
    credentials.session_token = Secret();
  }
  const auto verified = check(request, credentials);
  ASSERT_TRUE(verified.has_value()) << verified.error().code << "\n" << verified.error().canonical_request;
  EXPECT_EQ(verified->signature, vector.files.at("query-signature.txt"));
}

TEST_P(SigV4Vectors, AnyChangedLetterIsRefused) {
  for (const char* file : {"header-signed-request.txt", "query-signed-request.txt"}) {
    std::string text = GetParam().files.at(file);
    const HttpRequest original = parse_request(text);
    const std::string original_path(split_target(original.target).path);
    int refused = 0;
    for (const HttpRequest& request : tampered(text)) {
      // A segment that ".." takes away again is no part of what is asked for.
      const bool dropped =
          GetParam().rule() == PathRule::normalised && request.target.find("/..") != std::string::npos;
      if (dropped && canonical_path(split_target(request.target).path, PathRule::normalised) == "/" &&
          split_target(request.target).path != original_path) {
        continue;
      }
      const auto verdict = check(request, GetParam().credentials());
      EXPECT_FALSE(verdict.has_value()) << file << " " << request.target;
      ++refused;
    }
    EXPECT_GT(refused, 100);
  }
}

INSTANTIATE_TEST_SUITE_P(All, SigV4Vectors, ::testing::ValuesIn(load_vectors()), [](const auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(SigV4VectorFile, HasAllCases) {
  EXPECT_EQ(load_vectors().size(), 38U);
}

}  // namespace
}  // namespace s3dr::aws::testing
