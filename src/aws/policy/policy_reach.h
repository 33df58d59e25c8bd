// How far one statement reaches: for everybody? over another statement? against a role that must not be stopped?
// In doubt it reaches: what is not understood is never taken for harmless. Part of aws/policy/policy.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "aws/policy/policy.h"

namespace s3dr::aws {

// Texts with '*' and '?'.
bool patterns_meet(std::string_view a, std::string_view b);  // is there a text that both fit?
// Every text that fits `narrow` fits `wide`. False may also mean: not seen.
bool pattern_covers(std::string_view wide, std::string_view narrow);

// Allows for everybody: principal "*" without a condition that names whom, or whence. Stricter than "The meaning of
// public" of the S3 user guide: an action that it calls harmless is not left out, and a wildcard is never fixed.
bool is_public(const PolicyStatement& statement);

// Every request that `narrow` applies to, `wide` applies to, too. False may also mean: not seen. Effects are not looked at.
bool covers(const PolicyStatement& wide, const PolicyStatement& narrow);

// A role at work, and all that is known of its requests.
struct RoleAtWork {
  std::string role_arn;
  std::span<const std::string_view> actions;
  std::string resource;  // an ARN; may be a pattern: any of them
  PolicyContext known;   // a condition on any other key may hold
};
// May this Deny hit it? A condition whose key is not known, or whose value is a variable, counts as met. NotPrincipal
// spares nobody: the name of the role's session is not known.
bool may_deny(const PolicyStatement& statement, const RoleAtWork& role);

}  // namespace s3dr::aws
