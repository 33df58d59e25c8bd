// A signed JSON Web Token (RFC 7515, 7519), as an OpenID Connect provider issues it. Checks whether one of
// the provider's keys (a JSON Web Key Set, RFC 7517) signed it. Only RS256 and ES256, never "none". Pure.
// The caller decides what the claims mean and whether the token is still valid
// (cloud/services/iam/web_identity.h).
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace s3dr::aws {

struct WebToken {
  std::string algorithm;  // of the header: "RS256"
  std::string key_id;     // "": the header names none
  boost::json::object claims;
  std::string signed_text, signature;

  std::string text(std::string_view claim) const;  // "" unless it is a string
  std::optional<Instant> time(std::string_view claim) const;
  std::vector<std::string> audiences() const;  // "aud": one string or a list of them
};

// nullopt: not three parts of base64url, or header or claims are not JSON objects.
std::optional<WebToken> parse_web_token(std::string_view text);

// True: a key of the set signed the token, and the key may do so. What is checked: its kid, use and alg where
// given, RSA of at least 2048 bits, EC on P-256. False also for a set that cannot be read.
bool is_signed_by(const WebToken& token, std::string_view key_set);

}  // namespace s3dr::aws
