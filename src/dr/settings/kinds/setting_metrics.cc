// Request metrics. Source: docs/protocol.md, Bucket settings (PutBucketMetricsConfiguration).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr auto kind = s3::SettingKind::metrics;

const XmlForm& form() {
  static const XmlForm value{
      "MetricsConfiguration", {"Id", "Filter", "And", "Prefix", "Tag", "Key", "Value", "AccessPointArn"}, {}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  return parts_in_normal_form(kind, form(), document);
}

bool names_access_point(const XmlElement& element) {
  if (element.name == "AccessPointArn") return true;
  for (const XmlElement& child : element.children) {
    if (names_access_point(child)) return true;
  }
  return false;
}

Transformed transform(const SettingContext&, const SettingDocument& source) {
  return transformed_parts(kind, form(), source, [](XmlElement& part, std::vector<std::string>& left_out) {
    if (!names_access_point(part)) return true;
    left_out.push_back("metrics " + part.text_of("Id") + ": an access point of the source");
    return false;
  });
}

std::string summary(const SettingDocument& document) {
  return document ? counted(parts_of(kind, document).size(), "filter", "filters") : "not set";
}

}  // namespace

Setting metrics_setting() {
  return {kind,        "request metrics", Follow::clone,    "dashboards find the same filters over there",
          normal_form, transform,         equal_or_neutral, summary};
}

}  // namespace s3dr::dr
