// Which web pages may call the bucket. The first rule that matches counts, so the rules keep their order.
// Source: docs/protocol.md, Bucket settings (PutBucketCors).
#include <algorithm>

#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{
      "CORSConfiguration",
      {"CORSRule", "ID", "AllowedHeader", "AllowedMethod", "AllowedOrigin", "ExposeHeader", "MaxAgeSeconds"},
      {"CORSRule"}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  if (root.children.empty()) return std::nullopt;
  bring_into_order(root, form());
  return document_text(root);
}

// Without the ids, which say nothing about access.
std::vector<XmlElement> rules_of(const SettingDocument& document) {
  if (!document) return {};
  std::vector<XmlElement> rules;
  for (XmlElement& rule : read_element(*document, form().root).children) {
    rule.remove("ID");
    rules.push_back(std::move(rule));
  }
  return rules;
}

bool is_part_of(const std::vector<XmlElement>& part, const std::vector<XmlElement>& whole) {
  return std::ranges::all_of(part, [&](const XmlElement& rule) {
    return std::find(whole.begin(), whole.end(), rule) != whole.end();
  });
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  const auto before = rules_of(present), after = rules_of(wanted);
  const bool adds = !is_part_of(after, before), takes = !is_part_of(before, after);
  if (adds) return Strictness::weaker;
  return takes ? Strictness::stricter : Strictness::neutral;
}

std::string summary(const SettingDocument& document) {
  return document ? counted(rules_of(document).size(), "rule", "rules") : "not set";
}

}  // namespace

Setting cors_setting() {
  return {s3::SettingKind::cors,
          "CORS",
          Follow::clone,
          "an application that moves over needs the same; a rule that lets more pages in is held",
          normal_form,
          copied,
          compare,
          summary};
}

}  // namespace s3dr::dr
