#include "aws/sigv4_verify.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace s3dr::aws {
namespace {

using Failure = std::unexpected<AuthFailure>;

AuthFailure failure(std::string_view code, int status, std::string message) {
  AuthFailure result;
  result.code = code;
  result.status = status;
  result.message = std::move(message);
  return result;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<AuthFailure> wrong_scope(const ParsedAuth& parsed, const VerifyPolicy& policy) {
  const bool service_ok = contains(policy.services, parsed.service);
  if (service_ok && parsed.region == policy.region) return std::nullopt;
  std::string why;
  if (!service_ok) {
    why = "incorrect service \"" + parsed.service + "\".";
    if (!policy.services.empty()) why += " This endpoint belongs to \"" + policy.services.front() + "\".";
  } else {
    why = "the region '" + parsed.region + "' is wrong; expecting '" + policy.region + "'";
  }
  AuthFailure result =
      parsed.mode == AuthMode::header
          ? failure("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; " + why)
          : failure("AuthorizationQueryParametersError", 400,
                    "Error parsing the X-Amz-Credential parameter; " + why);
  if (service_ok) result.region = policy.region;
  return result;
}

std::optional<AuthFailure> wrong_time(const ParsedAuth& parsed, const VerifyPolicy& policy, Instant now) {
  AuthFailure result;
  if (parsed.mode == AuthMode::header) {
    if (parsed.signed_at <= now + policy.skew_max && parsed.signed_at >= now - policy.skew_max)
      return std::nullopt;
    result = failure("RequestTimeTooSkewed", 403,
                     "The difference between the request time and the current time is too large.");
  } else if (parsed.signed_at > now + policy.skew_max) {
    result = failure("AccessDenied", 403, "Request is not yet valid");
  } else if (now > parsed.signed_at + parsed.expires) {
    result = failure("AccessDenied", 403, "Request has expired");
  } else {
    return std::nullopt;
  }
  result.server_time = now;
  return result;
}

// Every header that changes what the request means must be covered, and stand there once where it has one
// meaning.
std::optional<AuthFailure> badly_signed_headers(const HttpRequest& request, const ParsedAuth& parsed) {
  AuthFailure not_signed =
      failure("AccessDenied", 403, "There were headers present in the request which were not signed");
  if (!contains(parsed.signed_headers, "host")) not_signed.headers_not_signed.emplace_back("host");
  std::vector<std::string> present;
  for (const Header& field : request.headers) {
    std::string name = lower_case(field.name);
    if (name.starts_with("x-amz-") && !contains(parsed.signed_headers, name) &&
        !contains(not_signed.headers_not_signed, name)) {
      not_signed.headers_not_signed.push_back(name);
    }
    const bool single = name == "host" || name == "x-amz-date" || name == "x-amz-content-sha256" ||
                        name == "x-amz-security-token";
    if (single && contains(present, name)) {
      return failure("InvalidRequest", 400, "The header " + name + " appears more than once.");
    }
    present.push_back(std::move(name));
  }
  if (!not_signed.headers_not_signed.empty()) return not_signed;
  for (const std::string& name : parsed.signed_headers) {
    if (!contains(present, name)) {
      return failure("SignatureDoesNotMatch", 403,
                     "The signed header " + name + " is missing from the request.");
    }
  }
  return std::nullopt;
}

struct Payload {
  PayloadMode mode = PayloadMode::hashed;
  std::string line;  // as it stands in the canonical request
};

std::expected<Payload, AuthFailure> payload_of(const HttpRequest& request, const QueryParameters& query,
                                               const ParsedAuth& parsed, const VerifyPolicy& policy) {
  if (!signs_like_s3(parsed.service)) {
    if (!policy.body_sha256)
      return Failure(failure("InvalidRequest", 400, "The hash of the body is not known."));
    const auto declared = request.headers.get("x-amz-content-sha256");
    if (declared && *declared != *policy.body_sha256) {
      return Failure(failure("XAmzContentSHA256Mismatch", 400,
                             "The provided 'x-amz-content-sha256' header does not match what was computed."));
    }
    return Payload{PayloadMode::hashed, *policy.body_sha256};
  }
  std::optional<std::string_view> declared = request.headers.get("x-amz-content-sha256");
  if (parsed.mode == AuthMode::query) {
    for (const auto& [name, value] : query) {
      if (name != "X-Amz-Content-Sha256") continue;
      if (declared && *declared != value) {
        return Failure(failure("InvalidRequest", 400, "X-Amz-Content-Sha256 is given twice and differs."));
      }
      declared = value;
    }
    if (!declared) declared = unsigned_payload;
  }
  if (!declared) {
    return Failure(failure("MissingSecurityHeader", 400,
                           "Missing required header for this request: x-amz-content-sha256"));
  }
  const auto mode = parse_payload_mode(*declared);
  if (!mode || (parsed.mode == AuthMode::query && is_chunked(*mode))) {
    return Failure(
        failure("InvalidArgument", 400,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a "
                "valid sha256 value."));
  }
  return Payload{*mode, std::string(*declared)};
}

}  // namespace

std::expected<Verified, AuthFailure> verify(const HttpRequest& request, const ParsedAuth& parsed,
                                            const Credentials& credentials, const VerifyPolicy& policy,
                                            Instant now, SigningKeyCache* cache) {
  if (parsed.access_key_id != credentials.access_key_id || credentials.secret_access_key.empty()) {
    return Failure(failure("InvalidAccessKeyId", 403,
                           "The AWS Access Key Id you provided does not exist in our records."));
  }
  if (auto wrong = wrong_scope(parsed, policy)) return Failure(std::move(*wrong));
  if (auto wrong = wrong_time(parsed, policy, now)) return Failure(std::move(*wrong));
  if (auto wrong = badly_signed_headers(request, parsed)) return Failure(std::move(*wrong));
  if (!constant_time_equal(parsed.security_token, credentials.session_token.reveal())) {
    return Failure(failure("InvalidToken", 400, "The provided token is malformed or otherwise invalid."));
  }

  const TargetParts parts = split_target(request.target);
  const auto path = canonical_path(parts.path, policy.path_rule.value_or(path_rule_of(parsed.service)));
  const auto query = parse_query(parts.query);
  if (!path || !query) return Failure(failure("InvalidURI", 400, "Couldn't parse the specified URI."));
  auto payload = payload_of(request, *query, parsed, policy);
  if (!payload) return Failure(std::move(payload.error()));

  Verified result;
  result.scope = scope_text(parsed.date, parsed.region, parsed.service);
  const Secret& secret = credentials.secret_access_key;
  result.signing_key = cache != nullptr
                           ? cache->key(secret, parsed.date, parsed.region, parsed.service)
                           : derive_signing_key(secret, parsed.date, parsed.region, parsed.service);
  const std::string_view left_out = parsed.mode == AuthMode::query ? "X-Amz-Signature" : "";
  std::string canonical = canonical_request(request.method, *path, canonical_query(*query, left_out),
                                            request.headers, parsed.signed_headers, payload->line);
  std::string to_sign = string_to_sign(parsed.amz_date, result.scope, canonical);
  if (!constant_time_equal(signature_of(result.signing_key, to_sign), parsed.signature)) {
    AuthFailure mismatch =
        failure("SignatureDoesNotMatch", 403,
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.");
    mismatch.string_to_sign = std::move(to_sign);
    mismatch.canonical_request = std::move(canonical);
    return Failure(std::move(mismatch));
  }
  result.access_key_id = parsed.access_key_id;
  result.mode = parsed.mode;
  result.region = parsed.region;
  result.service = parsed.service;
  result.payload = payload->mode;
  if (payload->mode == PayloadMode::hashed) result.payload_hash = std::move(payload->line);
  result.signature = parsed.signature;
  result.amz_date = parsed.amz_date;
  return result;
}

}  // namespace s3dr::aws
