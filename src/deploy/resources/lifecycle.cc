#include "deploy/resources/lifecycle.h"

#include <algorithm>
#include <span>
#include <utility>

#include "aws/xml.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;
namespace xml = aws::xml;

constexpr std::string_view numbers[] = {"Days",
                                        "NoncurrentDays",
                                        "NewerNoncurrentVersions",
                                        "DaysAfterInitiation",
                                        "ObjectSizeGreaterThan",
                                        "ObjectSizeLessThan"};
constexpr std::string_view lists[] = {"Tag", "Transition", "NoncurrentVersionTransition"};
constexpr std::string_view objects[] = {"Filter", "And"};  // also without an element inside

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

json::value value_of(pugi::xml_node node, std::string_view name) {
  json::object inside;
  xml::for_each_element(node, [&](pugi::xml_node item, std::string_view inner) {
    json::value value = value_of(item, inner);
    if (!is_one_of(lists, inner)) {
      inside[inner] = std::move(value);
    } else if (json::value& list = inside[inner]; list.is_array()) {
      list.get_array().push_back(std::move(value));
    } else {
      list = json::array{std::move(value)};
    }
  });
  if (!inside.empty() || is_one_of(objects, name)) return inside;
  if (is_one_of(numbers, name)) return xml::number<std::int64_t>(node);
  if (name == "ExpiredObjectDeleteMarker") return xml::boolean(node);
  return json::string(xml::text(node));
}

void write(xml::Writer& out, std::string_view name, const json::value& value) {
  if (const json::array* list = value.if_array()) {
    for (const json::value& one : *list) write(out, name, one);
  } else if (const json::object* inside = value.if_object()) {
    out.open(name);
    for (const auto& [key, inner] : *inside) write(out, key, inner);
    out.close(name);
  } else if (value.is_bool()) {
    out.element(name, value.get_bool());
  } else if (value.is_int64()) {
    out.element(name, value.get_int64());
  } else {
    out.element(name, std::string_view(value.as_string()));
  }
}

}  // namespace

json::object lifecycle_of_xml(std::string_view text) {
  const xml::Document document(text);
  json::object rules;
  xml::for_each_element(document.root("LifecycleConfiguration"),
                        [&](pugi::xml_node item, std::string_view name) {
                          if (name != "Rule") return;
                          json::value rule = value_of(item, name);
                          if (!rule.is_object()) return;
                          const std::string id = xml::child_text(item, "ID");
                          json::object& fields = rule.get_object();
                          fields.erase("ID");
                          // The first form says the same without a Filter.
                          if (const json::value* prefix = fields.if_contains("Prefix")) {
                            fields["Filter"] = json::object{{"Prefix", *prefix}};
                            fields.erase("Prefix");
                          }
                          rules[id] = std::move(rule);
                        });
  return rules;
}

std::string lifecycle_xml(const json::object& rules) {
  xml::Writer out("LifecycleConfiguration", xml::s3_namespace);
  for (const auto& [id, rule] : rules) {
    out.open("Rule");
    out.element("ID", std::string_view(id));
    for (const auto& [key, value] : rule.as_object()) write(out, key, value);
    out.close("Rule");
  }
  return std::move(out).finish();
}

}  // namespace s3dr::deploy
