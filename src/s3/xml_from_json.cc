#include "s3/xml_from_json.h"

#include <algorithm>

#include "aws/xml.h"

namespace s3dr::s3 {
namespace {

namespace json = boost::json;

bool is_element_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return !name.empty() && is_letter(name.front()) && std::ranges::all_of(name, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

bool append(std::string& out, std::string_view name, const json::value& value);

bool append_members(std::string& out, const json::object& members) {
  for (const auto& [name, value] : members) {
    if (name == "xmlns") continue;
    const json::array* repeated = value.if_array();
    if (repeated == nullptr) {
      if (!append(out, name, value)) return false;
      continue;
    }
    for (const json::value& item : *repeated) {
      if (!append(out, name, item)) return false;
    }
  }
  return true;
}

// The parser of JSON limits the depth.
bool append(std::string& out, std::string_view name, const json::value& value) {
  if (!is_element_name(name) || value.is_array()) return false;
  (out += '<').append(name) += '>';
  if (const json::string* text = value.if_string()) {
    aws::xml::append_escaped(out, std::string_view(*text));
  } else if (const json::object* members = value.if_object()) {
    if (!append_members(out, *members)) return false;
  } else if (!value.is_null()) {
    out += json::serialize(value);  // a number or a truth value
  }
  (out += "</").append(name) += '>';
  return true;
}

}  // namespace

std::optional<std::string> xml_from_json(std::string_view root, const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  std::string out;
  if (!append(out, root, value)) return std::nullopt;
  return out;
}

}  // namespace s3dr::s3
