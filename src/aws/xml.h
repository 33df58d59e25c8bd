// XML of every AWS protocol here: S3's documents and those of the query protocols (STS, IAM, SNS, …). A
// careful parser on top of pugixml, and a writer that appends to a string. An error carries S3's code.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace s3dr::aws::xml {

constexpr std::string_view s3_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
constexpr std::string_view control_namespace = "http://awss3control.amazonaws.com/doc/2018-08-20/";
constexpr int depth_max = 64;

// Error invalid, code MalformedXML, status 400.
[[noreturn]] void refuse(const std::string& why);

// A parsed document. Refuses: no root or several, DOCTYPE, processing instructions, NUL bytes, more than
// depth_max levels. References are decoded only by text(), because pugixml ends a string at &#0;.
class Document {
 public:
  explicit Document(std::string_view text);
  // The root if it has this local name; raises MalformedXML otherwise.
  pugi::xml_node root(std::string_view name) const;
  pugi::xml_node any_root() const { return root_; }

 private:
  pugi::xml_document document_;
  pugi::xml_node root_;
};

// The name without a namespace prefix.
std::string_view local_name(pugi::xml_node node);
// The text of an element: character data and CDATA, references decoded. Raises MalformedXML for an unknown
// reference.
std::string text(pugi::xml_node node);
// Text without surrounding blanks: numbers, statuses, dates.
std::string trimmed_text(pugi::xml_node node);

// The first child element of that name; an empty node if there is none.
pugi::xml_node child(pugi::xml_node node, std::string_view name);
pugi::xml_node required_child(pugi::xml_node node, std::string_view name);
std::string child_text(pugi::xml_node node, std::string_view name);  // "" if there is none
std::string required_text(pugi::xml_node node, std::string_view name);

bool is_element(pugi::xml_node node);

template <class Visitor>
void for_each_element(pugi::xml_node node, Visitor visit) {
  for (const pugi::xml_node item : node.children()) {
    if (is_element(item)) visit(item, local_name(item));
  }
}

// The element and everything in it, as XML text that stands on its own. Prefixes that were declared further
// up are declared again.
std::string outer_xml(pugi::xml_node node);

template <class Number>
Number number(pugi::xml_node node) {
  const std::string digits = trimmed_text(node);
  Number value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    refuse(std::string(local_name(node)) + " is not a number in range");
  }
  return value;
}
bool boolean(pugi::xml_node node);     // "true" or "false" in any case
Instant instant(pugi::xml_node node);  // ISO 8601

// Escapes for character data: &<>", control characters (as S3 does, &#x1;), U+FFFE and U+FFFF. Other bytes
// are written as they are, valid UTF-8 or not.
void append_escaped(std::string& out, std::string_view text);

class Writer {
 public:
  // Begins with the declaration and the root element; an empty namespace is left out.
  Writer(std::string_view root, std::string_view name_space, std::size_t reserve = 512);
  void open(std::string_view name);
  void close(std::string_view name);
  void element(std::string_view name, std::string_view text);
  void element(std::string_view name, const char* text) { element(name, std::string_view(text)); }
  void element(std::string_view name, bool value) { element(name, value ? "true" : "false"); }
  void element(std::string_view name, std::int64_t value);
  void element(std::string_view name, int value) { element(name, static_cast<std::int64_t>(value)); }
  void element(std::string_view name, std::uint64_t value);
  void element(std::string_view name, Instant value);
  void optional_element(std::string_view name, std::string_view text) {
    if (!text.empty()) element(name, text);
  }
  void quoted_element(std::string_view name, std::string_view etag);  // with quotes around the text
  void empty(std::string_view name);
  void raw(std::string_view xml) { out_ += xml; }
  std::string finish() &&;  // closes the root

 private:
  std::string root_;
  std::string out_;
};

}  // namespace s3dr::aws::xml
