// The three settings that are one word each: accelerate, request payment, attributes for access control (abac).
// Source: docs/protocol.md, Bucket settings.
#include "dr/settings/kinds.h"
#include "dr/settings/xml_form.h"

namespace s3dr::dr {
namespace {

struct WordForm {
  std::string_view root, child;
  std::string_view unset;  // the word that says the same as "never set"
};
constexpr WordForm accelerate_form{"AccelerateConfiguration", "Status", "Suspended"};
constexpr WordForm payment_form{"RequestPaymentConfiguration", "Payer", "BucketOwner"};
constexpr WordForm abac_form{"AbacStatus", "Status", "Disabled"};

template <const WordForm& form>
SettingDocument normal_form(std::string_view document) {
  const std::string word = read_element(document, form.root).text_of(form.child);
  if (word.empty() || word == form.unset) return std::nullopt;
  return document_text({std::string(form.root), "", {{std::string(form.child), word, {}}}});
}

template <const WordForm& form>
std::string summary(const SettingDocument& document) {
  return document ? read_element(*document, form.root).text_of(form.child) : std::string(form.unset);
}

Transformed accelerated(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (source && context.replica.bucket.text().contains('.')) {
    result.left_out.emplace_back("S3 does not accelerate a bucket with a dot in its name");
  } else {
    result.document = source;
  }
  return result;
}

// The replication role of the other account would have to pay, and S3 does not let it write.
Transformed paid(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (source && context.source.account != context.replica.account) {
    result.left_out.emplace_back("a replica in another account whose requester pays would take no replicas");
  } else {
    result.document = source;
  }
  return result;
}

// Whether tags decide makes access wider or narrower, by what the policies say.
Strictness compare_abac(const SettingDocument& present, const SettingDocument& wanted) {
  return present == wanted ? Strictness::equal : Strictness::weaker;
}

}  // namespace

Setting accelerate_setting() {
  return {s3::SettingKind::accelerate,
          "transfer acceleration",
          Follow::clone,
          "clients that use the accelerated endpoint find the replica there too",
          normal_form<accelerate_form>,
          accelerated,
          equal_or_neutral,
          summary<accelerate_form>};
}

Setting request_payment_setting() {
  return {s3::SettingKind::request_payment,
          "request payment",
          Follow::clone,
          "the same pays; never across accounts, where it stops replication",
          normal_form<payment_form>,
          paid,
          equal_or_neutral,
          summary<payment_form>};
}

Setting abac_setting() {
  return {s3::SettingKind::abac,
          "access by tags (ABAC)",
          Follow::clone,
          "policies that ask for the bucket's tags mean the same; any later change is held, because it may "
          "widen access",
          normal_form<abac_form>,
          copied,
          compare_abac,
          summary<abac_form>};
}

}  // namespace s3dr::dr
