// Storage class analysis. An export goes to a bucket of the same region.
// Source: docs/protocol.md, Bucket settings (PutBucketAnalyticsConfiguration).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr auto kind = s3::SettingKind::analytics;

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

// The export's destination, wherever it stands in the part.
XmlElement* destination_in(XmlElement& element) {
  if (element.name == "S3BucketDestination") return &element;
  for (XmlElement& child : element.children) {
    if (XmlElement* found = destination_in(child)) return found;
  }
  return nullptr;
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  return transformed_parts(kind, form(), source, [&](XmlElement& part, std::vector<std::string>& left_out) {
    XmlElement* destination = destination_in(part);
    if (destination == nullptr) return true;
    const std::string bucket = destination->text_of("Bucket");
    const auto other = mapped_bucket(context, bucket);
    if (!other) {
      left_out.push_back("analysis " + part.text_of("Id") + " exports to " + bucket +
                         ": name a bucket of the replica's region in settings.mappings");
      return false;
    }
    destination->set("Bucket", *other);
    if (destination->child("BucketAccountId") != nullptr)
      destination->set("BucketAccountId", context.replica.account.text());
    return true;
  });
}

std::string summary(const SettingDocument& document) {
  return document ? counted(parts_of(kind, document).size(), "analysis", "analyses") : "not set";
}

}  // namespace

Setting analytics_setting() {
  return {kind,
          "storage class analysis",
          Follow::clone,
          "an export to the mapped bucket of the replica's region; without a mapping it is left out",
          normal_form,
          transform,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
