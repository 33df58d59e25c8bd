// IAM's OpenID Connect providers, in the global plane's database. The roles of an account may trust the
// tokens of its providers. The IAM service writes the rows, STS reads them.
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
  std::string url;  // as registered, without a final slash: "http://127.0.0.1:4711/pool"
  std::vector<std::string> client_ids;
  std::vector<std::string> thumbprints;  // kept and shown, but not used: issuers are on this machine
  std::map<std::string, std::string> tags;
  Instant created{};

  std::string name() const;  // the url without its scheme; condition keys begin with it
  std::string arn() const;   // "arn:aws:iam::111122223333:oidc-provider/127.0.0.1:4711/pool"
};

class IdentityProviderStore {
 public:
  static const std::string_view schema;
  explicit IdentityProviderStore(Connection& connection) : connection_(connection) {}

  std::optional<IdentityProvider> find(const s3::AccountId& account, std::string_view name);
  std::vector<IdentityProvider> list(const s3::AccountId& account);  // by name
  // Each is durable on return.
  bool add(const IdentityProvider& provider);     // false: the name is taken
  bool update(const IdentityProvider& provider);  // client ids, thumbprints and tags; false: not found
  bool remove(const s3::AccountId& account, std::string_view name);

 private:
  Connection& connection_;
};

}  // namespace s3dr::cloud
