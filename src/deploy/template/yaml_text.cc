#include "deploy/template/yaml_text.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>
#include <utility>

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr std::size_t line_width_max = 120;
constexpr int levels_of_blocks = 3;  // "Resources", the name of each, and its fields
constexpr int blocks_apart = 2;

// Without quotes these would be truth values or nothing, in some reader or other.
constexpr std::string_view words_of_yaml[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};

bool is_plain(std::string_view key) {
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const auto is_letter_or_digit = [](unsigned char c) { return std::isalnum(c) != 0; };
  if (key.empty() || !is_letter(key.front()) || !std::ranges::all_of(key, is_letter_or_digit)) return false;
  std::string small;
  for (const unsigned char c : key) small += static_cast<char>(std::tolower(c));
  return std::ranges::find(words_of_yaml, small) == std::end(words_of_yaml);
}

std::string key_text(std::string_view key) {
  return is_plain(key) ? std::string(key) : json::serialize(json::string(key));
}

// The value on one line.
std::string flow(const json::value& value) {
  std::string text;
  if (const json::object* object = value.if_object()) {
    for (const auto& [key, inner] : *object) {
      text += (text.empty() ? "" : ", ") + key_text(key) + ": " + flow(inner);
    }
    return "{" + text + "}";
  }
  if (const json::array* array = value.if_array()) {
    for (const json::value& inner : *array) text += (text.empty() ? "" : ", ") + flow(inner);
    return "[" + text + "]";
  }
  return json::serialize(value);
}

// Whether the value stands on the line of its key or dash, of which `used` columns are taken.
bool fits(const json::value& value, std::size_t used) {
  const bool is_empty = value.is_object()  ? value.get_object().empty()
                        : value.is_array() ? value.get_array().empty()
                                           : true;
  return is_empty || used + flow(value).size() <= line_width_max;
}

// `levels`: of that many levels every object is a block, however short it is.
void write_block(std::string& out, const json::value& value, std::size_t indent, int levels) {
  const std::string margin(indent, ' ');
  if (const json::object* object = value.if_object()) {
    bool is_first = true;
    for (const auto& [key, inner] : *object) {
      // An empty line between two entries that are blocks whatever their length.
      if (levels == blocks_apart && !std::exchange(is_first, false)) out += "\n";
      const std::string head = margin + key_text(key) + ":";
      const bool must_be_block = levels > 1 && inner.is_object() && !inner.get_object().empty();
      if (!must_be_block && fits(inner, head.size() + 1)) {
        out += head + " " + flow(inner) + "\n";
      } else {
        out += head + "\n";
        write_block(out, inner, indent + 2, levels - 1);
      }
    }
    return;
  }
  for (const json::value& inner : value.get_array()) {
    if (fits(inner, indent + 2)) {
      out += margin + "- " + flow(inner) + "\n";
      continue;
    }
    std::string block;
    write_block(block, inner, indent + 2, 0);
    out += margin + "- " + block.substr(indent + 2);  // its first line follows the dash
  }
}

}  // namespace

std::string yaml_text(const json::object& document) {
  std::string out;
  for (const auto& [key, inner] : document) {
    if (!out.empty()) out += "\n";
    write_block(out, json::object{{key, inner}}, 0, levels_of_blocks);
  }
  return out;
}

}  // namespace s3dr::deploy
