// Amazon resource names: `arn:partition:service:region:account:resource`. The partition ("aws", "aws-cn",
// "aws-us-gov") always comes from outside. Pure text; says nothing of whether the resource exists.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace s3dr::aws {

struct Arn {
  std::string partition;
  std::string service;
  std::string region;    // empty for global services and S3 buckets
  std::string account;   // empty for S3 buckets
  std::string resource;  // everything behind the fifth colon: "role/name", "bucket/key", "function:name"

  bool operator==(const Arn&) const = default;
};

// nullopt unless all of this holds: there are six fields; partition, service and resource are not empty; no
// blank or control byte is before the resource. (An object key may hold any byte.)
std::optional<Arn> parse_arn(std::string_view text);
std::string to_string(const Arn& arn);

// "arn:aws:s3:::bucket"
std::string bucket_arn(std::string_view partition, std::string_view bucket);
// The bucket of a bucket or object ARN of S3 ("arn:…:s3:::bucket/key" too); nullopt for any other.
std::optional<std::string> bucket_of_arn(std::string_view text);
// "arn:aws:iam::111122223333:role/name"
std::string role_arn(std::string_view partition, std::string_view account,
                     std::string_view role_path_and_name);
// True for an IAM role of a twelve-digit account.
bool is_role_arn(std::string_view text);
bool is_account_id(std::string_view text);  // twelve digits

}  // namespace s3dr::aws
