// Signs requests with AWS Signature Version 4: in the Authorization header, or in the query (presigned).
// Pure: the time is an argument. No SigV4A, no SigV2.
// client/ signs every attempt anew with it. aws/sigv4_verify.h checks signatures. For streamed uploads
// aws/chunked.h continues from the signature made here.
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <string_view>

#include "aws/canonical_request.h"
#include "aws/credentials.h"
#include "base/clock.h"
#include "base/http_message.h"
#include "base/secret.h"

namespace s3dr::aws {

inline constexpr std::string_view sigv4_algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view streaming_signed = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
inline constexpr std::string_view streaming_signed_trailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
inline constexpr std::string_view streaming_unsigned_trailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

inline constexpr std::chrono::seconds presign_expires_max{604'800};  // a week

struct SigningScope {
  std::string region;
  std::string service;  // the signing name: "s3" for S3 and S3 Control
};

// "20260801/eu-west-1/s3/aws4_request"; `date` is eight digits.
std::string scope_text(std::string_view date, std::string_view region, std::string_view service);

Secret derive_signing_key(const Secret& secret_access_key, std::string_view date, std::string_view region,
                          std::string_view service);

// Keeps the last few signing keys: a key is valid for a day and costs five HMACs. Not for use from two
// threads at the same time.
class SigningKeyCache {
 public:
  explicit SigningKeyCache(std::size_t entries_max = 32) : entries_max_(entries_max) {}
  const Secret& key(const Secret& secret_access_key, std::string_view date, std::string_view region,
                    std::string_view service);

 private:
  struct Entry {
    std::string digest;  // of the secret; the secret itself is not kept here
    std::string scope;
    Secret key;
  };
  std::size_t entries_max_;
  std::deque<Entry> entries_;
};

std::string string_to_sign(std::string_view amz_date, std::string_view scope,
                           std::string_view canonical_request);
std::string signature_of(const Secret& signing_key, std::string_view string_to_sign);  // 64 hex digits

// What was signed, for chunk signatures, logs of a mismatch and tests.
struct SignedRequest {
  std::string signature;  // the seed of the first chunk's signature
  std::string amz_date;
  std::string scope;
  std::string canonical_request;
  std::string string_to_sign;
  Secret signing_key;
};

// Adds x-amz-date, x-amz-security-token, x-amz-content-sha256 (only for services that sign like S3) and
// Authorization. It replaces those of an earlier attempt. `Host` must already be there as it will be sent.
// `payload_hash` is sha256_hex of the body; for S3 it may be one of the words above. Pass `rule` only for a
// service that does not normalise the path. Raises invalid: no Host field or two of them, a broken escape in
// the target.
SignedRequest sign_header(HttpRequest& request, const Credentials& credentials, const SigningScope& scope,
                          Instant now, std::string_view payload_hash, SigningKeyCache* cache = nullptr);
SignedRequest sign_header(HttpRequest& request, const Credentials& credentials, const SigningScope& scope,
                          Instant now, std::string_view payload_hash, PathRule rule, SigningKeyCache* cache);

struct PresignedRequest {
  std::string target;  // to be sent with the request's method and signed headers
  SignedRequest details;
};

// Signs in the query. Every signable header of the request is signed. So a URL that is handed to others
// should have only `Host`. Raises invalid: expiry outside 1 s to a week, Host missing, an X-Amz-Signature
// already in the target.
PresignedRequest presign(const HttpRequest& request, const Credentials& credentials,
                         const SigningScope& scope, Instant now, std::chrono::seconds expires,
                         std::string_view payload_hash = unsigned_payload);
PresignedRequest presign(const HttpRequest& request, const Credentials& credentials,
                         const SigningScope& scope, Instant now, std::chrono::seconds expires,
                         std::string_view payload_hash, PathRule rule);

}  // namespace s3dr::aws
