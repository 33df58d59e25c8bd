// Calls of AWS's services as a person with a command-line tool makes them: for what is done by hand in a
// test. deploy/ has its own way of making them, so that a field it forgets is not forgotten here as well.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>

#include "base/task.h"
#include "client/services/service_client.h"

namespace s3dr::sim {

// IAM, SNS: the answer's text. Raises what the service refuses.
Task<std::string> query(client::ServiceClient& client, std::string service, std::string action,
                        std::map<std::string, std::string> form);
// `target`: "AmazonSQS.CreateQueue".
Task<boost::json::value> call_json(client::ServiceClient& client, std::string service, std::string target,
                                   boost::json::object body);
// Lambda; `body` null: none.
Task<boost::json::value> call_lambda(client::ServiceClient& client, std::string method, std::string path,
                                     boost::json::value body = nullptr);

// The text of the first element of that name in an answer of query(); empty: none.
std::string element_text(const std::string& xml, const std::string& name);

}  // namespace s3dr::sim
