// Who pays for requests. S3 does not replicate into a bucket of another account whose requester pays.
// Source: docs/protocol.md, Bucket settings (PutBucketRequestPayment).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view root_name = "RequestPaymentConfiguration";

SettingDocument normal_form(std::string_view document) {
  if (!says(read_element(document, root_name).child("Payer"), "Requester")) return std::nullopt;
  return document_text({std::string(root_name), "", {{"Payer", "Requester", {}}}});
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (source && context.source.account != context.replica.account) {
    result.left_out.push_back("requester pays: S3 does not replicate into such a bucket of another account");
    return result;
  }
  result.document = source;
  return result;
}

// It may shut readers out, so it waits for a person.
Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  return wanted ? Strictness::weaker : Strictness::stricter;
}

std::string summary(const SettingDocument& document) {
  return document ? "Requester" : "BucketOwner";
}

}  // namespace

Setting request_payment_setting() {
  return {s3::SettingKind::request_payment,
          "request payment",
          Follow::clone,
          "within one account; across accounts it would stop replication",
          normal_form,
          transform,
          compare,
          summary};
}

}  // namespace s3dr::dr
