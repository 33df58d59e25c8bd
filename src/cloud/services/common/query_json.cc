#include "cloud/services/common/query_json.h"

#include <fmt/format.h>

#include <string>

#include "aws/xml.h"
#include "cloud/services/common/query_protocol.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t depth_max = 12;

// The fields of a form as a tree: each part of a field's name is one level.
struct Node {
  std::string text;
  std::map<std::string, Node> children;
};

json::value value_of(const Node& node) {
  if (node.children.empty()) return json::value(node.text);
  // One reader would see the text and another the list: they would not read the same request.
  if (!node.text.empty()) throw ServiceError{"MalformedInput", "A field is both a text and a list.", 400};
  const auto members = node.children.find("member");
  if (members != node.children.end() && node.children.size() == 1) {
    const std::map<std::string, Node>& given = members->second.children;
    json::array list;
    for (std::size_t i = 1; i <= given.size(); ++i) {
      const auto child = given.find(std::to_string(i));
      if (child == given.end())
        throw ServiceError{"MalformedInput", "The entries of a list must be numbered 1, 2, 3 and so on.",
                           400};
      list.push_back(value_of(child->second));
    }
    return list;
  }
  json::object object;
  for (const auto& [name, child] : node.children) object[name] = value_of(child);
  return object;
}

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (value.is_double()) return fmt::format("{}", value.get_double());
  return json::serialize(value);
}

}  // namespace

json::object form_as_json(const std::map<std::string, std::string>& fields) {
  Node root;
  for (const auto& [name, text] : fields) {
    if (name == "Action" || name == "Version") continue;
    Node* node = &root;
    std::size_t depth = 0;
    for (std::size_t begin = 0; begin <= name.size();) {
      if (++depth > depth_max) throw ServiceError{"MalformedInput", "The form is nested too deeply.", 400};
      const std::size_t end = std::min(name.find('.', begin), name.size());
      node = &node->children[name.substr(begin, end - begin)];
      begin = end + 1;
    }
    node->text = text;
  }
  json::object object;
  for (const auto& [name, child] : root.children) object[name] = value_of(child);
  return object;
}

std::string scalar_as_xml(const json::value& value) {
  std::string out;
  aws::xml::append_escaped(out, text_of(value));
  return out;
}

}  // namespace s3dr::services
