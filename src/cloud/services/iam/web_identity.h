// Checks a web identity token for STS's AssumeRoleWithWebIdentity and says whose token it is.
// A token is valid when:
// - its provider is registered in the role's account
// - it is signed with a key that the provider publishes now
// - it is for one of the provider's clients
// - it has not expired
// Not here: whether the role trusts the token (its trust policy is asked afterwards),
// and the checking of signatures (aws/web_token).
#pragma once

#include <string>

#include "base/task.h"
#include "cloud/store/context.h"
#include "cloud/store/identity_provider_store.h"

namespace s3dr::services {

struct WebIdentity {
  cloud::IdentityProvider provider;
  std::string subject;
  std::string audience;           // "azp" if the token has one, else "aud", as on AWS
  std::string original_audience;  // "aud", if the token has an "azp"
};

// Fetches the provider's configuration and keys. Each fetch has `web_identity_fetch_max`. May be repeated.
// Refuses with ServiceErrors (400): InvalidIdentityToken, ExpiredTokenException, IDPCommunicationError.
Task<WebIdentity> verified_web_identity(cloud::RegionContext& region, s3::AccountId account,
                                        std::string text);

inline constexpr milliseconds web_identity_fetch_max{5'000};

}  // namespace s3dr::services
