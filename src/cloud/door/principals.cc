#include "cloud/door/principals.h"

#include <algorithm>

#include "aws/arn.h"

namespace s3dr::cloud {

bool principal_exists(GlobalPlane& global, const std::string& principal) {
  const auto arn = aws::parse_arn(principal);
  const std::string account = arn ? arn->account : principal;
  const bool known = std::ranges::any_of(
      global.accounts(), [&](const s3::AccountId& candidate) { return candidate.text() == account; });
  if (!known || !arn || arn->resource == "root") return known;
  if (aws::is_role_arn(principal)) return global.roles().find_by_arn(principal).has_value();
  constexpr std::string_view session = "assumed-role/";
  if (!arn->resource.starts_with(session)) return false;
  const std::string rest = arn->resource.substr(session.size());
  return global.roles().find(s3::AccountId::parse(account), rest.substr(0, rest.find('/'))).has_value();
}

std::optional<std::string> missing_principal(GlobalPlane& global, const aws::Policy& policy) {
  for (const aws::PolicyStatement& statement : policy.statements) {
    if (!statement.principals) continue;
    for (const std::string& principal : statement.principals->aws) {
      if (!principal_exists(global, principal)) return principal;
    }
  }
  return std::nullopt;
}

}  // namespace s3dr::cloud
