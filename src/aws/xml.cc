#include "aws/xml.h"

#include <array>

#include "base/encoding.h"
#include "base/utf8.h"

namespace s3dr::aws::xml {
namespace {

constexpr std::string_view blanks = " \t\r\n";

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// What stands between '&' and ';'.
void append_reference(std::string& out, std::string_view name) {
  if (name == "amp") return void(out += '&');
  if (name == "lt") return void(out += '<');
  if (name == "gt") return void(out += '>');
  if (name == "quot") return void(out += '"');
  if (name == "apos") return void(out += '\'');
  if (!name.starts_with('#')) refuse("an entity that XML does not define");
  name.remove_prefix(1);
  const bool is_hex = name.starts_with('x');
  if (is_hex) name.remove_prefix(1);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value, is_hex ? 16 : 10);
  if (error != std::errc() || end != name.data() + name.size() || value > 0x10FFFF ||
      (value >= 0xD800 && value <= 0xDFFF)) {
    refuse("a character reference that names no character");
  }
  append_utf8(out, value);
}

void append_decoded(std::string& out, std::string_view raw) {
  for (;;) {
    const auto at = raw.find('&');
    out += raw.substr(0, at);
    if (at == std::string_view::npos) return;
    raw.remove_prefix(at + 1);
    const auto end = raw.find(';');
    if (end == std::string_view::npos) refuse("a reference without its end");
    append_reference(out, raw.substr(0, end));
    raw.remove_prefix(end + 1);
  }
}

// S3 may send blanks ahead of an answer that takes long.
bool follows_more_than_text(pugi::xml_node node) {
  for (pugi::xml_node before = node.previous_sibling(); before; before = before.previous_sibling()) {
    if (before.type() != pugi::node_pcdata) return true;
  }
  return false;
}

// Walks the whole tree without recursion: the depth is not known to be small yet.
void check_tree(pugi::xml_node document) {
  int depth = 0;
  pugi::xml_node node = document.first_child();
  while (node) {
    if (node.type() == pugi::node_doctype) refuse("a DOCTYPE is not accepted");
    if (node.type() == pugi::node_pi) refuse("a processing instruction is not accepted");
    if (node.type() == pugi::node_declaration && (depth != 0 || follows_more_than_text(node))) {
      refuse("an XML declaration that is not at the beginning");
    }
    if (is_element(node) && depth >= depth_max) refuse("more than 64 levels of elements");
    if (node.first_child()) {
      ++depth;
      node = node.first_child();
      continue;
    }
    while (node && !node.next_sibling()) {
      node = node.parent();
      if (--depth < 0) return;
    }
    node = node.next_sibling();
  }
}

pugi::xml_node only_root(pugi::xml_node document) {
  pugi::xml_node root;
  for (const pugi::xml_node node : document.children()) {
    if (is_element(node)) {
      if (root) refuse("more than one root element");
      root = node;
    } else if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
      if (std::string_view(node.value()).find_first_not_of(blanks) != std::string_view::npos) {
        refuse("text outside the root element");
      }
    }
  }
  if (!root) refuse("there is no element");
  return root;
}

// Decodes and escapes again, so that what leaves is well-formed and one text has one form.
void append_normalised(std::string& out, std::string_view raw) {
  std::string decoded;
  append_decoded(decoded, raw);
  append_escaped(out, decoded);
}

void append_outer(std::string& out, pugi::xml_node node, std::string_view declarations) {
  out += '<';
  out += node.name();
  out += declarations;
  for (const pugi::xml_attribute attribute : node.attributes()) {
    out += ' ';
    out += attribute.name();
    out += "=\"";
    append_normalised(out, attribute.value());
    out += '"';
  }
  std::string content;
  for (const pugi::xml_node item : node.children()) {
    if (is_element(item)) append_outer(content, item, {});
    if (item.type() == pugi::node_pcdata) append_normalised(content, item.value());
    if (item.type() == pugi::node_cdata) append_escaped(content, item.value());
  }
  if (content.empty()) {
    out += "/>";
    return;
  }
  out += '>';
  out += content;
  out += "</";
  out += node.name();
  out += '>';
}

