// Who owns objects that others write, and whether ACLs count. Not set, and ObjectWriter, mean the same.
// Source: docs/protocol.md, Bucket settings (PutBucketOwnershipControls).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view root_name = "OwnershipControls";

std::string ownership_of(std::string_view document) {
  return without_blanks(read_element(document, root_name).text_at("Rule", "ObjectOwnership"));
}

SettingDocument normal_form(std::string_view document) {
  const std::string ownership = ownership_of(document);
  if (ownership.empty() || ownership == "ObjectWriter") return std::nullopt;
  return document_text({std::string(root_name), "", {{"Rule", "", {{"ObjectOwnership", ownership, {}}}}}});
}

int rank_of(const SettingDocument& document) {
  if (!document) return 0;
  const std::string ownership = ownership_of(*document);
  if (ownership == "BucketOwnerEnforced") return 2;
  return ownership == "BucketOwnerPreferred" ? 1 : 0;
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  return rank_of(wanted) > rank_of(present) ? Strictness::stricter : Strictness::weaker;
}

std::string summary(const SettingDocument& document) {
  return document ? ownership_of(*document) : "ObjectWriter";
}

}  // namespace

bool enforces_owner(const SettingDocument& ownership_controls) {
  return rank_of(ownership_controls) == 2;
}

Setting ownership_controls_setting() {
  return {s3::SettingKind::ownership_controls,
          "object ownership",
          Follow::stricter,
          "a new bucket enforces its owner, and ACLs have no effect; a replica is never less strict",
          normal_form,
          copied,
          compare,
          summary};
}

}  // namespace s3dr::dr
