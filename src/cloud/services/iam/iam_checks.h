// What IAM takes as a role, a policy and a page: every rule as a refusal in IAM's words. Part of the IAM
// service.
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

inline constexpr std::size_t trust_policy_size_max = 2048;       // characters, blanks not counted
inline constexpr std::size_t inline_policies_size_max = 10'240;  // of a role, all together
inline constexpr std::size_t role_tags_max = 50;

std::string checked_role_name(const QueryForm& form);
std::string checked_policy_name(const QueryForm& form);
std::string checked_path(const QueryForm& form, const std::string& parameter, const std::string& otherwise);
std::string checked_description(const QueryForm& form);
std::optional<std::chrono::seconds> checked_session_max(const QueryForm& form);
// Keys that differ in case only are refused.
std::map<std::string, std::string> checked_tags(const QueryForm& form);
// MalformedPolicyDocument with the place; also for a principal that does not exist.
std::string checked_trust(cloud::RegionContext& region, const QueryForm& form, const std::string& parameter);
std::string checked_inline_policy(const QueryForm& form);
// Characters of a document, blanks not counted.
std::size_t policy_size(const std::string& document);

// A page of a list: up to `count` items after `after`.
struct PageRequest {
  std::size_t count = 100;
  std::string after;
};
PageRequest checked_page(const QueryForm& form);
// <IsTruncated> and, where there is more, <Marker>.
std::string page_end(bool truncated, const std::string& last);

[[noreturn]] void refuse_iam_value(const std::string& message);  // ValidationError

}  // namespace s3dr::services