// What append_escaped must look at: everything else is copied in runs.
constexpr std::array<bool, 256> special_bytes = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = true;
  for (const char c : {'&', '<', '>', '"'}) table[static_cast<unsigned char>(c)] = true;
  table[0xEF] = true;  // U+FFFE and U+FFFF begin with it
  return table;
}();

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 24> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

}  // namespace

void refuse(const std::string& why) {
  throw Error(ErrorKind::invalid,
              "the XML was not well-formed or did not validate against the schema: " + why)
      .with_code("MalformedXML")
      .with_status(400);
}

Document::Document(std::string_view text) {
  // pugixml works on C strings inside; NUL has no place in XML anyway.
  if (text.find('\0') != std::string_view::npos) refuse("a NUL byte");
  const unsigned flags = pugi::parse_cdata | pugi::parse_ws_pcdata | pugi::parse_pi | pugi::parse_doctype |
                         pugi::parse_declaration | pugi::parse_fragment;
  const pugi::xml_parse_result result =
      document_.load_buffer(text.data(), text.size(), flags, pugi::encoding_utf8);
  if (!result) refuse(std::string(result.description()) + " at byte " + std::to_string(result.offset));
  check_tree(document_.root());
  root_ = only_root(document_.root());
}

pugi::xml_node Document::root(std::string_view name) const {
  if (local_name(root_) != name) refuse("the root element is not " + std::string(name));
  return root_;
}

bool is_element(pugi::xml_node node) {
  return node.type() == pugi::node_element;
}

