// The Query protocol of SNS, SQS, STS, IAM and CloudWatch: the request is a form, the answer is XML.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/http_message.h"
#include "cloud/door/service.h"

namespace s3dr::services {

// The form of a request. Names are full: "Tags.member.1.Key".
class QueryForm {
 public:
  // Raises invalid for a broken escape or a name that comes twice.
  static QueryForm parse(std::string_view body);

  std::string action() const { return get("Action").value_or(""); }
  std::optional<std::string> get(const std::string& name) const;
  // Refuses MissingParameter if the field is absent or empty.
  std::string require(const std::string& name) const;
  // The values of a list. `prefix` "Tags.member": Tags.member.1, Tags.member.2, … With `field` "Key":
  // Tags.member.1.Key, Tags.member.2.Key, …
  // Refuses MalformedInput if the numbers have a gap or an entry has no such field.
  std::vector<std::string> list(const std::string& prefix, const std::string& field = "") const;
  // The pairs of a map. `prefix` "Attributes": Attributes.entry.N.key and Attributes.entry.N.value.
  std::map<std::string, std::string> map(const std::string& prefix, const std::string& key = "key",
                                         const std::string& value = "value") const;
  // The tags. `prefix` "Tags.member": Tags.member.N.Key and Tags.member.N.Value.
  std::map<std::string, std::string> tags(const std::string& prefix = "Tags.member") const;
  const std::map<std::string, std::string>& fields() const { return fields_; }

 private:
  std::map<std::string, std::string> fields_;
};

// A refusal in a service's own words. Operations throw it.
struct ServiceError {
  std::string code;
  std::string message;
  int status = 400;
};

// An operation returns the content of its <ActionResult>. If it is empty, the element is left out.
using QueryOperation = std::function<Task<std::string>(const cloud::ServiceRequest&, const QueryForm&)>;
// An operation that is a method of a service: operation_of(this, &SomeService::create).
template <class Service>
QueryOperation operation_of(Service* service,
                            Task<std::string> (Service::*method)(const cloud::ServiceRequest&,
                                                                 const QueryForm&)) {
  return [service, method](const cloud::ServiceRequest& request, const QueryForm& form) {
    return (service->*method)(request, form);
  };
}
struct QueryApi {
  std::string name_space;  // "http://sns.amazonaws.com/doc/2010-03-31/"
  std::map<std::string, QueryOperation> operations;
};
// Answers a request:
// - with the operation's result
// - a ServiceError as <ErrorResponse>
// - an unknown action with 501 InvalidAction "not supported yet"
Task<HttpResponse> answer_query(const QueryApi& api, cloud::ServiceRequest request);

std::string xml_element(std::string_view name, std::string_view text);   // "<Name>escaped</Name>"
std::string xml_nested(std::string_view name, std::string_view inside);  // the inside is XML already
// "<Tags><member><Key>…</Key><Value>…</Value></member>…</Tags>"
std::string xml_tags(const std::map<std::string, std::string>& tags);

}  // namespace s3dr::services
