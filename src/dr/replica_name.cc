#include "dr/replica_name.h"

#include "aws/hash.h"

namespace s3dr::dr {

s3::BucketName replica_name(const Policy& policy, const s3::BucketName& source, std::int64_t ordinal) {
  constexpr std::string_view placeholder = "{bucket}";
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

s3::BucketName replica_candidate(const Policy& policy, const s3::BucketName& source, const Record* record) {
  if (record == nullptr) return replica_name(policy, source);
  if (record->instruction) {
    if (record->instruction->kind == InstructionKind::adopt) return record->instruction->bucket;
    return replica_name(policy, source, record->replica_ordinal + 1);
  }
  return record->replica.bucket;
}

}  // namespace s3dr::dr
