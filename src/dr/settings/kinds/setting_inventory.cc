// Inventory reports. They go to a bucket of the same region.
// Source: docs/protocol.md, Bucket settings (PutBucketInventoryConfiguration).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr auto kind = s3::SettingKind::inventory;

const XmlForm& form() {
  static const XmlForm value{"InventoryConfiguration",
                             {"Destination", "S3BucketDestination", "AccountId", "Bucket", "Format", "Prefix",
                              "Encryption", "SSE-S3", "SSE-KMS", "KeyId", "IsEnabled", "Filter", "Id",
                              "IncludedObjectVersions", "OptionalFields", "Field", "Schedule", "Frequency"},
                             {}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  return parts_in_normal_form(kind, form(), document);
}

XmlElement* find_in(XmlElement& element, std::string_view name) {
  if (element.name == name) return &element;
  for (XmlElement& child : element.children) {
    if (XmlElement* found = find_in(child, name)) return found;
  }
  return nullptr;
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  return transformed_parts(kind, form(), source, [&](XmlElement& part, std::vector<std::string>& left_out) {
    const std::string id = "inventory " + part.text_of("Id");
    XmlElement* destination = find_in(part, "S3BucketDestination");
    if (destination == nullptr) return true;
    const auto bucket = mapped_bucket(context, destination->text_of("Bucket"));
    if (!bucket) {
      left_out.push_back(id + " reports to " + destination->text_of("Bucket") +
                         ": name a bucket of the replica's region in settings.mappings");
      return false;
    }
    destination->set("Bucket", *bucket);
    if (destination->child("AccountId") != nullptr)
      destination->set("AccountId", context.replica.account.text());
    if (XmlElement* kms = find_in(*destination, "SSE-KMS")) {
      const auto key = mapped(context.policy, kms->text_of("KeyId"));
      if (!key) {
        left_out.push_back("KeyNotMapped: " + id + " is encrypted with " + kms->text_of("KeyId") +
                           ": name its counterpart in settings.mappings");
        return false;
      }
      kms->set("KeyId", *key);
    }
    return true;
  });
}

std::string summary(const SettingDocument& document) {
  return document ? counted(parts_of(kind, document).size(), "report", "reports") : "not set";
}

}  // namespace

Setting inventory_setting() {
  return {kind,
          "inventory",
          Follow::clone,
          "to the mapped bucket of the replica's region; without a mapping it is left out",
          normal_form,
          transform,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
