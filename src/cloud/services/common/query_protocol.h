// The Query protocol of SNS, SQS, STS, IAM, CloudWatch: a form in, XML out.
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
  // Raises invalid for a broken escape or a doubled name.
  static QueryForm parse(std::string_view body);

  std::string action() const { return get("Action").value_or(""); }
  std::optional<std::string> get(const std::string& name) const;
  // Refuses MissingParameter where it is absent or empty.
  std::string require(const std::string& name) const;
  // "Tags.member": the values of Tags.member.1, .2, … ; with `field` "Key" those of Tags.member.1.Key, …
  // Refuses MalformedInput where the numbers have a gap or an entry has no such field.
  std::vector<std::string> list(const std::string& prefix, const std::string& field = "") const;
  // "Attributes": the pairs of Attributes.entry.N.key / .value
  std::map<std::string, std::string> map(const std::string& prefix, const std::string& key = "key",
                                         const std::string& value = "value") const;
  // "Tags.member": pairs of .Key and .Value
  std::map<std::string, std::string> tags(const std::string& prefix = "Tags.member") const;
  const std::map<std::string, std::string>& fields() const { return fields_; }

 private:
  std::map<std::string, std::string> fields_;
};

// A refusal in a service's own words. Thrown by operations.
struct ServiceError {
  std::string code;
  std::string message;
  int status = 400;
};

// An operation writes the inside of its <ActionResult>; an empty text leaves the element out.
using QueryOperation = std::function<Task<std::string>(const cloud::ServiceRequest&, const QueryForm&)>;
struct QueryApi {
  std::string name_space;  // "http://sns.amazonaws.com/doc/2010-03-31/"
  std::map<std::string, QueryOperation> operations;
};
// Answers a request: the operation's result, a ServiceError as <ErrorResponse>, an action that is not there
// as 501 InvalidAction "not supported yet".
Task<HttpResponse> answer_query(const QueryApi& api, cloud::ServiceRequest request);

std::string xml_element(std::string_view name, std::string_view text);  // "<Name>escaped</Name>"

}  // namespace s3dr::services
