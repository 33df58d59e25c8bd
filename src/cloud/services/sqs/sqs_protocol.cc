#include "cloud/services/sqs/sqs_protocol.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "cloud/door/service_access.h"
#include "cloud/services/common/query_json.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/sqs/sqs_request.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

// The JSON protocol has lists and maps. The Query protocol has fields or elements for them,
// with or without a number.
enum class Kind {
  texts,       // ["a"]       Form.1=a
  named,       // {"a": "b"}  Form.1.Name=a, Form.1.Value=b
  tags,        // {"a": "b"}  Form.1.Key=a, Form.1.Value=b
  structures,  // [{"A": …}]  Form.1.A=…
};
struct Spelling {
  std::string_view json, form;
  Kind kind;
};
constexpr std::array of_requests = {
    Spelling{"Attributes", "Attribute", Kind::named},
    Spelling{"AttributeNames", "AttributeName", Kind::texts},
    Spelling{"MessageAttributes", "MessageAttribute", Kind::named},
    Spelling{"MessageAttributeNames", "MessageAttributeName", Kind::texts},
    Spelling{"MessageSystemAttributes", "MessageSystemAttribute", Kind::named},
    Spelling{"MessageSystemAttributeNames", "MessageSystemAttributeName", Kind::texts},
    Spelling{"Tags", "Tag", Kind::tags},
    Spelling{"TagKeys", "TagKey", Kind::texts},
    Spelling{"Entries", "RequestEntry", Kind::structures},  // behind the operation's name
};
constexpr std::array of_answers = {
    Spelling{"Attributes", "Attribute", Kind::named},
    Spelling{"MessageAttributes", "MessageAttribute", Kind::named},
    Spelling{"Messages", "Message", Kind::structures},
    Spelling{"QueueUrls", "QueueUrl", Kind::texts},
    Spelling{"Tags", "Tag", Kind::tags},
    Spelling{"Successful", "ResultEntry", Kind::structures},  // behind the operation's name
    Spelling{"Failed", "BatchResultErrorEntry", Kind::structures},
};
constexpr std::array<std::string_view, 5> whole_numbers = {
    "DelaySeconds", "MaxNumberOfMessages", "MaxResults", "VisibilityTimeout", "WaitTimeSeconds"};
// Operations that answer nothing have no result element.
// All others have one, even an empty one: SDKs expect it.
constexpr std::array<std::string_view, 7> without_result = {
    "ChangeMessageVisibility", "DeleteMessage", "DeleteQueue", "PurgeQueue",
    "SetQueueAttributes",      "TagQueue",      "UntagQueue"};

std::string_view key_element(Kind kind) {
  return kind == Kind::tags ? "Key" : "Name";
}

std::string form_name(const Spelling& spelling, std::string_view action) {
  const bool behind_action = spelling.form == "RequestEntry" || spelling.form == "ResultEntry";
  return (behind_action ? std::string(action) : "") + std::string(spelling.form);
}

[[noreturn]] void refuse_form(std::string_view name) {
  throw ServiceError{"MalformedInput", "The parameter " + std::string(name) + " is not as it must be.", 400};
}

// Those of a list in the order of their numbers. One alone may come without: "AttributeName=All".
std::vector<const json::value*> members_of(const json::value& list) {
  if (list.is_string() && list.get_string().empty()) return {};
  if (!list.is_object()) return {&list};
  std::map<std::int64_t, const json::value*> in_order;
  for (const auto& [index, member] : list.get_object()) {
    const auto number = whole_number(index);
    if (!number) return {&list};
    in_order[*number] = &member;
  }
  std::vector<const json::value*> members;
  for (const auto& [number, member] : in_order) members.push_back(member);
  return members;
}

// "AttributeNames=" is how older clients write an empty list.
bool is_list_in_json(std::string_view name) {
  return name == "tags" || std::ranges::find(of_requests, name, &Spelling::json) != of_requests.end();
}

json::object in_json_words(const json::object& form, std::string_view action);

json::value list_or_map(const json::value& given, const Spelling& spelling, std::string_view action) {
  json::array list;
  json::object map;
  for (const json::value* member : members_of(given)) {
    if (spelling.kind == Kind::texts) {
      if (!member->is_string()) refuse_form(spelling.form);
      list.push_back(*member);
      continue;
    }
    if (!member->is_object()) refuse_form(spelling.form);
    const json::object& fields = member->get_object();
    if (spelling.kind == Kind::structures) {
      list.push_back(in_json_words(fields, action));
      continue;
    }
    const auto key = optional_text(fields, key_element(spelling.kind));
    if (!key) refuse_form(spelling.form);
    const json::value* value = fields.if_contains("Value");
    map[*key] = value != nullptr ? *value : json::value("");
  }
  if (spelling.kind == Kind::named || spelling.kind == Kind::tags) return map;
  return list;
}

