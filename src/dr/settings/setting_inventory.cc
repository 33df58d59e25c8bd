// Regular lists of the objects. They go to a bucket of the same region, some under a key of KMS.
// Source: docs/protocol.md, Bucket settings (PutBucketInventoryConfiguration).
#include "dr/settings/kinds.h"
#include "dr/settings/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr s3::SettingKind kind = s3::SettingKind::inventory;

const XmlForm& form() {
  static const XmlForm value{
      "InventoryConfiguration",
      {"Id", "IsEnabled", "Destination", "S3BucketDestination", "AccountId", "Bucket", "Format", "Prefix",
       "Encryption", "Filter", "IncludedObjectVersions", "OptionalFields", "Schedule"},
      {}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  return parts_in_normal_form(kind, form(), document);
}

bool is_key_mapped(const SettingContext& context, XmlElement& part, std::vector<std::string>& left_out) {
  XmlElement* kms = part.at({"Destination", "S3BucketDestination", "Encryption", "SSE-KMS"});
  if (kms == nullptr) return true;
  const std::string key = kms->text_of("KeyId");
  const auto other = mapped(context.policy, key);
  if (!other) {
    left_out.push_back(part.text_of("Id") + ": KeyNotMapped: it is encrypted with " + key +
                       ", and no mapping names a key of " + context.replica.region.text());
    return false;
  }
  kms->set("KeyId", *other);
  return true;
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  return transformed_parts(kind, form(), source, [&](XmlElement& part, std::vector<std::string>& left_out) {
    XmlElement* destination = part.at({"Destination", "S3BucketDestination"});
    return destination == nullptr ||
           (is_destination_mapped(context, *destination, "AccountId", part.text_of("Id"), left_out) &&
            is_key_mapped(context, part, left_out));
  });
}

std::string summary(const SettingDocument& document) {
  return counted(parts_of(kind, document).size(), "configuration", "configurations");
}

}  // namespace

Setting inventory_setting() {
  return {kind,
          "inventory",
          Follow::clone,
          "lists go to the bucket that a mapping names, because S3 takes only one of the same region",
          normal_form,
          transform,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
