// The XML documents of settings as trees in a normal form: no namespaces, no attributes, children in the order of S3's
// pages, and sets sorted. Equal texts mean the same. Internal to dr/settings.
#pragma once

#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dr/settings/setting.h"

namespace s3dr::dr {

struct XmlElement {
  std::string name;
  std::string text;  // of an element without children
  std::vector<XmlElement> children;
  bool operator==(const XmlElement&) const = default;

  const XmlElement* child(std::string_view child_name) const;  // the first one; nullptr: none
  XmlElement* child(std::string_view child_name);
  XmlElement* at(
      std::initializer_list<std::string_view> names);      // from child to child; nullptr: one is not there
  std::string text_of(std::string_view child_name) const;  // ""
  std::string text_at(std::string_view a, std::string_view b) const;
  std::vector<const XmlElement*> all(std::string_view child_name) const;
  void set(std::string_view child_name, std::string value);  // replaces the first one, or adds it
  void remove(std::string_view child_name);
};

// How a kind's document is brought into order.
struct XmlForm {
  std::string_view root;
  std::vector<std::string_view> order;  // of children, by name; others follow in alphabetical order
  std::vector<std::string_view>
      in_order;  // names whose elements keep their order: the first one that matches counts
};

// Raises invalid (MalformedXML) for a text that is no XML, or has another root.
XmlElement read_element(std::string_view document, std::string_view root);
XmlElement read_any_element(std::string_view document);
void bring_into_order(XmlElement& element, const XmlForm& form);
// Without a declaration. The root names S3's namespace.
std::string document_text(const XmlElement& root);
std::string element_text(const XmlElement& element);

// "Enabled" in any case, without blanks: the value of a switch.
bool says(const XmlElement* element, std::string_view value);
std::string without_blanks(std::string_view text);

// The kinds that are a list of configurations, each with its id. `edit` may change one; nullopt: it is left out, and
// has said why.
SettingDocument parts_in_normal_form(s3::SettingKind kind, const XmlForm& form, std::string_view document);
std::vector<XmlElement> parts_of(s3::SettingKind kind, const SettingDocument& document);
SettingDocument document_of_parts(const XmlForm& form, std::vector<XmlElement> parts);
Transformed transformed_parts(
    s3::SettingKind kind, const XmlForm& form, const SettingDocument& source,
    const std::function<bool(XmlElement& part, std::vector<std::string>& why)>& edit);

// What kinds share.
Transformed copied(const SettingContext& context, const SettingDocument& source);
Strictness equal_or_neutral(const SettingDocument& present, const SettingDocument& wanted);
std::string counted(std::size_t count, std::string_view one, std::string_view many);  // "2 rules"
// The strictness of several parts together: weaker in one is weaker in all.
Strictness together(const std::vector<Strictness>& parts);
// Of two texts that differ. `gains`: the wanted one reaches what the present one does not. `loses`: the other way.
Strictness by_reach(bool gains, bool loses);

// `otherwise` without such a child. Raises MalformedXML for what is no number.
long long number_in(const XmlElement& element, std::string_view name, long long otherwise = 0);

// Which objects a rule of lifecycle or of intelligent tiering is for.
struct ObjectFilter {
  std::string prefix;
  std::set<std::pair<std::string, std::string>> tags;
  long long above = -1;
  long long below = std::numeric_limits<long long>::max();
  bool has_size() const { return above >= 0 || below != std::numeric_limits<long long>::max(); }
  bool covers(const ObjectFilter& other) const;  // all that `other` is for
};
ObjectFilter filter_of(const XmlElement& rule);

// The counterpart of a bucket that `arn_or_name` names, in the form that was given; nullopt: no mapping names it.
std::optional<std::string> mapped_bucket(const SettingContext& context, const std::string& arn_or_name);

}  // namespace s3dr::dr
