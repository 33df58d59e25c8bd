// Into which archive tiers the class INTELLIGENT_TIERING moves objects that nobody reads: they must be restored before
// they can be read. Source: docs/protocol.md, Bucket settings (PutBucketIntelligentTieringConfiguration).
#include <algorithm>

#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr s3::SettingKind kind = s3::SettingKind::intelligent_tiering;

const XmlForm& form() {
  static const XmlForm value{
      "IntelligentTieringConfiguration",
      {"Id", "Filter", "And", "Prefix", "Tag", "Key", "Value", "Status", "Tiering", "Days", "AccessTier"},
      {}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  return parts_in_normal_form(kind, form(), document);
}

struct Archive {
  std::string tier;
  long long days = 0;
  ObjectFilter filter;
  bool covers(const Archive& other) const {
    return tier == other.tier && days <= other.days && filter.covers(other.filter);
  }
};

std::vector<Archive> archives_of(const SettingDocument& document) {
  std::vector<Archive> archives;
  for (const XmlElement& part : parts_of(kind, document)) {
    if (!says(part.child("Status"), "Enabled")) continue;
    for (const XmlElement* tiering : part.all("Tiering"))
      archives.push_back({tiering->text_of("AccessTier"), number_in(*tiering, "Days"), filter_of(part)});
  }
  return archives;
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  const std::vector<Archive> before = archives_of(present), after = archives_of(wanted);
  const auto more = [](const std::vector<Archive>& some, const std::vector<Archive>& others) {
    return std::ranges::any_of(some, [&](const Archive& archive) {
      return std::ranges::none_of(others, [&](const Archive& other) { return other.covers(archive); });
    });
  };
  return by_reach(more(after, before), more(before, after));
}

std::string summary(const SettingDocument& document) {
  return document ? counted(parts_of(kind, document).size(), "configuration", "configurations") : "not set";
}

}  // namespace

Setting intelligent_tiering_setting() {
  return {kind,          "intelligent tiering",
          Follow::clone, "the replica costs what the source does; to archive more, or earlier, is held",
          normal_form,   copied,
          compare,       summary};
}

}  // namespace s3dr::dr
