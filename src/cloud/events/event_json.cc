#include "cloud/events/event_json.h"

#include <boost/json.hpp>
#include <optional>
#include <string_view>

#include "aws/xml.h"
#include "base/error.h"
#include "s3/request_path.h"

namespace s3dr::cloud {
namespace {

namespace json = boost::json;
namespace xml = aws::xml;

constexpr std::size_t parameters_bytes_max = 100 * 1024;

// Depth is bounded by xml::Document.
json::value value_of(pugi::xml_node node) {
  json::object members;
  for (const pugi::xml_attribute attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (name == "xmlns") members[name] = attribute.value();
  }
  xml::for_each_element(node, [&](pugi::xml_node child, std::string_view name) {
    json::value value = value_of(child);
    json::value* present = members.if_contains(name);
    if (present == nullptr) {
      members[name] = std::move(value);
    } else if (present->is_array()) {
      present->as_array().push_back(std::move(value));
    } else {
      json::array both;
      both.push_back(std::move(*present));
      both.push_back(std::move(value));
      *present = std::move(both);
    }
  });
  if (members.empty()) return json::value(xml::text(node));
  return members;
}

// {"<root>": {...}}; nullopt when the text is empty or no XML of ours.
std::optional<json::object> document_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  try {
    const xml::Document document(text);
    json::object result;
    const pugi::xml_node root = document.any_root();
    result[xml::local_name(root)] = value_of(root);
    return result;
  } catch (const Error&) {
    return std::nullopt;  // the call was refused for it; the event tells that
  }
}

void add_query(json::object& parameters, const Request& request) {
  json::array tag_keys;
  for (const aws::QueryParameter& parameter : request.query) {
    if (parameter.name == "tagKeys") {
      tag_keys.emplace_back(parameter.value);
    } else {
      parameters[parameter.name] = parameter.value;
    }
  }
  if (!tag_keys.empty()) parameters["tagKeys"] = std::move(tag_keys);
}

}  // namespace

std::string request_parameters(const Request& request) {
  json::object parameters;
  add_query(parameters, request);
  // Management calls have a key only when they are S3 Control's: the path.
  const std::string tags_path = std::string(s3::control_prefix) + "tags/";
  if (request.key.bytes().starts_with(tags_path)) {
    parameters["resourceArn"] = request.key.bytes().substr(tags_path.size());
  } else {
    parameters["bucketName"] = request.bucket_text;
  }
  parameters["Host"] = request.headers.get_or("host", "");
  if (auto document = document_of(request.document)) {
    for (auto& [name, value] : *document) parameters[name] = std::move(value);
  }
  std::string text = json::serialize(parameters);
  if (text.size() <= parameters_bytes_max) return text;
  return json::serialize(json::object{
      {"omitted", true}, {"originalSize", text.size()}, {"reason", "requestParameters too large"}});
}

}  // namespace s3dr::cloud
