// Where S3 writes the log of requests. The target must be of the bucket's own region and account.
// Source: docs/protocol.md, Bucket settings (PutBucketLogging).
#include "aws/xml.h"
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{"BucketLoggingStatus",
                             {"TargetBucket", "TargetGrants", "TargetPrefix", "TargetObjectKeyFormat",
                              "Grantee", "ID", "URI", "Permission"},
                             {}};
  return value;
}

void drop_names(XmlElement& element) {
  element.remove("DisplayName");
  for (XmlElement& child : element.children) drop_names(child);
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  XmlElement* logging = root.child("LoggingEnabled");
  if (logging == nullptr) return std::nullopt;
  if (logging->text_of("TargetBucket").empty()) aws::xml::refuse("TargetBucket is missing");
  drop_names(*logging);
  std::erase_if(logging->children,
                [](const XmlElement& one) { return one.name == "TargetGrants" && one.children.empty(); });
  if (logging->child("TargetPrefix") == nullptr) logging->set("TargetPrefix", "");
  if (logging->child("TargetObjectKeyFormat") == nullptr)
    logging->children.push_back({"TargetObjectKeyFormat", "", {{"SimplePrefix", "", {}}}});
  bring_into_order(root, form());
  return document_text(root);
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (!source) return result;
  XmlElement root = read_element(*source, form().root);
  XmlElement& logging = root.children.front();
  const std::string target = logging.text_of("TargetBucket");
  const auto other = mapped_bucket(context, target);
  if (!other) {
    result.left_out.push_back("access logs go to " + target + ", and no mapping names a bucket of " +
                              context.replica.region.text());
    return result;
  }
  logging.set("TargetBucket", *other);
  if (logging.child("TargetGrants") != nullptr) {
    logging.remove("TargetGrants");
    result.left_out.emplace_back(
        "rights to the logs that the source's setting gives: give them at the target bucket");
  }
  result.document = normal_form(document_text(root));
  return result;
}

// Whoever turns the log off acts unseen from then on.
Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  return by_reach(present && !wanted, !present && wanted);
}

std::string summary(const SettingDocument& document) {
  if (!document) return "off";
  const XmlElement root = read_element(*document, form().root);
  const XmlElement& logging = root.children.front();
  return "to " + logging.text_of("TargetBucket") + "/" + logging.text_of("TargetPrefix");
}

}  // namespace

Setting logging_setting() {
  return {s3::SettingKind::logging,
          "access logs",
          Follow::clone,
          "to the bucket that a mapping names, because S3 takes only one of the same region and account",
          normal_form,
          transform,
          compare,
          summary};
}

}  // namespace s3dr::dr
