// Whom a web identity token is of, as STS's AssumeRoleWithWebIdentity has to know it: the token is one of a
// provider that is registered in the role's account, signed by a key the provider publishes now, for one of
// its clients, and in time. Whether the role trusts it is asked of its policy afterwards. The checking of
// signatures: aws/web_token.
#pragma once

#include <string>

#include "base/task.h"
#include "cloud/store/context.h"
#include "cloud/store/identity_provider_store.h"

namespace s3dr::services {

struct WebIdentity {
  cloud::IdentityProvider provider;
  std::string subject;
  std::string audience;           // "azp" where the token has one, as on AWS
  std::string original_audience;  // then: "aud"
};

// Fetches the provider's configuration and keys, within `web_identity_fetch_max` each. Refuses with
// ServiceErrors: InvalidIdentityToken, ExpiredTokenException, IDPCommunicationError (400). May be repeated.
Task<WebIdentity> verified_web_identity(cloud::RegionContext& region, s3::AccountId account,
                                        std::string text);

inline constexpr milliseconds web_identity_fetch_max{5'000};

}  // namespace s3dr::services
