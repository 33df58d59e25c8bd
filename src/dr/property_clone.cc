#include "dr/property_clone.h"

#include <algorithm>

#include "base/http_message.h"
#include "dr/replica_name.h"

namespace s3dr::dr {
namespace {

constexpr std::size_t bucket_tags_max = 50;

bool is_system(const std::string& key) {
  return key.size() >= 4 && equals_ignoring_case(std::string_view(key).substr(0, 4), "aws:");
}

s3::TagSet overlaid(s3::TagSet base, const s3::TagSet& over) {
  for (const s3::Tag& tag : over) {
    const auto found = std::find_if(base.begin(), base.end(),
                                    [&](const s3::Tag& present) { return present.key == tag.key; });
    if (found == base.end()) {
      base.push_back(tag);
    } else {
      found->value = tag.value;
    }
  }
  return base;
}

s3::TagSet missing_from(const s3::TagSet& present, const s3::TagSet& wanted) {
  s3::TagSet result;
  for (const s3::Tag& tag : wanted) {
    const std::string* value = s3::find_tag(present, tag.key);
    if (value == nullptr || *value != tag.value) result.push_back(tag);
  }
  return result;
}

}  // namespace

s3::TagSet tags_to_clone(const Policy& policy, const s3::TagSet& source_tags) {
  s3::TagSet result;
  std::vector<s3::Tag> triggers = policy.match_tags;
  for (const OtherProtection& other : policy.others)
    triggers.insert(triggers.end(), other.match_tags.begin(), other.match_tags.end());
  for (const s3::Tag& tag : source_tags) {
    const bool trigger = std::ranges::find(triggers, tag.key, &s3::Tag::key) != triggers.end();
    if (!trigger && !is_system(tag.key) && !tag.key.starts_with("s3dr:")) result.push_back(tag);
  }
  return result;
}

TagChange replica_tag_change(const Policy& policy, const s3::Tag& mark, const s3::TagSet& source_tags,
                             const s3::TagSet& replica_tags) {
  s3::TagSet present;
  for (const s3::Tag& tag : replica_tags) {
    if (!is_system(tag.key)) present.push_back(tag);
  }
  s3::TagSet wanted = {mark};
  const s3::TagSet cloned = tags_to_clone(policy, source_tags);
  wanted.insert(wanted.end(), cloned.begin(), cloned.end());
  TagChange change;
  if (overlaid(present, wanted).size() > bucket_tags_max) {
    change.not_cloned = "source and replica tags together are more than 50: tags not cloned";
    wanted = {mark};
  }
  change.set = missing_from(present, wanted);
  change.merged = overlaid(present, wanted);
  return change;
}

}  // namespace s3dr::dr
