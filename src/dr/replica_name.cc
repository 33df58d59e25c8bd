#include "dr/replica_name.h"

#include <algorithm>
#include <utility>

#include "aws/hash.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view placeholder = "{bucket}";
constexpr std::size_t name_length_max = 63;
constexpr std::size_t tag_value_length_max = 256;

std::string ending_of(const Policy& policy) {
  if (policy.replica_namespace == ReplicaNamespace::global) return "";
  return s3::account_regional_ending(policy.destination_account, policy.destination_region);
}

bool can_be_made(const Policy& policy, const std::string& name) {
  if (policy.replica_namespace == ReplicaNamespace::global) return !s3::BucketName::why_not_new(name);
  return !s3::why_not_new_account_regional(name, policy.destination_account, policy.destination_region);
}

// What a reader recognises of the source's name, in characters that a new name may have.
std::string readable(const Policy& policy, const s3::BucketName& source) {
  std::string text = source.text();
  const std::string ending = s3::account_regional_ending(policy.source_account, policy.source_region);
  if (text.ends_with(ending)) text.resize(text.size() - ending.size());
  std::string result;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
    const bool separator = c == '.' || c == '-';
    if (separator && result.empty()) continue;
    if (c == '.' && result.back() == '.') continue;
    result += c;
  }
  return result;
}

}  // namespace

s3::BucketName replica_name(const Policy& policy, const s3::BucketName& source, std::int64_t ordinal) {
  if (ordinal <= 1) {
    std::string text = policy.replica_name_template;
    if (const auto at = text.find(placeholder); at != std::string::npos) {
      text.replace(at, placeholder.size(), source.text());
      text += ending_of(policy);
      if (can_be_made(policy, text)) return s3::BucketName::parse(text);
    }
  }
  std::string identity = policy.source_account.text() + "/" + policy.source_region.text() + "/" +
                         source.text() + "/" + std::to_string(ordinal);
  if (policy.protection_name != default_protection_name) identity += "/" + policy.protection_name;
  const std::string ending = "-" + aws::sha256_hex(identity).substr(0, 8) + "-dr" + ending_of(policy);
  const auto shortened = [&](std::string prefix) {
    prefix.resize(std::min(prefix.size(), name_length_max - ending.size()));
    while (!prefix.empty() && (prefix.back() == '-' || prefix.back() == '.')) prefix.pop_back();
    return prefix + ending;
  };
  std::string name = shortened(readable(policy, source));
  // A reserved prefix ("xn--"), or nothing left of the name.
  if (!can_be_made(policy, name)) name = shortened("r-" + readable(policy, source));
  return s3::BucketName::parse(name);
}

s3::Tag replica_mark(const Policy& policy, const s3::BucketName& source) {
  const std::string place = policy.source_account.text() + "/" + policy.source_region.text() + "/";
  std::string value = place + source.text();
  if (value.size() > tag_value_length_max) value = place + aws::sha256_hex(source.text());
  return {std::string(replica_mark_key), std::move(value)};
}

bool is_marked_replica(const s3::TagSet& tags) {
  return s3::find_tag(tags, replica_mark_key) != nullptr;
}

std::optional<s3::BucketName> source_of_mark(const Policy& policy, const s3::TagSet& tags) {
  const std::string* mark = s3::find_tag(tags, replica_mark_key);
  const std::string place = policy.source_account.text() + "/" + policy.source_region.text() + "/";
  if (mark == nullptr || !mark->starts_with(place)) return std::nullopt;
  const std::string name = mark->substr(place.size());
  // The hash of a name that is too long for a tag (replica_mark) tells nobody's name.
  constexpr std::size_t hash_length = 64;
  if (name.size() == hash_length && name.find_first_not_of("0123456789abcdef") == std::string::npos)
    return std::nullopt;
  if (s3::BucketName::why_impossible(name)) return std::nullopt;
  return s3::BucketName::parse(name);
}

std::optional<s3::BucketName> source_of_replica_name(const Policy& policy, const s3::BucketName& replica) {
  std::string name = replica.text();
  if (const std::string ending = ending_of(policy); name.ends_with(ending))
    name.resize(name.size() - ending.size());
  const std::string& pattern = policy.replica_name_template;
  const auto at = pattern.find(placeholder);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view before = std::string_view(pattern).substr(0, at);
  const std::string_view after = std::string_view(pattern).substr(at + placeholder.size());
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after))
    return std::nullopt;
  const std::string source = name.substr(before.size(), name.size() - before.size() - after.size());
  if (s3::BucketName::why_impossible(source)) return std::nullopt;
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
