#include "cloud/services/common/query_protocol.h"

#include <charconv>
#include <exception>

#include "aws/xml.h"
#include "base/encoding.h"
#include "base/task_group.h"
#include "base/utf8.h"

namespace s3dr::services {
namespace {

bool is_utf8(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t length = code_point_at(text, position).length;
    if (length == 0) return false;
    position += length;
  }
  return true;
}

std::string decoded(std::string_view text) {
  auto plain = uri_decode(text, true);
  if (!plain) throw ServiceError{"MalformedInput", "The form has a broken escape.", 400};
  // Values are kept as JSON and sent as XML. Other bytes could not be read back.
  if (!is_utf8(*plain)) throw ServiceError{"MalformedInput", "The form is not UTF-8.", 400};
  return std::move(*plain);
}

HttpResponse xml_response(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "text/xml");
  response.body = Body(std::move(text));
  return response;
}

HttpResponse error_response(const QueryApi& api, const ServiceError& error, const std::string& request_id) {
  return xml_response(error.status, "<ErrorResponse xmlns=\"" + api.name_space + "\"><Error>" +
                                        xml_element("Type", error.status >= 500 ? "Receiver" : "Sender") +
                                        xml_element("Code", error.code) +
                                        xml_element("Message", error.message) + "</Error>" +
                                        xml_element("RequestId", request_id) + "</ErrorResponse>");
}

}  // namespace

QueryForm QueryForm::parse(std::string_view body) {
  QueryForm form;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = decoded(pair.substr(0, equals));
    std::string value = equals < pair.size() ? decoded(pair.substr(equals + 1)) : "";
    if (!form.fields_.emplace(std::move(name), std::move(value)).second)
      throw ServiceError{"MalformedInput", "A field is given twice.", 400};
  }
  return form;
}

std::optional<std::string> QueryForm::get(const std::string& name) const {
  const auto found = fields_.find(name);
  if (found == fields_.end()) return std::nullopt;
  return found->second;
}

std::string QueryForm::require(const std::string& name) const {
  auto value = get(name);
  if (!value || value->empty())
    throw ServiceError{"MissingParameter", "The request must contain the parameter " + name + ".", 400};
  return std::move(*value);
}

std::vector<std::string> QueryForm::list(const std::string& prefix, const std::string& field) const {
  const std::string start = prefix + ".";
  std::vector<std::string> values;
  while (const auto value =
             get(start + std::to_string(values.size() + 1) + (field.empty() ? "" : "." + field)))
    values.push_back(*value);
  // Entries after a gap in the numbers would be ignored silently, so they are refused.
  for (auto entry = fields_.lower_bound(start); entry != fields_.end() && entry->first.starts_with(start);
       ++entry) {
    const std::string_view rest = std::string_view(entry->first).substr(start.size());
    const std::string_view number = rest.substr(0, rest.find('.'));
    std::size_t index = 0;
    std::from_chars(number.data(), number.data() + number.size(), index);
    if (index < 1 || index > values.size() || number != std::to_string(index))
      throw ServiceError{"MalformedInput",
                         "The entries of " + prefix + " must be whole and numbered 1, 2, 3 and so on.", 400};
  }
  return values;
}

std::map<std::string, std::string> QueryForm::map(const std::string& prefix, const std::string& key,
                                                  const std::string& value) const {
  std::map<std::string, std::string> result;
  const std::vector<std::string> names = list(prefix + ".entry", key);
  for (std::size_t i = 0; i < names.size(); ++i) {
    result[names[i]] = get(prefix + ".entry." + std::to_string(i + 1) + "." + value).value_or("");
  }
  return result;
}

std::map<std::string, std::string> QueryForm::tags(const std::string& prefix) const {
  std::map<std::string, std::string> result;
  const std::vector<std::string> names = list(prefix, "Key");
  for (std::size_t i = 0; i < names.size(); ++i)
    result[names[i]] = get(prefix + "." + std::to_string(i + 1) + ".Value").value_or("");
  return result;
}

Task<HttpResponse> answer_query(const QueryApi& api, cloud::ServiceRequest request) {
  std::optional<ServiceError> failure;
  try {
    const QueryForm form = QueryForm::parse(request.body);
    const std::string action = form.action();
    const auto operation = api.operations.find(action);
    if (operation == api.operations.end())
      throw ServiceError{"InvalidAction", "The action \"" + action + "\" is not supported yet.", 501};
    const std::string result = co_await operation->second(request, form);
    co_return xml_response(
        200, "<" + action + "Response xmlns=\"" + api.name_space + "\">" +
                 (result.empty() ? "" : xml_nested(action + "Result", result)) +
                 xml_nested("ResponseMetadata", xml_element("RequestId", request.request_id)) + "</" +
                 action + "Response>");
  } catch (const ServiceError& error) {
    failure = error;
  }
  co_return error_response(api, *failure, request.request_id);
}

std::string xml_element(std::string_view name, std::string_view text) {
  std::string escaped;
  aws::xml::append_escaped(escaped, text);
  return xml_nested(name, escaped);
}

std::string xml_nested(std::string_view name, std::string_view inside) {
  std::string out;
  out.append("<").append(name).append(">").append(inside);
  out.append("</").append(name).append(">");
  return out;
}

std::string xml_tags(const std::map<std::string, std::string>& tags) {
  std::string members;
  for (const auto& [key, value] : tags)
    members += xml_nested("member", xml_element("Key", key) + xml_element("Value", value));
  return xml_nested("Tags", members);
}

}  // namespace s3dr::services
