// When objects expire or move to another storage class. A rule that deletes more, or sooner, is weaker: it is the way in
// which whoever holds the source could empty the replica.
// Source: docs/protocol.md, Bucket settings (PutBucketLifecycleConfiguration).
#include <algorithm>

#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/lifecycle_rules.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view size_element = "TransitionDefaultMinimumObjectSize";
constexpr std::string_view default_size = "all_storage_classes_128K";

const XmlForm& form() {
  static const XmlForm value{"LifecycleConfiguration",
                             {"Rule",
                              "ID",
                              "Filter",
                              "And",
                              "Prefix",
                              "Tag",
                              "Key",
                              "Value",
                              "ObjectSizeGreaterThan",
                              "ObjectSizeLessThan",
                              "Status",
                              "Transition",
                              "Expiration",
                              "Date",
                              "Days",
                              "ExpiredObjectDeleteMarker",
                              "NoncurrentVersionTransition",
                              "NoncurrentVersionExpiration",
                              "NewerNoncurrentVersions",
                              "NoncurrentDays",
                              "StorageClass",
                              "AbortIncompleteMultipartUpload",
                              "DaysAfterInitiation",
                              "TransitionDefaultMinimumObjectSize"},
                             {}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  if (root.child("Rule") == nullptr) return std::nullopt;
  if (root.text_of(size_element) == default_size) root.remove(size_element);
  for (XmlElement& rule : root.children) {
    if (rule.name == "Rule" && rule.child("Prefix") != nullptr && rule.child("Filter") == nullptr) {
      // The older form of the same filter.
      XmlElement filter{"Filter", "", {{"Prefix", rule.text_of("Prefix"), {}}}};
      rule.remove("Prefix");
      rule.children.push_back(std::move(filter));
    }
  }
  bring_into_order(root, form());
  return document_text(root);
}

std::vector<Deletion> deletions_in(const SettingDocument& document) {
  return document ? deletions_of(read_element(*document, form().root)) : std::vector<Deletion>();
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  const auto before = deletions_in(present), after = deletions_in(wanted);
  const auto covered_by = [](const std::vector<Deletion>& all) {
    return [&all](const Deletion& one) { return is_covered(one, all); };
  };
  if (!std::ranges::all_of(after, covered_by(before))) return Strictness::weaker;
  return std::ranges::all_of(before, covered_by(after)) ? Strictness::neutral : Strictness::stricter;
}

Transformed transform(const SettingContext&, const SettingDocument& source) {
  Transformed result;
  result.document = source;
  const auto deletions = deletions_in(source);
  if (std::ranges::find(deletions, Deletion::Of::noncurrent, &Deletion::of) == deletions.end()) {
    result.hints.push_back(
        "no rule deletes noncurrent versions: source and replica keep, and pay for, every version. Consider "
        "a "
        "NoncurrentVersionExpiration at the source");
  }
  return result;
}

std::string summary(const SettingDocument& document) {
  if (!document) return "not set";
  const XmlElement root = read_element(*document, form().root);
  std::string text = counted(root.all("Rule").size(), "rule", "rules");
  for (const Deletion& deletion : deletions_in(document)) {
    text += deletion.of == Deletion::Of::current ? ", expires " : ", noncurrent expires ";
    text += deletion.date.empty()
                ? "after " + counted(static_cast<std::size_t>(std::max(0LL, deletion.days)), "day", "days")
                : "on " + deletion.date.substr(0, 10);
  }
  return text;
}

}  // namespace

Setting lifecycle_setting() {
  return {
      s3::SettingKind::lifecycle,
      "lifecycle",
      Follow::clone,
      "both sides age alike, and the replica never deletes what the source keeps; a shorter expiry is held",
      normal_form,
      transform,
      compare,
      summary};
}

}  // namespace s3dr::dr
