// What IAM accepts for a role, a policy and a page of a list. Each check refuses in IAM's words.
// Part of the IAM service.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "aws/policy/policy.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/store/context.h"

namespace s3dr::services {

inline constexpr std::size_t trust_policy_size_max = 2048;       // characters without blanks
inline constexpr std::size_t inline_policies_size_max = 10'240;  // the same, all policies of a role together
inline constexpr std::size_t role_tags_max = 50;

std::string checked_role_name(const QueryForm& form);
std::string checked_policy_name(const QueryForm& form);
std::string checked_path(const QueryForm& form, const std::string& parameter, const std::string& otherwise);
std::string checked_description(const QueryForm& form);
std::optional<std::chrono::seconds> checked_session_max(const QueryForm& form);
// Refuses keys that differ only in case.
std::map<std::string, std::string> checked_tags(const QueryForm& form);
// Refuses MalformedPolicyDocument and says where; also for a principal that does not exist.
std::string checked_trust(cloud::RegionContext& region, const QueryForm& form, const std::string& parameter);
std::string checked_inline_policy(const QueryForm& form);
// The size of a document in characters, without blanks.
std::size_t policy_size(const std::string& document);

// A page of a list: up to `count` items after `after`.
struct PageRequest {
  std::size_t count = 100;
  std::string after;
};
PageRequest checked_page(const QueryForm& form);
// The end of a list's page: <IsTruncated> and, if there is more, <Marker>.
std::string page_end(bool truncated, const std::string& last);

[[noreturn]] void refuse_iam_value(const std::string& message);  // ValidationError

}  // namespace s3dr::services
