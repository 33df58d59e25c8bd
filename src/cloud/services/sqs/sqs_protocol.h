// SQS has two protocols: JSON, and the Query protocol of older clients (boto3 before 1.28,
// the aws cli of Debian 12).
// Each operation is written once and works on JSON objects. A form is first converted to a JSON object, and
// the answer from JSON to XML. The Query protocol has other names for errors;
// a JSON answer gives that name in x-amzn-query-error.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <string_view>

#include "cloud/door/service.h"
#include "cloud/services/common/json_protocol.h"

namespace s3dr::services {

class SqsProtocols {
 public:
  // Operations refuse with ServiceErrors that have the names of the JSON protocol.
  explicit SqsProtocols(std::map<std::string, JsonOperation> operations);
  SqsProtocols(const SqsProtocols&) = delete;
  SqsProtocols& operator=(const SqsProtocols&) = delete;
  // Answers a request in the protocol it came in.
  Task<HttpResponse> answer(cloud::ServiceRequest request) const;

 private:
  JsonApi json_;
  QueryApi query_;  // refers to json_'s operations
};

// The fields of a form in the JSON protocol's form: "Attribute.1.Name=a&Attribute.1.Value=b" →
// {"Attributes": {"a": "b"}}. Refuses MalformedInput for a malformed list or map.
boost::json::object sqs_form_as_json(const std::string& action,
                                     const std::map<std::string, std::string>& fields);
// The members of an answer as XML elements. Lists and maps are flattened.
std::string sqs_json_as_xml(const std::string& action, const boost::json::object& answer);

}  // namespace s3dr::services
