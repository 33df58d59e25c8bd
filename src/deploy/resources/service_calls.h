// The calls of AWS's services as the kinds make them: JSON in, JSON out; answers of the Query protocol as an
// XML document. "Not found" is an answer of its own. Internal to deploy/. The client signs and repeats.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/xml.h"
#include "base/retry.h"
#include "base/task.h"
#include "client/services/service_client.h"

namespace s3dr::deploy {

using Form = std::map<std::string, std::string>;

// An answer of the Query protocol: <XResponse><XResult>…
class QueryAnswer {
 public:
  explicit QueryAnswer(std::string text);
  pugi::xml_node result() const { return result_; }
  std::string text(std::initializer_list<std::string_view> path) const;
  pugi::xml_node at(std::initializer_list<std::string_view> path) const;

 private:
  std::unique_ptr<aws::xml::Document> document_;
  pugi::xml_node result_;
};

// Children <member> (or <entry>) of a list or map, as nodes.
std::vector<pugi::xml_node> elements_of(pugi::xml_node list);

// A JSON service: name for signing, prefix of the target, version of the protocol.
struct JsonService {
  const char* name;
  const char* target;
  const char* version;
};
constexpr JsonService events_service{"events", "AWSEvents", "1.1"};
constexpr JsonService logs_service{"logs", "Logs_20140328", "1.1"};
constexpr JsonService sqs_service{"sqs", "AmazonSQS", "1.0"};
constexpr JsonService monitoring_service{"monitoring", "GraniteServiceVersion20100801", "1.0"};
constexpr JsonService cloudtrail_service{"cloudtrail",
                                         "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "1.1"};

class ServiceCalls {
 public:
  explicit ServiceCalls(client::ServiceClient& client) : client_(client) {}

  // A call that makes something is `only_unsent`: after an unknown outcome deploy/apply.h looks first.
  Task<boost::json::value> json(JsonService service, std::string action, boost::json::object body,
                                Repeatable repeatable = Repeatable::always);
  Task<std::optional<boost::json::value>> json_if_found(JsonService service, std::string action,
                                                        boost::json::object body);
  // Lambda. `path` is encoded already.
  Task<boost::json::value> lambda(std::string method, std::string path,
                                  std::optional<boost::json::object> body,
                                  Repeatable repeatable = Repeatable::always);
  Task<std::optional<boost::json::value>> lambda_if_found(std::string method, std::string path);
  // IAM and SNS.
  Task<QueryAnswer> query(std::string service, std::string action, Form form,
                          Repeatable repeatable = Repeatable::always);
  Task<std::optional<QueryAnswer>> query_if_found(std::string service, std::string action, Form form);

  client::ServiceClient& client() { return client_; }

 private:
  client::ServiceClient& client_;
};

// "Tags.member.1.Key=…" into a form.
void add_tags(Form& form, const boost::json::object& tags);

}  // namespace s3dr::deploy
