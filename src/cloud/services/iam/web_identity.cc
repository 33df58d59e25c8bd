#include "cloud/services/iam/web_identity.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "aws/web_token.h"
#include "base/deadline.h"
#include "base/encoding.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/iam/identity_providers.h"

namespace s3dr::services {
namespace {

namespace json = boost::json;

constexpr std::size_t document_bytes_max = 256 * 1024;
constexpr std::size_t token_bytes_max = 20'000;
constexpr milliseconds skew_max{5 * 60'000};  // of the issuer's clock

ServiceError invalid_token(const std::string& message) {
  return {"InvalidIdentityToken", message, 400};
}

ServiceError no_answer(const std::string& url) {
  return {"IDPCommunicationError",
          "The identity provider could not be reached to verify the token: " + url + ".", 400};
}

Task<std::string> fetch_now(cloud::RegionContext& region, std::string url) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  const Endpoint endpoint = Endpoint::parse(url.substr(0, path));
  HttpRequest request;
  request.method = "GET";
  request.target = path == std::string::npos ? "/" : url.substr(path);
  request.headers.add("Host", endpoint.host_header());
  request.headers.add("Accept", "application/json");
  HttpResponse response = co_await region.transport.send(endpoint, std::move(request), {});
  if (response.status != 200)
    throw Error(ErrorKind::unavailable, "answered " + std::to_string(response.status));
  co_return co_await response.body.read_all(document_bytes_max);
}

Task<std::string> fetch(cloud::RegionContext& region, std::string url) {
  std::string why;
  try {
    co_return co_await with_deadline(region.clock, web_identity_fetch_max, fetch_now(region, url));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    why = error.what();
  }
  region.log.warning("identity provider not reached", {{"url", url}, {"why", why}});
  throw no_answer(url);
}

// OpenID Connect Discovery 1.0: the issuer's configuration says where its keys are.
Task<std::string> fetch_keys(cloud::RegionContext& region, const cloud::IdentityProvider& provider) {
  const std::string place = provider.url + "/.well-known/openid-configuration";
  const std::string text = co_await fetch(region, place);
  json::error_code failure;
  const json::value configuration = json::parse(text, failure);
  const json::value* keys =
      failure || !configuration.is_object() ? nullptr : configuration.as_object().if_contains("jwks_uri");
  if (keys == nullptr || !keys->is_string()) throw no_answer(place);
  const std::string keys_url(keys->get_string());
  if (!is_loopback_url(keys_url)) throw no_answer(keys_url);
  co_return co_await fetch(region, keys_url);
}

void check_times(const aws::WebToken& token, Instant now) {
  const auto expires = token.time("exp");
  if (!expires) throw invalid_token("Missing a required claim: exp");
  if (*expires <= now)
    throw ServiceError{"ExpiredTokenException",
                       "Token expired: current date/time " + to_iso8601_seconds(now) +
                           " must be before the expiration date/time " + to_iso8601_seconds(*expires),
                       400};
  const auto issued = token.time("iat"), begins = token.time("nbf");
  if (!issued) throw invalid_token("Missing a required claim: iat");
  if (*issued > now + skew_max || (begins && *begins > now + skew_max))
    throw invalid_token("The token is not valid yet.");
}

}  // namespace

Task<WebIdentity> verified_web_identity(cloud::RegionContext& region, s3::AccountId account,
                                        std::string text) {
  const auto token = text.size() > token_bytes_max ? std::nullopt : aws::parse_web_token(text);
  if (!token) throw invalid_token("The ID Token provided is not a valid JWT.");
  std::string issuer = token->text("iss");
  while (issuer.ends_with('/')) issuer.pop_back();
  const std::size_t scheme = issuer.find("://");
  auto provider = scheme == std::string::npos
                      ? std::nullopt
                      : region.global.identity_providers().find(account, issuer.substr(scheme + 3));
  if (!provider || provider->url != issuer)
    throw invalid_token("No OpenIDConnect provider found in your account for " + issuer);
  const std::string keys = co_await fetch_keys(region, *provider);
  if (!aws::is_signed_by(*token, keys))
    throw invalid_token("The token is not signed by a key of the identity provider (RS256 or ES256).");
  check_times(*token, region.clock.now());

  WebIdentity identity;
  identity.subject = token->text("sub");
  if (identity.subject.empty()) throw invalid_token("Missing a required claim: sub");
  const std::vector<std::string> audiences = token->audiences();
  identity.audience = token->text("azp");
  if (identity.audience.empty()) {
    if (audiences.size() != 1) throw invalid_token("A token without azp has one audience.");
    identity.audience = audiences[0];
  } else if (!audiences.empty()) {
    identity.original_audience = audiences[0];
  }
  if (std::ranges::find(provider->client_ids, identity.audience) == provider->client_ids.end())
    throw invalid_token("Incorrect token audience");
  identity.provider = std::move(*provider);
  co_return identity;
}

}  // namespace s3dr::services
