#include "aws/arn.h"

#include <algorithm>
#include <array>

namespace s3dr::aws {

std::optional<Arn> parse_arn(std::string_view text) {
  std::array<std::string_view, 6> fields;
  for (std::size_t i = 0; i + 1 < fields.size(); ++i) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    fields[i] = text.substr(0, colon);
    const auto odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
    if (std::any_of(fields[i].begin(), fields[i].end(), odd)) return std::nullopt;
    text = text.substr(colon + 1);
  }
  fields[5] = text;
  if (fields[0] != "arn" || fields[1].empty() || fields[2].empty() || fields[5].empty()) return std::nullopt;
  return Arn{std::string(fields[1]), std::string(fields[2]), std::string(fields[3]), std::string(fields[4]),
             std::string(fields[5])};
}

std::string to_string(const Arn& arn) {
  return "arn:" + arn.partition + ":" + arn.service + ":" + arn.region + ":" + arn.account + ":" +
         arn.resource;
}

std::string bucket_arn(std::string_view partition, std::string_view bucket) {
  return to_string(Arn{std::string(partition), "s3", "", "", std::string(bucket)});
}

std::optional<std::string> bucket_of_arn(std::string_view text) {
  const auto arn = parse_arn(text);
  if (!arn || arn->service != "s3" || !arn->region.empty() || !arn->account.empty()) return std::nullopt;
  std::string bucket = arn->resource.substr(0, arn->resource.find('/'));
  if (bucket.empty()) return std::nullopt;
  return bucket;
}

std::string role_arn(std::string_view partition, std::string_view account,
                     std::string_view role_path_and_name) {
  return to_string(Arn{std::string(partition), "iam", "", std::string(account),
                       "role/" + std::string(role_path_and_name)});
}

bool is_account_id(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_role_arn(std::string_view text) {
  const auto arn = parse_arn(text);
  return arn && arn->service == "iam" && arn->region.empty() && is_account_id(arn->account) &&
         arn->resource.starts_with("role/") && arn->resource.size() > 5;
}

}  // namespace s3dr::aws
