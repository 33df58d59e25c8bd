#include "cloud/services/iam/identity_providers.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "cloud/services/iam/iam_checks.h"
#include "cloud/store/identity_provider_store.h"

namespace s3dr::services {
namespace {

using cloud::IdentityProvider;

constexpr std::size_t url_max = 255, client_id_max = 255, client_ids_max = 100, thumbprints_max = 5;
constexpr std::size_t thumbprint_length = 40, tags_max = 50;

[[noreturn]] void refuse_input(const std::string& message) {
  throw ServiceError{"InvalidInput", message, 400};
}

ServiceError no_such_provider(const std::string& arn) {
  return {"NoSuchEntity", "OpenIDConnect Provider not found for arn " + arn, 404};
}

std::string checked_url(const QueryForm& form) {
  std::string url = form.require("Url");
  if (url.size() > url_max) refuse_iam_value("Url must have length less than or equal to 255");
  const bool printable =
      std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '*'; });
  if (!printable || url.find_first_of("?#@") != std::string::npos || url.find("://") == std::string::npos)
    refuse_iam_value("Invalid Open ID Connect Provider URL");
  while (url.ends_with('/')) url.pop_back();
  if (!is_loopback_url(url))
    throw ServiceError{
        "NotImplemented",
        "An issuer elsewhere than on this machine (http or https, 127.0.0.1, ::1 or localhost) is "
        "not supported yet.",
        501};
  return url;
}

void check(const IdentityProvider& provider) {
  if (provider.client_ids.size() > client_ids_max)
    throw ServiceError{"LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
                       409};
  for (const std::string& id : provider.client_ids) {
    if (id.empty() || id.size() > client_id_max) refuse_iam_value("A client id has 1 to 255 characters.");
  }
  if (provider.thumbprints.size() > thumbprints_max) refuse_input("There are more than 5 thumbprints.");
  for (const std::string& thumbprint : provider.thumbprints) {
    if (thumbprint.size() != thumbprint_length || !from_hex(thumbprint))
      refuse_iam_value("A thumbprint has 40 hexadecimal digits.");
  }
  if (provider.tags.size() > tags_max)
    throw ServiceError{"LimitExceeded", "The number of tags has reached the maximum limit.", 409};
}

std::string members(std::string_view name, const std::vector<std::string>& texts) {
  std::string inside;
  for (const std::string& text : texts) inside += xml_element("member", text);
  return xml_nested(name, inside);
}

class Providers {
 public:
  explicit Providers(cloud::RegionContext& region) : region_(region) {}

  std::string create(const s3::AccountId& account, const QueryForm& form) {
    IdentityProvider provider;
    provider.account = account;
    provider.url = checked_url(form);
    provider.client_ids = form.list("ClientIDList.member");
    provider.thumbprints = form.list("ThumbprintList.member");
    provider.tags = checked_tags(form);
    provider.created = std::chrono::floor<std::chrono::seconds>(region_.clock.now());
    check(provider);
    if (!store().add(provider))
      throw ServiceError{"EntityAlreadyExists", "Provider with url " + provider.url + " already exists.",
                         409};
    return xml_element("OpenIDConnectProviderArn", provider.arn()) +
           (provider.tags.empty() ? "" : xml_tags(provider.tags));
  }

  std::string get(const s3::AccountId& account, const QueryForm& form) {
    const IdentityProvider provider = require(account, form);
    return xml_element("Url", provider.name()) + members("ClientIDList", provider.client_ids) +
           members("ThumbprintList", provider.thumbprints) +
           xml_element("CreateDate", to_iso8601_seconds(provider.created)) + xml_tags(provider.tags);
  }

  std::string list(const s3::AccountId& account, const QueryForm&) {
    std::string inside;
    for (const IdentityProvider& provider : store().list(account))
      inside += "<member>" + xml_element("Arn", provider.arn()) + "</member>";
    return "<OpenIDConnectProviderList>" + inside + "</OpenIDConnectProviderList>";
  }

  std::string remove(const s3::AccountId& account, const QueryForm& form) {
    const IdentityProvider provider = require(account, form);
    store().remove(account, provider.name());
    return "";
  }

  std::string add_client(const s3::AccountId& account, const QueryForm& form) {
    IdentityProvider provider = require(account, form);
    const std::string id = form.require("ClientID");
    if (std::ranges::find(provider.client_ids, id) == provider.client_ids.end())
      provider.client_ids.push_back(id);
    return kept(std::move(provider), form);
  }

  std::string remove_client(const s3::AccountId& account, const QueryForm& form) {
    IdentityProvider provider = require(account, form);
    std::erase(provider.client_ids, form.require("ClientID"));
    return kept(std::move(provider), form);
  }

 private:
  cloud::IdentityProviderStore& store() { return region_.global.identity_providers(); }

  IdentityProvider require(const s3::AccountId& account, const QueryForm& form) {
    const std::string arn = form.require("OpenIDConnectProviderArn");
    constexpr std::string_view kind = ":oidc-provider/";
    const std::size_t begin = arn.find(kind);
    if (begin == std::string::npos) refuse_input("Invalid ARN: " + arn);
    auto provider = store().find(account, arn.substr(begin + kind.size()));
    if (!provider || provider->arn() != arn) throw no_such_provider(arn);
    return std::move(*provider);
  }

  std::string kept(IdentityProvider provider, const QueryForm& form) {
    check(provider);
    if (!store().update(provider)) throw no_such_provider(form.require("OpenIDConnectProviderArn"));
    return "";
  }

  cloud::RegionContext& region_;
};

using Method = std::string (Providers::*)(const s3::AccountId&, const QueryForm&);

Task<std::string> answer(cloud::RegionContext& region, Method method, const cloud::ServiceRequest& request,
                         const QueryForm& form) {
  Providers providers(region);
  co_return (providers.*method)(request.caller.account, form);
}

}  // namespace

void add_provider_operations(QueryApi& api, cloud::RegionContext& region) {
  constexpr std::pair<const char*, Method> operations[] = {
      {"CreateOpenIDConnectProvider", &Providers::create},
      {"GetOpenIDConnectProvider", &Providers::get},
      {"ListOpenIDConnectProviders", &Providers::list},
      {"DeleteOpenIDConnectProvider", &Providers::remove},
      {"AddClientIDToOpenIDConnectProvider", &Providers::add_client},
      {"RemoveClientIDFromOpenIDConnectProvider", &Providers::remove_client}};
  for (const auto& [name, method] : operations) {
    api.operations[name] = [&region, method](const cloud::ServiceRequest& request, const QueryForm& form) {
      return answer(region, method, request, form);
    };
  }
}

bool is_loopback_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = url.substr(scheme + 3);
  try {
    const Endpoint endpoint =
        Endpoint::parse(std::string(url.substr(0, scheme + 3)) + std::string(rest.substr(0, rest.find('/'))));
    return endpoint.host == "127.0.0.1" || endpoint.host == "::1" || endpoint.host == "localhost";
  } catch (const Error&) {
    return false;
  }
}

}  // namespace s3dr::services
