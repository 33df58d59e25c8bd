// Calls to AWS's services as a person makes them with a command-line tool. For what a test does by hand.
// They use no code of deploy/: a field that deploy/ forgets must not be forgotten here as well.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>

#include "base/task.h"
#include "client/services/service_client.h"

namespace s3dr::sim {

// IAM, SNS. Returns the text of the answer. Raises the service's error.
Task<std::string> query(client::ServiceClient& client, std::string service, std::string action,
                        std::map<std::string, std::string> form);
// `target`: "AmazonSQS.CreateQueue".
Task<boost::json::value> call_json(client::ServiceClient& client, std::string service, std::string target,
                                   boost::json::object body);
// Lambda. `body` null: no body.
Task<boost::json::value> call_lambda(client::ServiceClient& client, std::string method, std::string path,
                                     boost::json::value body = nullptr);

// The text of the first element with that name in an answer of query(); empty: none.
std::string element_text(const std::string& xml, const std::string& name);

}  // namespace s3dr::sim
