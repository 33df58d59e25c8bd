// Object lock of the bucket with its default retention. S3 never turns it off, so a replica is created with it.
// Source: docs/protocol.md, Bucket settings (PutObjectLockConfiguration).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{"ObjectLockConfiguration",
                             {"ObjectLockEnabled", "Rule", "DefaultRetention", "Mode", "Days", "Years"},
                             {}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  if (!says(root.child("ObjectLockEnabled"), "Enabled")) return std::nullopt;
  bring_into_order(root, form());
  return document_text(root);
}

// A default retention: none is 0 days.
struct Retention {
  bool locked = false;
  bool compliance = false;
  long long days = 0;
};

Retention retention_of(const SettingDocument& document) {
  Retention result;
  if (!document) return result;
  result.locked = true;
  const XmlElement root = read_element(*document, form().root);
  const XmlElement* rule = root.child("Rule");
  const XmlElement* retention = rule == nullptr ? nullptr : rule->child("DefaultRetention");
  if (retention == nullptr) return result;
  result.compliance = says(retention->child("Mode"), "COMPLIANCE");
  result.days = number_in(*retention, "Days") + 365 * number_in(*retention, "Years");
  return result;
}

template <class Value>
Strictness more_is_stricter(Value present, Value wanted) {
  if (present == wanted) return Strictness::equal;
  return wanted < present ? Strictness::weaker : Strictness::stricter;
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  const Retention a = retention_of(present), b = retention_of(wanted);
  const Strictness result =
      together({more_is_stricter(a.locked, b.locked), more_is_stricter(a.compliance, b.compliance),
                more_is_stricter(a.days, b.days)});
  return result == Strictness::equal ? Strictness::neutral : result;
}

std::string summary(const SettingDocument& document) {
  if (!document) return "not set";
  const Retention retention = retention_of(document);
  if (retention.days == 0) return "on, no default retention";
  return std::string("on, ") + (retention.compliance ? "COMPLIANCE " : "GOVERNANCE ") +
         counted(static_cast<std::size_t>(retention.days), "day", "days");
}

}  // namespace

Setting object_lock_setting() {
  return {
      s3::SettingKind::object_lock,
      "object lock",
      Follow::clone,
      "S3 replicates locked versions only into a bucket with lock; every change waits: it cannot be undone",
      normal_form,
      copied,
      compare,
      summary,
      true};
}

}  // namespace s3dr::dr
