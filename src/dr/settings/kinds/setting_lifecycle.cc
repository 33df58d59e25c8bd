// What S3 deletes and moves by itself. A rule that deletes more or earlier, or moves more into the archive, is weaker.
// Replicas keep the times of their originals, so a cloned rule never acts earlier than at the source.
// <TransitionDefaultMinimumObjectSize> is a header on the wire. Source: docs/protocol.md, Bucket settings
// (PutBucketLifecycleConfiguration).
#include <algorithm>

#include "base/encoding.h"
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view size_name = "TransitionDefaultMinimumObjectSize";
constexpr std::string_view size_default = "all_storage_classes_128K";
constexpr long long small_max = 128LL * 1024 - 1;  // bytes that by this default are too few to move

const XmlForm& form() {
  static const XmlForm value{"LifecycleConfiguration",
                             {size_name,
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
                              "Expiration",
                              "Transition",
                              "NoncurrentVersionTransition",
                              "NoncurrentVersionExpiration",
                              "AbortIncompleteMultipartUpload",
                              "Days",
                              "Date",
                              "NoncurrentDays",
                              "NewerNoncurrentVersions",
                              "StorageClass",
                              "ExpiredObjectDeleteMarker"},
                             {}};
  return value;
}

// <Filter><Prefix/></Filter>, <Filter/> and the <Prefix/> of old are one thing.
void unify_filter(XmlElement& rule) {
  XmlElement filter{"Filter", "", {}};
  if (const XmlElement* found = rule.child("Filter")) filter = *found;
  if (const XmlElement* old = rule.child("Prefix")) filter.children.push_back(*old);
  XmlElement conditions = filter.child("And") == nullptr ? filter : *filter.child("And");
  std::erase_if(conditions.children,
                [](const XmlElement& one) { return one.name == "Prefix" && one.text.empty(); });
  const bool combined = conditions.children.size() > 1;
  conditions.text.clear();
  conditions.name = combined ? "And" : "Filter";
  rule.remove("Prefix");
  rule.remove("Filter");
  if (combined) {
    rule.children.push_back({"Filter", "", {std::move(conditions)}});
  } else {
    rule.children.push_back(std::move(conditions));
  }
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  if (root.child("Rule") == nullptr) return std::nullopt;
  if (root.text_of(size_name).empty()) root.set(size_name, std::string(size_default));
  for (XmlElement& rule : root.children) {
    if (rule.name != "Rule") continue;
    unify_filter(rule);
    if (XmlElement* expiration = rule.child("Expiration")) {
      if (says(expiration->child("ExpiredObjectDeleteMarker"), "false"))
        expiration->remove("ExpiredObjectDeleteMarker");
      if (expiration->children.empty()) rule.remove("Expiration");
    }
    for (XmlElement& action : rule.children) {
      XmlElement* date = action.child("Date");
      if (date == nullptr) continue;
      if (const auto time = from_iso8601(date->text)) date->text = to_iso8601(*time);
    }
  }
  bring_into_order(root, form());
  return document_text(root);
}

// Something that a rule takes away: the current version, older ones, or at once readable ones (into the archive).
struct Loss {
  std::string what;           // the action: "Expiration"
  std::string storage_class;  // of a move into the archive
  ObjectFilter filter;
  long long days = 0;
  std::string date;    // instead of days
  long long kept = 0;  // so many older versions stay
  bool covers(const Loss& other) const {
    if (what != other.what || storage_class != other.storage_class || date.empty() != other.date.empty() ||
        !filter.covers(other.filter))
      return false;
    return date.empty() ? days <= other.days && kept <= other.kept : date <= other.date;
  }
};

bool is_weaker_class(const std::string& storage_class) {
  return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE" || storage_class == "ONEZONE_IA";
}

std::vector<Loss> losses_of(const SettingDocument& document) {
  std::vector<Loss> losses;
  if (!document) return losses;
  const XmlElement root = read_element(*document, form().root);
  const bool leaves_small = says(root.child(size_name), size_default);
  for (const XmlElement* rule : root.all("Rule")) {
    if (!says(rule->child("Status"), "Enabled")) continue;
    // What moves. A size in the filter counts before the default.
    ObjectFilter moving = filter_of(*rule);
    if (leaves_small && !moving.has_size()) moving.above = small_max;
    for (const XmlElement& action : rule->children) {
      const bool older = action.name.starts_with("NoncurrentVersion");
      const std::string moved = action.text_of("StorageClass");
      if (action.name != "Expiration" && action.name != "NoncurrentVersionExpiration" &&
          !is_weaker_class(moved))
        continue;
      if (action.name == "Expiration" && action.child("ExpiredObjectDeleteMarker") != nullptr &&
          action.child("Days") == nullptr && action.child("Date") == nullptr)
        continue;  // takes only what hides nothing
      losses.push_back({action.name, moved, moved.empty() ? filter_of(*rule) : moving,
                        number_in(action, older ? "NoncurrentDays" : "Days"), action.text_of("Date"),
                        number_in(action, "NewerNoncurrentVersions")});
    }
  }
  return losses;
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  const std::vector<Loss> before = losses_of(present), after = losses_of(wanted);
  const auto more = [](const std::vector<Loss>& some, const std::vector<Loss>& others) {
    return std::ranges::any_of(some, [&](const Loss& loss) {
      return std::ranges::none_of(others, [&](const Loss& other) { return other.covers(loss); });
    });
  };
  return by_reach(more(after, before), more(before, after));
}

bool is_any_for_older(const std::vector<Loss>& losses) {
  return std::ranges::any_of(losses,
                             [](const Loss& loss) { return loss.what == "NoncurrentVersionExpiration"; });
}

Transformed transform(const SettingContext&, const SettingDocument& source) {
  Transformed result;
  result.document = source;
  if (!is_any_for_older(losses_of(source)))
    result.hints.emplace_back(
        "no rule deletes noncurrent versions: source and replica keep, and pay for, every version. Consider "
        "a "
        "NoncurrentVersionExpiration at the source");
  return result;
}

std::string summary(const SettingDocument& document) {
  if (!document) return "not set";
  std::string text = counted(read_element(*document, form().root).all("Rule").size(), "rule", "rules");
  for (const Loss& loss : losses_of(document)) {
    const bool archives = is_weaker_class(loss.storage_class);
    if (loss.what.starts_with("Noncurrent"))
      text += archives ? ", noncurrent archives" : ", noncurrent expires";
    else
      text += archives ? ", archives" : ", expires";
    text += loss.date.empty() ? " after " + std::to_string(loss.days) + (loss.days == 1 ? " day" : " days")
                              : " on " + loss.date.substr(0, 10);
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
