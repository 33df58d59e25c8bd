#include "dr/settings/kinds/xml_form.h"

#include <algorithm>
#include <charconv>
#include <compare>
#include <utility>

#include "aws/xml.h"
#include "base/http_message.h"

namespace s3dr::dr {

std::string without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

namespace {

// Names and prefixes may begin or end with a blank. Everything else that S3 writes is a word or a number.
bool keeps_blanks(const std::string& name) {
  static constexpr std::string_view names[] = {
      "Prefix", "Key",           "Value",           "Suffix",
      "ID",     "TargetPrefix",  "KeyPrefixEquals", "ReplaceKeyPrefixWith",
      "Id",     "ReplaceKeyWith"};
  return std::ranges::find(names, name) != std::end(names);
}

// Attributes say nothing here: the type of a <Grantee> is told by what is in it.
XmlElement element_of(pugi::xml_node node) {
  XmlElement element;
  element.name = std::string(aws::xml::local_name(node));
  aws::xml::for_each_element(
      node, [&](pugi::xml_node inner, std::string_view) { element.children.push_back(element_of(inner)); });
  if (!element.children.empty()) return element;
  element.text = aws::xml::text(node);
  if (!keeps_blanks(element.name)) element.text = without_blanks(element.text);
  return element;
}

std::string attributes_of(const XmlElement& element) {
  if (element.name != "Grantee") return "";
  std::string type = "CanonicalUser";
  if (element.child("URI") != nullptr) type = "Group";
  if (element.child("EmailAddress") != nullptr) type = "AmazonCustomerByEmail";
  return " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"" + type + "\"";
}

void append(std::string& out, const XmlElement& element, std::string_view name_space) {
  out += "<" + element.name;
  if (!name_space.empty()) out += " xmlns=\"" + std::string(name_space) + "\"";
  out += attributes_of(element);
  out += ">";
  aws::xml::append_escaped(out, element.text);
  for (const XmlElement& child : element.children) append(out, child, "");
  out += "</" + element.name + ">";
}

// By what an element is sorted among its siblings.
struct Place {
  std::size_t rank = 0;
  std::string name, text;
  std::size_t index = 0;
  auto operator<=>(const Place&) const = default;
};

Place place_of(const XmlForm& form, const XmlElement& element, std::size_t index) {
  Place place;
  place.rank = static_cast<std::size_t>(std::ranges::find(form.order, element.name) - form.order.begin());
  place.name = element.name;
  const bool in_order = std::ranges::find(form.in_order, element.name) != form.in_order.end();
  if (!in_order) place.text = element_text(element);
  place.index = index;
  return place;
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
  const auto found = std::ranges::find(children, child_name, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

XmlElement* XmlElement::child(std::string_view child_name) {
  const auto found = std::ranges::find(children, child_name, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

XmlElement* XmlElement::at(std::initializer_list<std::string_view> names) {
  XmlElement* place = this;
  for (const std::string_view next : names) {
    place = place->child(next);
    if (place == nullptr) return nullptr;
  }
  return place;
}

std::string XmlElement::text_of(std::string_view child_name) const {
  const XmlElement* found = child(child_name);
  return found == nullptr ? "" : found->text;
}

std::string XmlElement::text_at(std::string_view a, std::string_view b) const {
  const XmlElement* found = child(a);
  return found == nullptr ? "" : found->text_of(b);
}

std::vector<const XmlElement*> XmlElement::all(std::string_view child_name) const {
  std::vector<const XmlElement*> found;
  for (const XmlElement& one : children) {
    if (one.name == child_name) found.push_back(&one);
  }
  return found;
}

void XmlElement::set(std::string_view child_name, std::string value) {
  const auto found = std::ranges::find(children, child_name, &XmlElement::name);
  if (found == children.end()) {
    children.push_back({std::string(child_name), std::move(value), {}});
  } else {
    found->text = std::move(value);
  }
}

void XmlElement::remove(std::string_view child_name) {
  std::erase_if(children, [&](const XmlElement& one) { return one.name == child_name; });
}

XmlElement read_element(std::string_view document, std::string_view root) {
  const aws::xml::Document parsed(document);
  return element_of(parsed.root(root));
}

XmlElement read_any_element(std::string_view document) {
  const aws::xml::Document parsed(document);
  return element_of(parsed.any_root());
}

void bring_into_order(XmlElement& element, const XmlForm& form) {
  for (XmlElement& child : element.children) bring_into_order(child, form);
  std::vector<Place> places;
  for (const XmlElement& child : element.children) places.push_back(place_of(form, child, places.size()));
  std::ranges::sort(places);
  std::vector<XmlElement> sorted;
  for (const Place& place : places) sorted.push_back(std::move(element.children[place.index]));
  element.children = std::move(sorted);
}

std::string document_text(const XmlElement& root) {
  std::string out;
  append(out, root, aws::xml::s3_namespace);
  return out;
}

std::string element_text(const XmlElement& element) {
  std::string out;
  append(out, element, "");
  return out;
}

bool says(const XmlElement* element, std::string_view value) {
  return element != nullptr && equals_ignoring_case(without_blanks(element->text), value);
}

SettingDocument parts_in_normal_form(s3::SettingKind kind, const XmlForm& form, std::string_view document) {
  return document_of_parts(form, parts_of(kind, std::string(document)));
}

std::vector<XmlElement> parts_of(s3::SettingKind kind, const SettingDocument& document) {
  std::vector<XmlElement> parts;
  if (!document) return parts;
  for (const s3::SettingPart& part : s3::setting_parts(kind, *document))
    parts.push_back(read_any_element(part.xml));
  return parts;
}

SettingDocument document_of_parts(const XmlForm& form, std::vector<XmlElement> parts) {
  if (parts.empty()) return std::nullopt;
  std::vector<s3::SettingPart> ordered;
  for (XmlElement& part : parts) {
    bring_into_order(part, form);
    ordered.push_back({part.text_of("Id"), document_text(part)});
  }
  return s3::joined_parts(std::move(ordered));
}

Transformed transformed_parts(
    s3::SettingKind kind, const XmlForm& form, const SettingDocument& source,
    const std::function<bool(XmlElement& part, std::vector<std::string>& why)>& edit) {
  Transformed result;
  std::vector<XmlElement> kept;
  for (XmlElement& part : parts_of(kind, source)) {
    if (edit(part, result.left_out)) kept.push_back(std::move(part));
  }
  result.document = document_of_parts(form, std::move(kept));
  return result;
}

Transformed copied(const SettingContext&, const SettingDocument& source) {
  Transformed result;
  result.document = source;
  return result;
}

Strictness equal_or_neutral(const SettingDocument& present, const SettingDocument& wanted) {
  return present == wanted ? Strictness::equal : Strictness::neutral;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

Strictness together(const std::vector<Strictness>& parts) {
  Strictness result = Strictness::equal;
  for (const Strictness part : parts) {
    if (part == Strictness::weaker) return part;
    if (part == Strictness::stricter || (part == Strictness::neutral && result == Strictness::equal))
      result = part;
  }
  return result;
}

Strictness by_reach(bool gains, bool loses) {
  if (gains) return Strictness::weaker;
  return loses ? Strictness::stricter : Strictness::neutral;
}

long long number_in(const XmlElement& element, std::string_view name, long long otherwise) {
  const XmlElement* found = element.child(name);
  if (found == nullptr) return otherwise;
  const std::string& text = found->text;
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    aws::xml::refuse(std::string(name) + " is not a number in range");
  return value;
}

ObjectFilter filter_of(const XmlElement& rule) {
  ObjectFilter result;
  result.prefix = rule.text_of("Prefix");
  const XmlElement* filter = rule.child("Filter");
  if (filter == nullptr) return result;
  if (const XmlElement* all = filter->child("And")) filter = all;
  if (filter->child("Prefix") != nullptr) result.prefix = filter->text_of("Prefix");
  for (const XmlElement* tag : filter->all("Tag"))
    result.tags.emplace(tag->text_of("Key"), tag->text_of("Value"));
  result.above = number_in(*filter, "ObjectSizeGreaterThan", result.above);
  result.below = number_in(*filter, "ObjectSizeLessThan", result.below);
  return result;
}

bool ObjectFilter::covers(const ObjectFilter& other) const {
  return other.prefix.starts_with(prefix) && std::ranges::includes(other.tags, tags) &&
         above <= other.above && below >= other.below;
}

std::optional<std::string> mapped_bucket(const SettingContext& context, const std::string& arn_or_name) {
  if (auto direct = mapped(context.policy, arn_or_name)) return direct;
  const std::string arn_start = "arn:" + context.partition + ":s3:::";
  if (arn_or_name.starts_with(arn_start)) {
    const auto name = mapped(context.policy, arn_or_name.substr(arn_start.size()));
    if (!name) return std::nullopt;
    return name->starts_with("arn:") ? *name : arn_start + *name;
  }
  const auto arn = mapped(context.policy, arn_start + arn_or_name);
  if (!arn) return std::nullopt;
  return arn->starts_with(arn_start) ? arn->substr(arn_start.size()) : *arn;
}

}  // namespace s3dr::dr
