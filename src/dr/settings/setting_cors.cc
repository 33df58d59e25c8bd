// Which pages of other sites a browser lets at the bucket. Gives nobody a right, so it is neither stricter nor weaker.
// The first rule that matches counts. Source: docs/protocol.md, Bucket settings (PutBucketCors).
#include "dr/settings/kinds.h"
#include "dr/settings/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{
      "CORSConfiguration",
      {"ID", "AllowedHeader", "AllowedMethod", "AllowedOrigin", "ExposeHeader", "MaxAgeSeconds"},
      {"CORSRule"}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  if (root.all("CORSRule").empty()) return std::nullopt;
  bring_into_order(root, form());
  return document_text(root);
}

std::string summary(const SettingDocument& document) {
  if (!document) return "not set";
  return counted(read_element(*document, form().root).all("CORSRule").size(), "rule", "rules");
}

}  // namespace

Setting cors_setting() {
  return {s3::SettingKind::cors,
          "CORS",
          Follow::clone,
          "pages that read the source must be able to read the replica; it gives nobody a right",
          normal_form,
          copied,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
