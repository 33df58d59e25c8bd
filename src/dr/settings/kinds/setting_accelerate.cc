// Transfer acceleration. Source: docs/protocol.md, Bucket settings (PutBucketAccelerateConfiguration).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view root_name = "AccelerateConfiguration";

SettingDocument normal_form(std::string_view document) {
  if (!says(read_element(document, root_name).child("Status"), "Enabled")) return std::nullopt;
  return document_text({std::string(root_name), "", {{"Status", "Enabled", {}}}});
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (source && context.replica.bucket.text().find('.') != std::string::npos) {
    result.left_out.push_back("acceleration: S3 does not accelerate a bucket with a dot in its name");
    return result;
  }
  result.document = source;
  return result;
}

std::string summary(const SettingDocument& document) {
  return document ? "on" : "off";
}

}  // namespace

Setting accelerate_setting() {
  return {s3::SettingKind::accelerate,
          "transfer acceleration",
          Follow::clone,
          "clients that use it would fail over there without it",
          normal_form,
          transform,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