json::object in_json_words(const json::object& form, std::string_view action) {
  json::object given;
  for (const auto& [name, value] : form) {
    const auto* const spelling = std::ranges::find_if(
        of_requests, [&](const Spelling& one) { return form_name(one, action) == std::string_view(name); });
    if (spelling != of_requests.end()) {
      const bool small = action == "CreateQueue" && spelling->kind == Kind::tags;
      given[small ? "tags" : spelling->json] = list_or_map(value, *spelling, action);
      continue;
    }
    if (!value.is_string() || is_list_in_json(name)) continue;
    const bool is_number = std::ranges::find(whole_numbers, std::string_view(name)) != whole_numbers.end();
    const auto number = is_number ? whole_number(value.get_string()) : std::nullopt;
    given[name] = number ? json::value(*number) : value;  // what is no number is refused by who reads it
  }
  return given;
}

std::string value_as_xml(const std::string& action, const json::value& value) {
  return value.is_object() ? sqs_json_as_xml(action, value.get_object()) : scalar_as_xml(value);
}

std::string flattened(const std::string& action, const Spelling& spelling, const json::value& value) {
  const std::string name = form_name(spelling, action);
  std::string out;
  if (value.is_array()) {
    for (const json::value& member : value.get_array()) out += xml_nested(name, value_as_xml(action, member));
    return out;
  }
  for (const auto& [key, member] : value.as_object()) {
    out += xml_nested(name, xml_element(key_element(spelling.kind), key) +
                                xml_nested("Value", value_as_xml(action, member)));
  }
  return out;
}

Task<std::string> run_for_form(const JsonOperation& operation, const cloud::ServiceRequest& request,
                               const QueryForm& form) {
  const std::string action = form.action();
  try {
    json::object given = sqs_form_as_json(action, form.fields());
    given["QueueUrl"] = cloud::named_queue(request, form.get("QueueUrl").value_or(""));
    const json::value answer = co_await operation(request, given);
    if (std::ranges::find(without_result, action) != without_result.end()) co_return "";
    const std::string xml = sqs_json_as_xml(action, answer.as_object());
    co_return xml.empty() ? "\n" : xml;
  } catch (ServiceError& error) {
    error.code = sqs_query_code(error.code);
    // Only in this protocol: a JSON answer gives the name AccessDeniedException unchanged.
    if (error.code == "AccessDeniedException") error.code = "AccessDenied";
    throw;
  }
}

}  // namespace

SqsProtocols::SqsProtocols(std::map<std::string, JsonOperation> operations)
    : json_{"AmazonSQS", "application/x-amz-json-1.0", std::move(operations)},
      query_{"http://queue.amazonaws.com/doc/2012-11-05/", {}} {
  for (const auto& [name, operation] : json_.operations) {
    const JsonOperation* const of = &operation;
    query_.operations[name] = [of](const cloud::ServiceRequest& asked, const QueryForm& form) {
      return run_for_form(*of, asked, form);
    };
  }
}

Task<HttpResponse> SqsProtocols::answer(cloud::ServiceRequest request) const {
  if (!request.headers.has("x-amz-target")) co_return co_await answer_query(query_, std::move(request));
  HttpResponse response = co_await answer_json(json_, std::move(request));
  if (response.status >= 400) {
    const std::string code = sqs_query_code(response.headers.get_or("x-amzn-ErrorType", ""));
    response.headers.set("x-amzn-query-error", code + (response.status >= 500 ? ";Receiver" : ";Sender"));
  }
  co_return response;
}

json::object sqs_form_as_json(const std::string& action, const std::map<std::string, std::string>& fields) {
  return in_json_words(form_as_json(fields), action);
}

std::string sqs_json_as_xml(const std::string& action, const json::object& answer) {
  std::string out;
  for (const auto& [name, value] : answer) {
    const std::string tag(name);
    const auto* const spelling = std::ranges::find(of_answers, tag, &Spelling::json);
    if (spelling != of_answers.end())
      out += flattened(action, *spelling, value);
    else
      out += xml_nested(tag, value_as_xml(action, value));
  }
  return out;
}

}  // namespace s3dr::services
