#include "dr/settings/kinds/lifecycle_rules.h"

#include <algorithm>
#include <charconv>

namespace s3dr::dr {
namespace {

long long number_in(const XmlElement& element, std::string_view name) {
  const std::string text = without_blanks(element.text_of(name));
  long long value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// A rule for all objects: by an empty filter, or an empty prefix.
constexpr std::string_view everything = "<Filter></Filter>";

std::string filter_of(const XmlElement& rule) {
  const XmlElement* filter = rule.child("Filter");
  if (filter == nullptr) {
    const std::string prefix = rule.text_of("Prefix");
    if (prefix.empty()) return std::string(everything);
    return element_text({"Filter", "", {{"Prefix", prefix, {}}}});
  }
  const bool is_all = filter->children.empty() ||
                      (filter->children.size() == 1 && filter->children.front().name == "Prefix" &&
                       filter->children.front().text.empty());
  return is_all ? std::string(everything) : element_text(*filter);
}

}  // namespace

std::vector<Deletion> deletions_of(const XmlElement& root) {
  std::vector<Deletion> result;
  for (const XmlElement* rule : root.all("Rule")) {
    if (!says(rule->child("Status"), "Enabled")) continue;
    const std::string filter = filter_of(*rule);
    const XmlElement* current = rule->child("Expiration");
    if (current != nullptr && (current->child("Days") != nullptr || current->child("Date") != nullptr)) {
      result.push_back({Deletion::Of::current, filter, without_blanks(current->text_of("Date")),
                        number_in(*current, "Days"), 0});
    }
    if (const XmlElement* noncurrent = rule->child("NoncurrentVersionExpiration")) {
      result.push_back({Deletion::Of::noncurrent, filter, "", number_in(*noncurrent, "NoncurrentDays"),
                        number_in(*noncurrent, "NewerNoncurrentVersions")});
    }
  }
  return result;
}

bool is_covered(const Deletion& one, const std::vector<Deletion>& others) {
  return std::ranges::any_of(others, [&](const Deletion& other) {
    if (other.of != one.of || (other.filter != one.filter && other.filter != everything)) return false;
    if (other.date.empty() != one.date.empty()) return false;
    // ISO 8601 at midnight UTC: the order of the texts is the order of the days.
    return one.date.empty() ? other.days <= one.days && other.kept <= one.kept : other.date <= one.date;
  });
}

}  // namespace s3dr::dr
