// For which objects CloudWatch counts requests. Source: docs/protocol.md, Bucket settings (PutBucketMetricsConfiguration).
#include "dr/settings/kinds.h"
#include "dr/settings/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr s3::SettingKind kind = s3::SettingKind::metrics;

const XmlForm& form() {
  static const XmlForm value{
      "MetricsConfiguration", {"Id", "Filter", "And", "Prefix", "Tag", "Key", "Value", "AccessPointArn"}, {}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  return parts_in_normal_form(kind, form(), document);
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  return transformed_parts(kind, form(), source, [&](XmlElement& part, std::vector<std::string>& left_out) {
    XmlElement* filter = part.at({"Filter"});
    if (filter == nullptr) return true;
    if (XmlElement* all = filter->at({"And"})) filter = all;
    const std::string access_point = filter->text_of("AccessPointArn");
    if (access_point.empty()) return true;
    const auto other = mapped(context.policy, access_point);
    if (!other) {
      left_out.push_back(part.text_of("Id") + ": counts for the access point " + access_point +
                         ", and no mapping names its counterpart");
      return false;
    }
    filter->set("AccessPointArn", *other);
    return true;
  });
}

std::string summary(const SettingDocument& document) {
  return counted(parts_of(kind, document).size(), "configuration", "configurations");
}

}  // namespace

Setting metrics_setting() {
  return {kind,
          "request metrics",
          Follow::clone,
          "whoever watches the source watches the replica by the same names",
          normal_form,
          transform,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
