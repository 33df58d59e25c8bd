// The block of public access: four switches. Not set means none of them.
// Source: docs/protocol.md, Bucket settings (PutPublicAccessBlock).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view root_name = "PublicAccessBlockConfiguration";
constexpr std::string_view switches[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                         "RestrictPublicBuckets"};

SettingDocument normal_form(std::string_view document) {
  const XmlElement found = read_element(document, root_name);
  XmlElement root{std::string(root_name), "", {}};
  bool any = false;
  for (const std::string_view name : switches) {
    const bool on = says(found.child(name), "true");
    any |= on;
    root.children.push_back({std::string(name), on ? "true" : "false", {}});
  }
  if (!any) return std::nullopt;
  return document_text(root);
}

bool is_on(const SettingDocument& document, std::string_view name) {
  return document && says(read_element(*document, root_name).child(name), "true");
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  std::vector<Strictness> parts;
  for (const std::string_view name : switches) {
    const bool before = is_on(present, name), after = is_on(wanted, name);
    parts.push_back(before == after ? Strictness::equal : after ? Strictness::stricter : Strictness::weaker);
  }
  return together(parts);
}

std::string summary(const SettingDocument& document) {
  std::string on;
  std::size_t count = 0;
  for (const std::string_view name : switches) {
    if (!is_on(document, name)) continue;
    ++count;
    on += (on.empty() ? "" : ", ") + std::string(name);
  }
  if (count == 0) return "nothing is blocked";
  return count == std::size(switches) ? "all four" : on;
}

}  // namespace

Setting public_access_block_setting() {
  return {s3::SettingKind::public_access_block,
          "block of public access",
          Follow::stricter,
          "a new bucket blocks all of it; what a source opens is opened at the replica by a failover only",
          normal_form,
          copied,
          compare,
          summary};
}

}  // namespace s3dr::dr
