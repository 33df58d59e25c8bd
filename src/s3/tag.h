// Tags of buckets and objects.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr::s3 {

struct Tag {
  std::string key;
  std::string value;
  auto operator<=>(const Tag&) const = default;
};

using TagSet = std::vector<Tag>;  // in the order given; keys are unique

enum class TagOwner { bucket, object };  // ≤ 50 and ≤ 10 tags

const std::string* find_tag(const TagSet& tags, std::string_view key);  // nullptr: not there
bool same_tags(const TagSet& a, const TagSet& b);                       // as sets
// Why S3 would refuse the set; nullopt: it would not. Examples: too many, an empty or over-long key, a
// duplicate key, the prefix "aws:", forbidden characters.
std::optional<std::string> why_invalid(const TagSet& tags, TagOwner owner);
// The form of the x-amz-tagging header: "a=1&b=2", form-encoded. nullopt when the text is malformed.
std::optional<TagSet> parse_tagging_header(std::string_view text);
std::string to_tagging_header(const TagSet& tags);

}  // namespace s3dr::s3
