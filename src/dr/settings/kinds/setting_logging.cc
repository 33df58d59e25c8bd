// Server access logs. S3 writes them only into a bucket of the same region and account.
// Source: docs/protocol.md, Bucket settings (PutBucketLogging).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{"BucketLoggingStatus",
                             {"LoggingEnabled", "TargetBucket", "TargetGrants", "TargetPrefix",
                              "TargetObjectKeyFormat", "Grant", "Grantee", "type", "ID", "URI", "Permission"},
                             {}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  if (root.child("LoggingEnabled") == nullptr) return std::nullopt;
  bring_into_order(root, form());
  return document_text(root);
}

std::string target_of(const SettingDocument& document) {
  return document ? read_element(*document, form().root).text_at("LoggingEnabled", "TargetBucket") : "";
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (!source) return result;
  const auto target = mapped_bucket(context, target_of(source));
  if (!target) {
    result.left_out.push_back("access logs go to " + target_of(source) +
                              ", and S3 wants a bucket of the replica's own region and account: name one in "
                              "settings.mappings");
    return result;
  }
  XmlElement root = read_element(*source, form().root);
  for (XmlElement& child : root.children) {
    if (child.name == "LoggingEnabled") child.set("TargetBucket", *target);
  }
  bring_into_order(root, form());
  result.document = document_text(root);
  return result;
}

// Without logs nobody sees who reads.
Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  return present && !wanted ? Strictness::weaker : Strictness::neutral;
}

std::string summary(const SettingDocument& document) {
  return document ? "to " + target_of(document) : "off";
}

}  // namespace

Setting logging_setting() {
  return {
      s3::SettingKind::logging,
      "access logs",
      Follow::clone,
      "to the mapped bucket of the replica's region; without a mapping they are left out, and that is said",
      normal_form,
      transform,
      compare,
      summary};
}

}  // namespace s3dr::dr
