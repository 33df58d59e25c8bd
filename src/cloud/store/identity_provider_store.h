// IAM's OpenID Connect providers, in the global plane's database: whose tokens an account's roles may trust.
// The IAM service writes them, STS reads them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/store/immediate_transaction.h"
#include "s3/names.h"

namespace s3dr::cloud {

struct IdentityProvider {
  s3::AccountId account;
  std::string url;  // as registered, without a slash at its end: "http://127.0.0.1:4711/pool"
  std::vector<std::string> client_ids;
  std::vector<std::string> thumbprints;  // kept and told, not used: issuers are on this machine
  std::map<std::string, std::string> tags;
  Instant created{};

  std::string name() const;  // the url without its scheme: what condition keys begin with
  std::string arn() const;   // "arn:aws:iam::111122223333:oidc-provider/127.0.0.1:4711/pool"
};

class IdentityProviderStore {
 public:
  static const std::string_view schema;
  explicit IdentityProviderStore(Connection& connection) : connection_(connection) {}

  std::optional<IdentityProvider> find(const s3::AccountId& account, std::string_view name);
  std::vector<IdentityProvider> list(const s3::AccountId& account);  // by name
  // Each durable on return. False: there is one of that name already, or there is none.
  bool add(const IdentityProvider& provider);
  bool update(const IdentityProvider& provider);  // client ids, thumbprints and tags
  bool remove(const s3::AccountId& account, std::string_view name);

 private:
  Connection& connection_;
};

}  // namespace s3dr::cloud
