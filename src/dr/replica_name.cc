#include "dr/replica_name.h"

#include "aws/hash.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view placeholder = "{bucket}";

}  // namespace

s3::BucketName replica_name(const Policy& policy, const s3::BucketName& source, std::int64_t ordinal) {
  if (ordinal <= 1) {
    std::string text = policy.replica_name_template;
    if (const auto at = text.find(placeholder); at != std::string::npos) {
      text.replace(at, placeholder.size(), source.text());
      if (!s3::BucketName::why_invalid(text)) return s3::BucketName::parse(text);
    }
  }
  const std::string identity = policy.source_account.text() + "/" + policy.source_region.text() + "/" +
                               source.text() + "/" + std::to_string(ordinal);
  const std::string ending = "-" + aws::sha256_hex(identity).substr(0, 8) + "-dr";
  constexpr std::size_t name_length_max = 63;
  std::string prefix = source.text().substr(0, name_length_max - ending.size());
  while (!prefix.empty() && (prefix.back() == '-' || prefix.back() == '.')) prefix.pop_back();
  return s3::BucketName::parse(prefix + ending);
}

s3::Tag replica_mark(const Policy& policy, const s3::BucketName& source) {
  return {std::string(replica_mark_key),
          policy.source_account.text() + "/" + policy.source_region.text() + "/" + source.text()};
}

bool is_marked_replica(const s3::TagSet& tags) {
  return s3::find_tag(tags, replica_mark_key) != nullptr;
}

std::optional<s3::BucketName> source_of_mark(const Policy& policy, const s3::TagSet& tags) {
  const std::string* mark = s3::find_tag(tags, replica_mark_key);
  const std::string place = policy.source_account.text() + "/" + policy.source_region.text() + "/";
  if (mark == nullptr || !mark->starts_with(place)) return std::nullopt;
  const std::string name = mark->substr(place.size());
  if (s3::BucketName::why_invalid(name)) return std::nullopt;
  return s3::BucketName::parse(name);
}

std::optional<s3::BucketName> source_of_replica_name(const Policy& policy, const s3::BucketName& replica) {
  const std::string& name = replica.text();
  const std::string& pattern = policy.replica_name_template;
  const auto at = pattern.find(placeholder);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view before = std::string_view(pattern).substr(0, at);
  const std::string_view after = std::string_view(pattern).substr(at + placeholder.size());
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after))
    return std::nullopt;
  const std::string source = name.substr(before.size(), name.size() - before.size() - after.size());
  if (s3::BucketName::why_invalid(source)) return std::nullopt;
  return s3::BucketName::parse(source);
}

s3::BucketName replica_candidate(const Policy& policy, const s3::BucketName& source, const Record* record) {
  if (record == nullptr) return replica_name(policy, source);
  if (record->instruction) {
    if (record->instruction->kind == InstructionKind::adopt) return record->instruction->bucket;
    return replica_name(policy, source, record->replica_ordinal + 1);
  }
  return record->replica.bucket;
}

}  // namespace s3dr::dr
