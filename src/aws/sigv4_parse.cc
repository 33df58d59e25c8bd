// Reads who claims to have sent a request: the Authorization header or the X-Amz-* parameters, into a
// ParsedAuth.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "aws/sigv4.h"
#include "aws/sigv4_verify.h"
#include "base/date_header.h"
#include "base/encoding.h"

namespace s3dr::aws {
namespace {

using Failure = std::unexpected<AuthFailure>;

Failure fail(std::string_view code, int status, std::string message) {
  AuthFailure failure;
  failure.code = code;
  failure.status = status;
  failure.message = std::move(message);
  return Failure(std::move(failure));
}

Failure malformed_header(std::string_view why) {
  return fail("AuthorizationHeaderMalformed", 400,
              "The authorization header is malformed; " + std::string(why));
}

Failure bad_parameters(std::string message) {
  return fail("AuthorizationQueryParametersError", 400, std::move(message));
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "AKID/20260801/eu-west-1/s3/aws4_request", read from the right: access keys of some stores hold slashes.
bool parse_credential(std::string_view text, ParsedAuth& into) {
  std::array<std::string_view, 4> tail;  // date, region, service, terminator
  for (std::size_t i = tail.size(); i-- > 0;) {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos) return false;
    tail[i] = text.substr(slash + 1);
    text = text.substr(0, slash);
  }
  const bool digits = tail[0].size() == 8 && std::all_of(tail[0].begin(), tail[0].end(),
                                                         [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || !digits || tail[1].empty() || tail[2].empty() || tail[3] != "aws4_request")
    return false;
  into.access_key_id = text;
  into.date = tail[0];
  into.region = tail[1];
  into.service = tail[2];
  return true;
}

// Lower-case, strictly ascending names: then no name is there twice and the list is its own canonical form.
bool parse_signed_headers(std::string_view text, ParsedAuth& into) {
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    std::string name(text.substr(at, end - at));
    if (name.empty() || name != lower_case(name)) return false;
    if (!into.signed_headers.empty() && into.signed_headers.back() >= name) return false;
    into.signed_headers.push_back(std::move(name));
    at = end + 1;
  }
  return true;
}

// The time of a header-signed request: x-amz-date, or `Date` (base/date_header.h) when that is missing.
std::expected<void, AuthFailure> read_time(const HttpRequest& request, ParsedAuth& into) {
  if (const auto text = request.headers.get("x-amz-date")) {
    const auto instant = from_amz_date(*text);
    if (!instant)
      return fail("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header");
    into.amz_date = *text;
    into.signed_at = *instant;
    return {};
  }
  const auto text = request.headers.get("date");
  if (!text)
    return fail("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header");
  const auto instant = from_date_header(*text);
  const auto& names = into.signed_headers;
  if (!instant || std::find(names.begin(), names.end(), "date") == names.end()) {
    return fail("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header");
  }
  into.amz_date = to_amz_date(*instant);
  into.signed_at = *instant;
  return {};
}

std::expected<ParsedAuth, AuthFailure> parse_header(const HttpRequest& request, std::string_view text) {
  if (!text.starts_with("AWS4-HMAC-SHA256 ")) {
    // "AWS" is version 2, which is known and no longer taken.
    if (!text.starts_with("AWS ")) return fail("InvalidArgument", 400, "Unsupported Authorization Type");
    return fail(
        "InvalidRequest", 400,
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  }
  text.remove_prefix(sigv4_algorithm.size() + 1);
  ParsedAuth parsed;
  std::optional<std::string_view> credential;
  std::optional<std::string_view> signed_headers;
  std::optional<std::string_view> signature;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view piece = trimmed(text.substr(at, end - at));
    at = end + 1;
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos)
      return malformed_header("a component is not written as name=value.");
    const std::string_view name = piece.substr(0, equals);
    auto* slot = name == "Credential"      ? &credential
                 : name == "SignedHeaders" ? &signed_headers
                 : name == "Signature"     ? &signature
                                           : nullptr;
    if (slot == nullptr) return malformed_header("it has an unknown component.");
    if (slot->has_value()) return malformed_header("a component appears twice.");
    *slot = piece.substr(equals + 1);
  }
  if (!credential) return malformed_header("the Credential component is missing.");
  if (!signed_headers) return malformed_header("the SignedHeaders component is missing.");
  if (!signature || signature->empty()) return malformed_header("the Signature component is missing.");
  if (!parse_credential(*credential, parsed)) {
    return malformed_header(
        "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  if (!parse_signed_headers(*signed_headers, parsed)) {
    return malformed_header("SignedHeaders must be lower-case names in ascending order.");
  }
  parsed.signature = *signature;
  parsed.security_token = request.headers.get_or("x-amz-security-token", "");
  if (auto read = read_time(request, parsed); !read) return Failure(std::move(read.error()));
  if (parsed.date != std::string_view(parsed.amz_date).substr(0, 8)) {
    return malformed_header("the date of the Credential is not that of the request.");
  }
  return parsed;
}

std::expected<ParsedAuth, AuthFailure> parse_parameters(const QueryParameters& query) {
  const auto count = [&](std::string_view name) {
    return std::count_if(query.begin(), query.end(),
                         [&](const auto& parameter) { return parameter.name == name; });
  };
  const auto value = [&](std::string_view name) -> std::string_view {
    for (const auto& parameter : query) {
      if (parameter.name == name) return parameter.value;
    }
    return {};
  };
  for (const std::string_view name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date",
                                      "X-Amz-SignedHeaders", "X-Amz-Expires"}) {
    if (count(name) != 1) {
      return bad_parameters(
          "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
          "X-Amz-Signature, "
          "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
    }
  }
  if (count("X-Amz-Security-Token") > 1) return bad_parameters("X-Amz-Security-Token must appear once");
  if (value("X-Amz-Algorithm") != sigv4_algorithm) {
    return bad_parameters("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  ParsedAuth parsed;
  parsed.mode = AuthMode::query;
  if (!parse_credential(value("X-Amz-Credential"), parsed)) {
    return bad_parameters(
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
        "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  if (!parse_signed_headers(value("X-Amz-SignedHeaders"), parsed)) {
    return bad_parameters("X-Amz-SignedHeaders must be lower-case names in ascending order");
  }
  const auto instant = from_amz_date(value("X-Amz-Date"));
  if (!instant)
    return bad_parameters("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  parsed.amz_date = value("X-Amz-Date");
  parsed.signed_at = *instant;
  if (parsed.date != std::string_view(parsed.amz_date).substr(0, 8)) {
    return bad_parameters(
        "Error parsing the X-Amz-Credential parameter; its date is not that of X-Amz-Date.");
  }
  const std::string_view expires = value("X-Amz-Expires");
  long long seconds = 0;
  const auto [end, error] = std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
  if (error == std::errc::result_out_of_range)
    seconds = presign_expires_max.count() + 1;
  else if (error != std::errc() || end != expires.data() + expires.size()) {
    return bad_parameters("X-Amz-Expires should be a number");
  }
  if (seconds < 1) return bad_parameters("X-Amz-Expires must be at least 1 second");
  if (seconds > presign_expires_max.count()) {
    return bad_parameters(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must "
        "be less than 604800 seconds");
  }
  parsed.expires = std::chrono::seconds(seconds);
  parsed.signature = value("X-Amz-Signature");
  parsed.security_token = value("X-Amz-Security-Token");
  return parsed;
}

}  // namespace

bool is_chunked(PayloadMode mode) {
  return mode == PayloadMode::signed_chunks || mode == PayloadMode::signed_chunks_trailer ||
         mode == PayloadMode::unsigned_trailer;
}

std::optional<PayloadMode> parse_payload_mode(std::string_view content_sha256) {
  if (content_sha256 == unsigned_payload) return PayloadMode::unsigned_payload;
  if (content_sha256 == streaming_signed) return PayloadMode::signed_chunks;
  if (content_sha256 == streaming_signed_trailer) return PayloadMode::signed_chunks_trailer;
  if (content_sha256 == streaming_unsigned_trailer) return PayloadMode::unsigned_trailer;
  const bool hex = content_sha256.size() == 64 &&
                   std::all_of(content_sha256.begin(), content_sha256.end(),
                               [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (hex) return PayloadMode::hashed;
  return std::nullopt;
}

std::expected<std::optional<ParsedAuth>, AuthFailure> parse_auth(const HttpRequest& request) {
  const auto query = parse_query(split_target(request.target).query);
  if (!query) return fail("InvalidURI", 400, "Couldn't parse the specified URI.");
  bool v4_parameters = false;
  bool v2_parameters = false;
  for (const auto& [name, value] : *query) {
    v4_parameters |= name == "X-Amz-Algorithm" || name == "X-Amz-Credential" || name == "X-Amz-Signature";
    v2_parameters |= name == "AWSAccessKeyId" || name == "Signature";
  }
  std::optional<std::string_view> authorization;
  for (const Header& field : request.headers) {
    if (!equals_ignoring_case(field.name, "authorization")) continue;
    if (authorization) return fail("InvalidRequest", 400, "There is more than one Authorization header.");
    authorization = field.value;
  }
  if (static_cast<int>(v4_parameters) + static_cast<int>(v2_parameters) +
          static_cast<int>(authorization.has_value()) >
      1) {
    return fail(
        "InvalidArgument", 400,
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
        "parameter or the Authorization header should be specified");
  }
  if (v2_parameters) {
    return fail(
        "InvalidRequest", 400,
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  }
  if (!authorization && !v4_parameters) return std::nullopt;
  auto parsed = authorization ? parse_header(request, *authorization) : parse_parameters(*query);
  if (!parsed) return Failure(std::move(parsed.error()));
  return std::move(*parsed);
}

}  // namespace s3dr::aws