std::string_view local_name(pugi::xml_node node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string text(pugi::xml_node node) {
  std::string result;
  for (const pugi::xml_node item : node.children()) {
    if (item.type() == pugi::node_pcdata) append_decoded(result, item.value());
    if (item.type() == pugi::node_cdata) result += item.value();
  }
  return result;
}

std::string trimmed_text(pugi::xml_node node) {
  const std::string all = text(node);
  const auto first = all.find_first_not_of(blanks);
  if (first == std::string::npos) return "";
  return all.substr(first, all.find_last_not_of(blanks) - first + 1);
}

pugi::xml_node child(pugi::xml_node node, std::string_view name) {
  for (const pugi::xml_node item : node.children()) {
    if (is_element(item) && local_name(item) == name) return item;
  }
  return {};
}

pugi::xml_node required_child(pugi::xml_node node, std::string_view name) {
  const pugi::xml_node found = child(node, name);
  if (!found) refuse(std::string(local_name(node)) + " lacks " + std::string(name));
  return found;
}

std::string child_text(pugi::xml_node node, std::string_view name) {
  return text(child(node, name));
}

std::string required_text(pugi::xml_node node, std::string_view name) {
  return text(required_child(node, name));
}

std::string outer_xml(pugi::xml_node node) {
  std::string plain;
  append_outer(plain, node, {});
  // A prefix that is declared on an ancestor would be lost with it.
  std::string declarations;
  for (pugi::xml_node up = node.parent(); up; up = up.parent()) {
    for (const pugi::xml_attribute attribute : up.attributes()) {
      const std::string_view name = attribute.name();
      if (!name.starts_with("xmlns:") || node.attribute(attribute.name())) continue;
      const std::string prefix = std::string(name.substr(6)) + ":";
      const bool used =
          plain.find("<" + prefix) != std::string::npos || plain.find(" " + prefix) != std::string::npos;
      const std::string declaration = " " + std::string(name) + "=";
      if (!used || declarations.find(declaration) != std::string::npos) continue;
      declarations += declaration + "\"";
      append_normalised(declarations, attribute.value());
      declarations += '"';
    }
  }
  if (declarations.empty()) return plain;
  std::string result;
  append_outer(result, node, declarations);
  return result;
}

bool boolean(pugi::xml_node node) {
  const std::string value = trimmed_text(node);
  if (value == "true" || value == "True" || value == "TRUE") return true;
  if (value == "false" || value == "False" || value == "FALSE") return false;
  refuse(std::string(local_name(node)) + " is neither true nor false");
}

Instant instant(pugi::xml_node node) {
  const auto value = from_iso8601(trimmed_text(node));
  // A leap second may lead into the year 10000, which cannot be written back.
  if (!value || to_iso8601(*value).size() != 24) refuse(std::string(local_name(node)) + " is not a time");
  return *value;
}

void append_escaped(std::string& out, std::string_view text) {
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!special_bytes[byte]) continue;
    std::size_t length = 1;
    std::string_view replacement;
    std::array<char, 8> reference{};
    switch (byte) {
      case '&':
        replacement = "&amp;";
        break;
      case '<':
        replacement = "&lt;";
        break;
      case '>':
        replacement = "&gt;";
        break;
      case '"':
        replacement = "&quot;";
        break;
      case '\r':
        replacement = "&#13;";
        break;
      case 0xEF:
        if (text.substr(i, 3) == "\xEF\xBF\xBE") {
          replacement = "&#xfffe;";
        } else if (text.substr(i, 3) == "\xEF\xBF\xBF") {
          replacement = "&#xffff;";
        } else {
          continue;
        }
        length = 3;
        break;
      default: {
        // XML 1.0 has no such characters, not even as references; S3 writes them all the same, and so a key
        // like "a\x01" survives. Readers that refuse them ask for encoding-type=url.
        std::size_t size = 0;
        for (const char c : {'&', '#', 'x'}) reference[size++] = c;
        if (byte >= 16) reference[size++] = '1';
        reference[size++] = "0123456789abcdef"[byte & 15];
        reference[size++] = ';';
        replacement = {reference.data(), size};
      }
    }
    out += text.substr(copied, i - copied);
    out += replacement;
    i += length - 1;
    copied = i + 1;
  }
  out += text.substr(copied);
}

Writer::Writer(std::string_view root, std::string_view name_space, std::size_t reserve) : root_(root) {
  out_.reserve(reserve);
  out_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<";
  out_ += root;
  if (!name_space.empty()) {
    out_ += " xmlns=\"";
    out_ += name_space;
    out_ += '"';
  }
  out_ += '>';
}

void Writer::open(std::string_view name) {
  out_ += '<';
  out_ += name;
  out_ += '>';
}

void Writer::close(std::string_view name) {
  out_ += "</";
  out_ += name;
  out_ += '>';
}

void Writer::empty(std::string_view name) {
  out_ += '<';
  out_ += name;
  out_ += "/>";
}

void Writer::element(std::string_view name, std::string_view text) {
  if (text.empty()) return empty(name);
  open(name);
  append_escaped(out_, text);
  close(name);
}

void Writer::element(std::string_view name, std::int64_t value) {
  open(name);
  append_number(out_, value);
  close(name);
}

void Writer::element(std::string_view name, std::uint64_t value) {
  open(name);
  append_number(out_, value);
  close(name);
}

void Writer::element(std::string_view name, Instant value) {
  open(name);
  out_ += to_iso8601(value);
  close(name);
}

void Writer::quoted_element(std::string_view name, std::string_view etag) {
  open(name);
  out_ += "&quot;";
  append_escaped(out_, etag);
  out_ += "&quot;";
  close(name);
}

std::string Writer::finish() && {
  if (out_.back() == '>' && out_.find('>', out_.find('\n')) == out_.size() - 1) {
    out_.back() = '/';  // nothing was written into the root
    out_ += '>';
  } else {
    close(root_);
  }
  return std::move(out_);
}

}  // namespace s3dr::aws::xml
