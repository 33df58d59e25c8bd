#include "cloud/services/iam/iam_checks.h"

#include <algorithm>

#include "aws/arn.h"
#include "base/encoding.h"
#include "base/http_message.h"
#include "cloud/door/policy_keys.h"
#include "cloud/door/principals.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/iam/iam_names.h"

namespace s3dr::services {
namespace {

constexpr std::size_t role_name_max = 64, policy_name_max = 128, path_max = 512, description_max = 1000;
constexpr std::size_t tag_key_max = 128, tag_value_max = 256;
constexpr std::int64_t session_min_s = 3600, session_max_s = 43'200;
constexpr std::int64_t page_max = 1000;

std::string checked_name(const QueryForm& form, const std::string& parameter, std::size_t length_max) {
  std::string name = form.require(parameter);
  if (name.size() > length_max)
    refuse_iam_value(parameter + " must have length less than or equal to " + std::to_string(length_max));
  if (!is_iam_name(name))
    refuse_iam_value(
        "The specified value for " + parameter +
        " is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-");
  return name;
}

[[noreturn]] void refuse_document(const std::string& message) {
  throw ServiceError{"MalformedPolicyDocument", message, 400};
}

aws::Policy parsed(const std::string& document, aws::PolicyUse use) {
  try {
    aws::Policy policy = aws::parse_policy(document, use);
    if (const auto key = cloud::key_not_evaluated(policy, use))
      throw ServiceError{"NotImplemented", cloud::not_evaluated_message(*key), 501};
    return policy;
  } catch (const Error& error) {
    refuse_document(error.message());
  }
}

}  // namespace

void refuse_iam_value(const std::string& message) {
  throw ServiceError{"ValidationError", message, 400};
}

std::string checked_role_name(const QueryForm& form) {
  return checked_name(form, "RoleName", role_name_max);
}

std::string checked_policy_name(const QueryForm& form) {
  return checked_name(form, "PolicyName", policy_name_max);
}

std::string checked_path(const QueryForm& form, const std::string& parameter, const std::string& otherwise) {
  std::string path = form.get(parameter).value_or(otherwise);
  const bool printable =
      std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f' && c != '*' && c != '?'; });
  if (path.empty() || path.size() > path_max || !path.starts_with('/') || !printable ||
      (parameter == "Path" && !path.ends_with('/')))
    refuse_iam_value(
        "The specified value for " + parameter +
        " is invalid. It must begin and end with / and contain only alphanumeric characters and/or / "
        "characters.");
  return path;
}

std::string checked_description(const QueryForm& form) {
  std::string text = form.get("Description").value_or("");
  if (text.size() > description_max)
    refuse_iam_value("Description must have length less than or equal to 1000");
  return text;
}

std::optional<std::chrono::seconds> checked_session_max(const QueryForm& form) {
  const auto text = form.get("MaxSessionDuration");
  if (!text) return std::nullopt;
  const auto value = whole_number(*text);
  if (!value || *value < session_min_s || *value > session_max_s)
    refuse_iam_value("MaxSessionDuration must be a number from 3600 to 43200.");
  return std::chrono::seconds(*value);
}

std::map<std::string, std::string> checked_tags(const QueryForm& form) {
  const std::vector<std::string> keys = form.list("Tags.member", "Key");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (equals_ignoring_case(keys[i], keys[j]))
        throw ServiceError{"InvalidInput",
                           "Duplicate tag keys found. Please note that Tag keys are case insensitive.", 400};
    }
  }
  auto tags = form.tags();
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.size() > tag_key_max || value.size() > tag_value_max)
      refuse_iam_value("A tag's key must have 1 to 128 characters, its value at most 256.");
    if (lower_case(key).starts_with("aws:"))
      throw ServiceError{"InvalidInput", "Tag keys must not start with aws:.", 400};
  }
  return tags;
}

std::string checked_trust(cloud::RegionContext& region, const QueryForm& form, const std::string& parameter) {
  std::string document = form.require(parameter);
  const aws::Policy policy = parsed(document, aws::PolicyUse::trust);
  for (const aws::PolicyStatement& statement : policy.statements) {
    for (const std::string& principal : statement.principals->aws) {
      if (!cloud::principal_exists(region.global, principal))
        refuse_document("Invalid principal in policy: \"AWS\":\"" + principal + "\"");
    }
  }
  if (policy_size(document) > trust_policy_size_max)
    throw ServiceError{"LimitExceeded",
                       "Cannot exceed quota for ACLSizePerRole: " + std::to_string(trust_policy_size_max),
                       409};
  return document;
}

std::string checked_inline_policy(const QueryForm& form) {
  std::string document = form.require("PolicyDocument");
  parsed(document, aws::PolicyUse::identity);
  return document;
}

std::size_t policy_size(const std::string& document) {
  return static_cast<std::size_t>(std::ranges::count_if(
      document, [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; }));
}

PageRequest checked_page(const QueryForm& form) {
  PageRequest page;
  if (const auto text = form.get("MaxItems")) {
    const auto value = whole_number(*text);
    if (!value || *value < 1 || *value > page_max)
      refuse_iam_value("MaxItems must be a number from 1 to 1000.");
    page.count = static_cast<std::size_t>(*value);
  }
  if (const auto marker = form.get("Marker")) {
    const auto after = from_base64(*marker);
    if (!after || after->empty()) refuse_iam_value("Invalid Marker.");
    page.after = *after;
  }
  return page;
}

std::string page_end(bool truncated, const std::string& last) {
  return xml_element("IsTruncated", truncated ? "true" : "false") +
         (truncated ? xml_element("Marker", to_base64(last)) : "");
}

}  // namespace s3dr::services
