#include "aws/sigv4.h"

#include <algorithm>
#include <utility>

#include "aws/hash.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

std::string_view date_of(std::string_view amz_date) {
  return amz_date.substr(0, 8);
}

void require_one_host(const Headers& headers) {
  const auto count = std::count_if(headers.begin(), headers.end(), [](const Header& field) {
    return equals_ignoring_case(field.name, "host");
  });
  if (count != 1)
    throw Error(ErrorKind::invalid, "a request needs exactly one Host header before it is signed");
}

Error broken_target(const HttpRequest& request) {
  return Error(ErrorKind::invalid, "the request target has a broken percent-escape")
      .with_resource(request.target);
}

SignedRequest finish(std::string canonical, std::string amz_date, std::string scope, Secret key) {
  SignedRequest result;
  result.string_to_sign = string_to_sign(amz_date, scope, canonical);
  result.signature = signature_of(key, result.string_to_sign);
  result.amz_date = std::move(amz_date);
  result.scope = std::move(scope);
  result.canonical_request = std::move(canonical);
  result.signing_key = std::move(key);
  return result;
}

}  // namespace

std::string scope_text(std::string_view date, std::string_view region, std::string_view service) {
  std::string result(date);
  result += '/';
  result += region;
  result += '/';
  result += service;
  result += "/aws4_request";
  return result;
}

Secret derive_signing_key(const Secret& secret_access_key, std::string_view date, std::string_view region,
                          std::string_view service) {
  const std::string date_key = hmac_sha256("AWS4" + secret_access_key.reveal(), date);
  const std::string region_key = hmac_sha256(date_key, region);
  const std::string service_key = hmac_sha256(region_key, service);
  return Secret(hmac_sha256(service_key, "aws4_request"));
}

const Secret& SigningKeyCache::key(const Secret& secret_access_key, std::string_view date,
                                   std::string_view region, std::string_view service) {
  const std::string digest = sha256(secret_access_key.reveal());
  const std::string scope = scope_text(date, region, service);
  for (const Entry& entry : entries_) {
    if (entry.scope == scope && constant_time_equal(entry.digest, digest)) return entry.key;
  }
  if (entries_.size() >= entries_max_) entries_.pop_front();
  entries_.push_back({digest, scope, derive_signing_key(secret_access_key, date, region, service)});
  return entries_.back().key;
}

std::string string_to_sign(std::string_view amz_date, std::string_view scope,
                           std::string_view canonical_request) {
  std::string result(sigv4_algorithm);
  result += '\n';
  result += amz_date;
  result += '\n';
  result += scope;
  result += '\n';
  result += sha256_hex(canonical_request);
  return result;
}

std::string signature_of(const Secret& signing_key, std::string_view string_to_sign) {
  return to_hex(hmac_sha256(signing_key.reveal(), string_to_sign));
}

SignedRequest sign_header(HttpRequest& request, const Credentials& credentials, const SigningScope& scope,
                          Instant now, std::string_view payload_hash, SigningKeyCache* cache) {
  return sign_header(request, credentials, scope, now, payload_hash, path_rule_of(scope.service), cache);
}

SignedRequest sign_header(HttpRequest& request, const Credentials& credentials, const SigningScope& scope,
                          Instant now, std::string_view payload_hash, PathRule rule, SigningKeyCache* cache) {
  require_one_host(request.headers);
  const TargetParts parts = split_target(request.target);
  const auto path = canonical_path(parts.path, rule);
  const auto query = parse_query(parts.query);
  if (!path || !query) throw broken_target(request);

  std::string amz_date = to_amz_date(now);
  request.headers.remove("authorization");
  request.headers.set("x-amz-date", amz_date);
  request.headers.remove("x-amz-security-token");
  if (!credentials.session_token.empty()) {
    request.headers.add("x-amz-security-token", credentials.session_token.reveal());
  }
  if (signs_like_s3(scope.service)) request.headers.set("x-amz-content-sha256", std::string(payload_hash));

  const std::string_view date = date_of(amz_date);
  Secret key = cache != nullptr
                   ? cache->key(credentials.secret_access_key, date, scope.region, scope.service)
                   : derive_signing_key(credentials.secret_access_key, date, scope.region, scope.service);
  std::string scope_line = scope_text(date, scope.region, scope.service);
  const std::vector<std::string> names = signable_headers(request.headers);
  SignedRequest result = finish(
      canonical_request(request.method, *path, canonical_query(*query), request.headers, names, payload_hash),
      std::move(amz_date), std::move(scope_line), std::move(key));

  std::string authorization(sigv4_algorithm);
  authorization += " Credential=" + credentials.access_key_id + "/" + result.scope;
  authorization += ", SignedHeaders=" + joined_names(names);
  authorization += ", Signature=" + result.signature;
  request.headers.add("Authorization", std::move(authorization));
  return result;
}

PresignedRequest presign(const HttpRequest& request, const Credentials& credentials,
                         const SigningScope& scope, Instant now, std::chrono::seconds expires,
                         std::string_view payload_hash) {
  return presign(request, credentials, scope, now, expires, payload_hash, path_rule_of(scope.service));
}

PresignedRequest presign(const HttpRequest& request, const Credentials& credentials,
                         const SigningScope& scope, Instant now, std::chrono::seconds expires,
                         std::string_view payload_hash, PathRule rule) {
  require_one_host(request.headers);
  if (expires < std::chrono::seconds(1) || expires > presign_expires_max) {
    throw Error(ErrorKind::invalid, "a presigned request must expire within 1 second to 7 days");
  }
  const TargetParts parts = split_target(request.target);
  const auto path = canonical_path(parts.path, rule);
  auto query = parse_query(parts.query);
  if (!path || !query) throw broken_target(request);
  for (const auto& [name, value] : *query) {
    if (name == "X-Amz-Signature") throw Error(ErrorKind::invalid, "the request target is presigned already");
  }

  std::string amz_date = to_amz_date(now);
  const std::string_view date = date_of(amz_date);
  std::string scope_line = scope_text(date, scope.region, scope.service);
  const std::vector<std::string> names = signable_headers(request.headers);

  PresignedRequest result;
  result.target = request.target;
  result.target += request.target.find('?') == std::string::npos ? '?' : '&';
  bool first = true;
  const auto append = [&](std::string_view name, const std::string& value) {
    if (!first) result.target += '&';
    first = false;
    result.target += name;
    result.target += '=';
    result.target += uri_encode(value);
    query->push_back({std::string(name), value});
  };
  append("X-Amz-Algorithm", std::string(sigv4_algorithm));
  append("X-Amz-Credential", credentials.access_key_id + "/" + scope_line);
  append("X-Amz-Date", amz_date);
  append("X-Amz-SignedHeaders", joined_names(names));
  append("X-Amz-Expires", std::to_string(expires.count()));
  if (!credentials.session_token.empty()) append("X-Amz-Security-Token", credentials.session_token.reveal());

  Secret key = derive_signing_key(credentials.secret_access_key, date, scope.region, scope.service);
  result.details = finish(
      canonical_request(request.method, *path, canonical_query(*query), request.headers, names, payload_hash),
      std::move(amz_date), std::move(scope_line), std::move(key));
  append("X-Amz-Signature", result.details.signature);
  return result;
}

}  // namespace s3dr::aws
