// Who sent a request whose signature has been verified: an account with its own keys (its root user), or a
// session of a role.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "s3/names.h"

namespace s3dr::cloud {

struct Caller {
  s3::AccountId account;
  std::string access_key_id;
  // "arn:aws:iam::111122223333:root" or "arn:aws:sts::111122223333:assumed-role/NAME/SESSION"
  std::string arn;
  std::string user_id;    // as GetCallerIdentity tells it: the account, or "AROA…:SESSION"
  std::string role_name;  // of a session; empty: the account's root, which may do everything in its account
  std::string role_id;    // "AROA…"
};

// An access key of an account or of a session. A session's key has a token, a role and an end.
struct AccessKey {
  std::string access_key_id;
  Secret secret_access_key;
  s3::AccountId account;
  Secret session_token;  // empty: a long-term key
  std::string role_name, role_id, session_name;
  std::optional<Instant> expires;
};

Caller caller_of(const AccessKey& key);

}  // namespace s3dr::cloud
