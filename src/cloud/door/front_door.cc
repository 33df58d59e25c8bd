#include "cloud/door/front_door.h"

#include <array>
#include <optional>

#include "aws/sigv4_verify.h"
#include "base/encoding.h"
#include "cloud/door/document_body.h"
#include "cloud/door/payload_mode.h"
#include "cloud/door/request_path.h"

namespace s3dr::cloud {
namespace {

std::unexpected<Refused> refused(const aws::AuthFailure& failure, const s3::Region& region) {
  Error error = refuse(failure.code, failure.message);
  error.with_status(failure.status);
  Refused result{std::move(error), {}};
  if (!failure.region.empty()) {
    result.error.with_region(region.text());
    result.extra.emplace_back("Region", failure.region);
  }
  if (!failure.string_to_sign.empty()) result.extra.emplace_back("StringToSign", failure.string_to_sign);
  if (!failure.canonical_request.empty()) {
    result.extra.emplace_back("CanonicalRequest", failure.canonical_request);
  }
  std::string names;
  for (const std::string& name : failure.headers_not_signed) names += (names.empty() ? "" : ", ") + name;
  if (!names.empty()) result.extra.emplace_back("HeadersNotSigned", names);
  if (failure.server_time) {
    result.extra.emplace_back("ServerTime", to_iso8601_seconds(*failure.server_time));
  }
  return std::unexpected(std::move(result));
}

// A presigned URL carries as query parameters what other requests send as headers; both are signed. The
// parameters of the signature itself are removed.
void hoist_parameters(Request& request) {
  aws::QueryParameters kept;
  for (aws::QueryParameter& parameter : request.query) {
    const std::string name = lower_case(parameter.name);
    if (!name.starts_with("x-amz-")) {
      kept.push_back(std::move(parameter));
      continue;
    }
    // The date stays: s3:signatureAge is counted from it.
    static constexpr std::array<std::string_view, 6> of_signature = {
        "x-amz-algorithm",     "x-amz-credential", "x-amz-expires",
        "x-amz-signedheaders", "x-amz-signature",  "x-amz-security-token"};
    bool is_signature = false;
    for (const std::string_view known : of_signature) is_signature |= name == known;
    if (!is_signature && !request.headers.has(name)) request.headers.add(name, parameter.value);
  }
  request.query = std::move(kept);
}

// What the request line and the headers say, whoever sent them.
Request request_of(RegionContext& region, const HttpRequest& http, RequestIds ids) {
  Request request;
  request.method = http.method;
  request.headers = http.headers;
  request.user_agent = std::string(http.headers.get_or("user-agent", ""));
  request.source_address = http.remote_address;
  request.tls = http.tls;
  request.request_id = std::move(ids.request_id);
  request.host_id = std::move(ids.host_id);
  RequestAddress address = parse_address(http.target, http.headers.get_or("host", ""), region.options.region);
  request.bucket_text = std::move(address.bucket);
  request.key = std::move(address.key);
  request.query = std::move(address.query);
  return request;
}

std::expected<Request, Refused> admit_verified(RegionContext& region, HttpRequest& http,
                                               const aws::Verified& verified, const AccessKey& key,
                                               RequestIds ids) {
  Request request = request_of(region, http, std::move(ids));
  request.account = key.account;
  request.caller = caller_of(key);
  request.presigned = verified.mode == aws::AuthMode::query;
  request.payload_mode = std::string(
      http.headers.get_or("x-amz-content-sha256",
                          verified.payload == aws::PayloadMode::unsigned_payload ? "UNSIGNED-PAYLOAD" : ""));
  if (request.presigned) hoist_parameters(request);
  if (auto failure = attach_body(request, http, verified)) return refused(*failure, region.options.region);
  return request;
}

// Nobody signed it, so it has no account and no caller. Its body may be hashed or have a trailer, but no chunk of it
// can be signed.
std::expected<Request, Refused> admit_unsigned(RegionContext& region, HttpRequest& http, RequestIds ids) {
  Request request = request_of(region, http, std::move(ids));
  request.payload_mode = std::string(http.headers.get_or("x-amz-content-sha256", ""));
  aws::Verified nobody;
  nobody.payload = aws::PayloadMode::unsigned_payload;
  if (!request.payload_mode.empty()) {
    const auto mode = aws::parse_payload_mode(request.payload_mode);
    const bool signed_chunks =
        mode == aws::PayloadMode::signed_chunks || mode == aws::PayloadMode::signed_chunks_trailer;
    if (!mode || signed_chunks)
      throw refuse("InvalidArgument",
                   "x-amz-content-sha256 of an unsigned request must be UNSIGNED-PAYLOAD, "
                   "STREAMING-UNSIGNED-PAYLOAD-TRAILER, or a valid sha256 value.");
    nobody.payload = *mode;
    if (*mode == aws::PayloadMode::hashed) nobody.payload_hash = request.payload_mode;
  }
  if (auto failure = attach_body(request, http, nobody)) return refused(*failure, region.options.region);
  return request;
}

// "The PUT request header is limited to 8 KB in size" (User Guide, Working with object metadata).
void refuse_large_head(const Headers& headers) {
  constexpr std::size_t bytes_max = 8 * 1024;
  std::size_t bytes = 0;
  for (const Header& field : headers) bytes += field.name.size() + field.value.size();
  if (bytes > bytes_max)
    throw refuse("RequestHeaderSectionTooLarge",
                 "Your request header section exceeds the maximum allowed request header section size");
}

}  // namespace

RequestIds new_request_ids(Random& random) {
  RequestIds ids;
  ids.request_id.reserve(16);
  const std::uint64_t number = random.next();
  for (int shift = 60; shift >= 0; shift -= 4) ids.request_id += "0123456789ABCDEF"[(number >> shift) & 15];
  std::string bytes;
  for (int i = 0; i < 6; ++i) {
    const std::uint64_t word = random.next();
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>((word >> shift) & 0xFF);
  }
  ids.host_id = to_base64(bytes);
  return ids;
}

std::expected<Request, Refused> admit(RegionContext& region, HttpRequest& http, RequestIds ids) {
  try {
    refuse_large_head(http.headers);
    const auto claim = aws::parse_auth(http);
    if (!claim) return refused(claim.error(), region.options.region);
    if (!*claim) return admit_unsigned(region, http, std::move(ids));
    const aws::ParsedAuth& parsed = **claim;

    const auto key = region.global.find_access_key(parsed.access_key_id);
    if (!key) {
      return std::unexpected(Refused{
          refuse("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
          {{"AWSAccessKeyId", parsed.access_key_id}}});
    }
    aws::VerifyPolicy policy;
    policy.region = region.options.region.text();
    policy.services = {"s3"};
    policy.skew_max = std::chrono::duration_cast<std::chrono::seconds>(region.options.request_age_max);
    const aws::Credentials credentials{key->access_key_id, key->secret_access_key, key->session_token};
    const auto verified = aws::verify(http, parsed, credentials, policy, region.clock.now());
    if (!verified) return refused(verified.error(), region.options.region);
    if (key->expires && *key->expires <= region.clock.now())
      return std::unexpected(Refused{refuse("ExpiredToken", "The provided token has expired."), {}});
    return admit_verified(region, http, *verified, *key, std::move(ids));
  } catch (const Error& error) {
    return std::unexpected(Refused{error, {}});
  }
}

Task<> drain_body(Request& request) {
  constexpr std::size_t bytes_max = 64 * 1024;
  co_await read_document(request, bytes_max, Integrity::optional);
  request.document.clear();
}

}  // namespace s3dr::cloud
