// SQS is spoken in two protocols: JSON, and the Query protocol of older clients (boto3 before 1.28, the aws
// cli of Debian 12). Operations are written once, over JSON objects: a form is read into one first, and the
// answer written as XML from one. The Query protocol names errors otherwise; a JSON answer has that name in
// x-amzn-query-error.
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
  // Refusals of operations are ServiceErrors in the JSON protocol's names.
  explicit SqsProtocols(std::map<std::string, JsonOperation> operations);
  SqsProtocols(const SqsProtocols&) = delete;
  SqsProtocols& operator=(const SqsProtocols&) = delete;
  // Answers a request in the protocol it came in.
  Task<HttpResponse> answer(cloud::ServiceRequest request) const;

 private:
  JsonApi json_;
  QueryApi query_;  // refers to json_'s operations
};

// A form's fields as the JSON protocol has them: "Attribute.1.Name=a&Attribute.1.Value=b" →
// {"Attributes": {"a": "b"}}. Refuses MalformedInput for a list or map that is none.
boost::json::object sqs_form_as_json(const std::string& action,
                                     const std::map<std::string, std::string>& fields);
// An answer's members as XML elements, lists and maps flattened.
std::string sqs_json_as_xml(const std::string& action, const boost::json::object& answer);

}  // namespace s3dr::services
