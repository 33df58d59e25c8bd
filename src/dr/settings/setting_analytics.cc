// Analyses of storage classes. An export goes to a bucket of the same region.
// Source: docs/protocol.md, Bucket settings (PutBucketAnalyticsConfiguration).
#include "dr/settings/kinds.h"
#include "dr/settings/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr s3::SettingKind kind = s3::SettingKind::analytics;

const XmlForm& form() {
  static const XmlForm value{
      "AnalyticsConfiguration",
      {"Id", "Filter", "And", "Prefix", "Tag", "Key", "Value", "StorageClassAnalysis", "DataExport",
       "OutputSchemaVersion", "Destination", "S3BucketDestination", "Format", "BucketAccountId", "Bucket"},
      {}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  return parts_in_normal_form(kind, form(), document);
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  return transformed_parts(kind, form(), source, [&](XmlElement& part, std::vector<std::string>& left_out) {
    XmlElement* destination =
        part.at({"StorageClassAnalysis", "DataExport", "Destination", "S3BucketDestination"});
    return destination == nullptr ||
           is_destination_mapped(context, *destination, "BucketAccountId", part.text_of("Id"), left_out);
  });
}

std::string summary(const SettingDocument& document) {
  return counted(parts_of(kind, document).size(), "configuration", "configurations");
}

}  // namespace

Setting analytics_setting() {
  return {kind,
          "analytics",
          Follow::clone,
          "exports go to the bucket that a mapping names, because S3 takes only one of the same region",
          normal_form,
          transform,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
