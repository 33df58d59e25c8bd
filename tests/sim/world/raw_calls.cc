#include "sim/world/raw_calls.h"

#include <utility>

namespace s3dr::sim {
namespace {

namespace json = boost::json;

json::value parsed(const std::string& body) {
  return body.empty() ? json::value(json::object()) : json::parse(body);
}

}  // namespace

Task<std::string> query(client::ServiceClient& client, std::string service, std::string action,
                        std::map<std::string, std::string> form) {
  const std::string version = service == "iam" ? "2010-05-08" : "2010-03-31";
  client::ServiceCall call = client::query_call(std::move(service), std::move(action), version,
                                                std::move(form), Repeatable::only_unsent);
  client::ServiceAnswer answer = co_await client.require(std::move(call));
  co_return std::move(answer.body);
}

Task<json::value> call_json(client::ServiceClient& client, std::string service, std::string target,
                            json::object body) {
  const std::string version = service == "sqs" || service == "monitoring" ? "1.0" : "1.1";
  client::ServiceCall call =
      client::json_call(std::move(service), std::move(target), body, version, Repeatable::only_unsent);
  const client::ServiceAnswer answer = co_await client.require(std::move(call));
  co_return parsed(answer.body);
}

Task<json::value> call_lambda(client::ServiceClient& client, std::string method, std::string path,
                              json::value body) {
  client::ServiceCall call = client::rest_call("lambda", std::move(method), std::move(path),
                                               body.is_null() ? nullptr : &body, Repeatable::only_unsent);
  const client::ServiceAnswer answer = co_await client.require(std::move(call));
  co_return parsed(answer.body);
}

std::string element_text(const std::string& xml, const std::string& name) {
  const std::string open = "<" + name + ">";
  const std::size_t start = xml.find(open);
  if (start == std::string::npos) return "";
  const std::size_t from = start + open.size();
  return xml.substr(from, xml.find("</", from) - from);
}

}  // namespace s3dr::sim
