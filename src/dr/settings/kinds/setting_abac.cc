// Whether tags of the bucket decide about access. Source: docs/protocol.md, Bucket settings (PutBucketAbac).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view root_name = "AbacStatus";

SettingDocument normal_form(std::string_view document) {
  if (!says(read_element(document, root_name).child("Status"), "Enabled")) return std::nullopt;
  return document_text({std::string(root_name), "", {{"Status", "Enabled", {}}}});
}

// With it on, whoever may tag the bucket decides who may read it.
Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  return wanted ? Strictness::weaker : Strictness::stricter;
}

std::string summary(const SettingDocument& document) {
  return document ? "on" : "off";
}

}  // namespace

Setting abac_setting() {
  return {s3::SettingKind::abac,
          "access by tags",
          Follow::clone,
          "policies that go by tags count at both sides; to switch it on later is held",
          normal_form,
          copied,
          compare,
          summary};
}

}  // namespace s3dr::dr
