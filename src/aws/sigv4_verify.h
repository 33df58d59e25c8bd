// Checks Signature Version 4 on an incoming request. parse_auth reads who claims to have sent it; verify says
// whether that is true. The embedded cloud calls both before any routing; in between the caller looks up the
// access key. Pure. What is not understood is refused. Not here: authorisation, body hashes (the caller
// compares the body with `Verified::payload_hash`), chunk signatures (aws/chunked.h).
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/canonical_request.h"
#include "aws/credentials.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/http_message.h"
#include "base/secret.h"

namespace s3dr::aws {

// A failure in the words of S3, with what the error document needs where it applies.
struct AuthFailure {
  std::string code;  // "SignatureDoesNotMatch"
  int status = 403;
  std::string message;
  std::string string_to_sign;                   // SignatureDoesNotMatch
  std::string canonical_request;                // SignatureDoesNotMatch
  std::string region;                           // AuthorizationHeaderMalformed: the right one
  std::vector<std::string> headers_not_signed;  // AccessDenied
  std::optional<Instant> server_time;           // RequestTimeTooSkewed, expired
};

enum class AuthMode { header, query };

// What x-amz-content-sha256 says of the body.
enum class PayloadMode {
  hashed,                 // its sha256: the reader compares
  unsigned_payload,       // nothing
  signed_chunks,          // aws-chunked, every chunk signed
  signed_chunks_trailer,  // the same and a signed trailer
  unsigned_trailer,       // aws-chunked, nothing signed but the headers
};
bool is_chunked(PayloadMode mode);

// The claim of a request. It was read, but nothing of it is proven.
struct ParsedAuth {
  AuthMode mode = AuthMode::header;
  std::string access_key_id;
  std::string date;  // of the scope: eight digits
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  // lower-case, strictly ascending
  std::string signature;
  std::string amz_date;
  Instant signed_at;
  std::chrono::seconds expires{0};  // query mode
  std::string security_token;       // empty when none was sent
};

// nullopt: the request has no authentication. The caller refuses it or treats it as anonymous. Failures: both
// ways at once, SigV2 and other schemes, anything malformed, missing or doubled.
std::expected<std::optional<ParsedAuth>, AuthFailure> parse_auth(const HttpRequest& request);

struct VerifyPolicy {
  std::string region;
  std::vector<std::string> services;  // signing names this listener answers to
  std::chrono::seconds skew_max{15 * 60};
  // For services that do not sign like S3: sha256_hex of the body, which the caller has read. S3 believes the
  // header.
  std::optional<std::string> body_sha256;
  std::optional<PathRule> path_rule;  // the service's own unless set
};

struct Verified {
  std::string access_key_id;
  AuthMode mode = AuthMode::header;
  std::string region;
  std::string service;
  PayloadMode payload = PayloadMode::hashed;
  std::string payload_hash;  // 64 hex digits when `payload` is hashed, else empty
  std::string signature;     // the seed of chunk signatures
  std::string amz_date;
  std::string scope;
  Secret signing_key;
};

// Needs the credentials that belong to `parsed.access_key_id`. (For an unknown key the caller answers
// InvalidAccessKeyId 403.) Checks service, region, dates and age; that host and every x-amz-* header is
// signed; the session token; the payload mode; last the signature, in constant time. `cache` saves the key
// derivation when one caller checks many requests.
std::expected<Verified, AuthFailure> verify(const HttpRequest& request, const ParsedAuth& parsed,
                                            const Credentials& credentials, const VerifyPolicy& policy,
                                            Instant now, SigningKeyCache* cache = nullptr);

// nullopt for a mode we do not know.
std::optional<PayloadMode> parse_payload_mode(std::string_view content_sha256);

}  // namespace s3dr::aws
