#include "dr/settings/kinds/xml_form.h"

#include <algorithm>
#include <utility>

#include "aws/xml.h"
#include "base/http_message.h"

namespace s3dr::dr {
namespace {

XmlElement element_of(pugi::xml_node node) {
  XmlElement element;
  element.name = std::string(aws::xml::local_name(node));
  for (const pugi::xml_attribute attribute : node.attributes()) {
    // The one attribute that says something: <Grantee xsi:type="Group">.
    if (std::string_view(attribute.name()) == "xsi:type")
      element.children.push_back({"type", attribute.value(), {}});
  }
  aws::xml::for_each_element(
      node, [&](pugi::xml_node inner, std::string_view) { element.children.push_back(element_of(inner)); });
  if (element.children.empty()) element.text = aws::xml::text(node);
  return element;
}

void append(std::string& out, const XmlElement& element, std::string_view name_space) {
  out += "<" + element.name;
  if (!name_space.empty()) out += " xmlns=\"" + std::string(name_space) + "\"";
  out += ">";
  aws::xml::append_escaped(out, element.text);
  for (const XmlElement& child : element.children) append(out, child, "");
  out += "</" + element.name + ">";
}

std::size_t rank_of(const XmlForm& form, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::find(form.order, name) - form.order.begin());
}

bool comes_before(const XmlForm& form, const XmlElement& a, const XmlElement& b) {
  const std::size_t rank_a = rank_of(form, a.name), rank_b = rank_of(form, b.name);
  if (rank_a != rank_b) return rank_a < rank_b;
  if (a.name != b.name) return a.name < b.name;
  if (std::ranges::find(form.in_order, a.name) != form.in_order.end()) return false;
  return element_text(a) < element_text(b);
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
  const auto found = std::ranges::find(children, child_name, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
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
  std::ranges::stable_sort(
      element.children, [&](const XmlElement& a, const XmlElement& b) { return comes_before(form, a, b); });
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

std::string without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
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
    if (part == Strictness::weaker) return Strictness::weaker;
    if (part == Strictness::stricter || result == Strictness::equal)
      result = part == Strictness::equal ? result : part;
  }
  return result;
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
