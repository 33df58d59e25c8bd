// Archive tiers of the storage class Intelligent-Tiering.
// Source: docs/protocol.md, Bucket settings (PutBucketIntelligentTieringConfiguration).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr auto kind = s3::SettingKind::intelligent_tiering;

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

std::string summary(const SettingDocument& document) {
  return document ? counted(parts_of(kind, document).size(), "configuration", "configurations") : "not set";
}

}  // namespace

Setting intelligent_tiering_setting() {
  return {kind,   "intelligent tiering", Follow::clone, "the replica costs what the source does", normal_form,
          copied, equal_or_neutral,      summary};
}

}  // namespace s3dr::dr
