#include "cloud/door/service_fields.h"

#include "base/encoding.h"

namespace s3dr::cloud {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 64;  // what services take

json::object object_of(const std::string& text) {
  json::error_code malformed;
  json::parse_options options;
  options.max_depth = depth_max;
  json::value value = json::parse(text, malformed, {}, options);
  if (malformed || !value.is_object()) return {};
  return std::move(value.as_object());
}

std::map<std::string, std::string> form_of(std::string_view body) {
  std::map<std::string, std::string> form;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = uri_decode(pair.substr(0, equals), true);
    const auto value = uri_decode(equals < pair.size() ? pair.substr(equals + 1) : "", true);
    if (name && value) form.emplace(*name, *value);
  }
  return form;
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace

ServiceFields::ServiceFields(const ServiceRequest& request) {
  // The protocol follows from the service, as in the service itself: no header may make the two read the
  // request in different ways.
  const std::string_view target = request.headers.get_or("x-amz-target", "");
  const bool only_form = request.service == "sns" || request.service == "iam";
  if (request.service == "lambda") {
    json_ = object_of(request.body);
  } else if (only_form || target.empty()) {
    form_ = form_of(request.body);
    operation_ = text("Action");
  } else {
    operation_ = target.substr(target.rfind('.') + 1);  // npos + 1: the whole
    json_ = object_of(request.body);
  }
}

std::string ServiceFields::text(std::string_view name) const {
  if (const auto found = form_.find(std::string(name)); found != form_.end()) return found->second;
  return text_of(json_, name);
}

std::vector<std::string> ServiceFields::texts(const std::string& name) const {
  std::vector<std::string> result;
  const std::string prefix = name + ".member.";
  for (auto entry = form_.lower_bound(prefix); entry != form_.end() && entry->first.starts_with(prefix);
       ++entry)
    result.push_back(entry->second);
  const json::value* list = json_.if_contains(name);
  if (list == nullptr || !list->is_array()) return result;
  for (const json::value& item : list->get_array()) {
    if (item.is_string()) result.emplace_back(item.get_string());
  }
  return result;
}

std::vector<std::string> ServiceFields::texts_in(std::string_view list, std::string_view name) const {
  std::vector<std::string> result;
  const json::value* items = json_.if_contains(list);
  if (items == nullptr || !items->is_array()) return result;
  for (const json::value& item : items->get_array())
    result.push_back(item.is_object() ? text_of(item.get_object(), name) : "");
  return result;
}

bool ServiceFields::has(std::string_view name) const {
  const std::string prefix = std::string(name) + ".";
  const auto found = form_.lower_bound(prefix);
  if (found != form_.end() && found->first.starts_with(prefix)) return true;
  const json::value* value = json_.if_contains(name);
  if (value == nullptr) return !text(name).empty();
  if (value->is_array()) return !value->get_array().empty();
  if (value->is_object()) return !value->get_object().empty();
  return !text(name).empty();
}

}  // namespace s3dr::cloud
