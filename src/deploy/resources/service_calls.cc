#include "deploy/resources/service_calls.h"

#include "base/error.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

json::value parsed(const client::ServiceAnswer& answer, const std::string& resource) {
  if (answer.body.empty()) return json::object();
  boost::system::error_code failure;
  json::value value = json::parse(answer.body, failure);
  if (failure) throw Error(ErrorKind::corrupt, "the answer is not JSON").with_resource(resource);
  return value;
}

std::string version_of(const std::string& service) {
  return service == "iam" ? "2010-05-08" : "2010-03-31";
}

}  // namespace

QueryAnswer::QueryAnswer(std::string text) : document_(std::make_unique<aws::xml::Document>(text)) {
  const pugi::xml_node root = document_->any_root();
  aws::xml::for_each_element(root, [&](pugi::xml_node item, std::string_view name) {
    if (name.ends_with("Result")) result_ = item;
  });
}

pugi::xml_node QueryAnswer::at(std::initializer_list<std::string_view> path) const {
  pugi::xml_node node = result_;
  for (const std::string_view name : path) node = aws::xml::child(node, name);
  return node;
}

std::string QueryAnswer::text(std::initializer_list<std::string_view> path) const {
  const pugi::xml_node node = at(path);
  return node ? aws::xml::text(node) : std::string();
}

std::vector<pugi::xml_node> elements_of(pugi::xml_node list) {
  std::vector<pugi::xml_node> result;
  aws::xml::for_each_element(list, [&](pugi::xml_node item, std::string_view) { result.push_back(item); });
  return result;
}

Task<json::value> ServiceCalls::json(JsonService service, std::string action, json::object body,
                                     Repeatable repeatable) {
  client::ServiceCall call = client::json_call(service.name, std::string(service.target) + "." + action,
                                               json::value(std::move(body)), service.version, repeatable);
  const std::string resource = resource_of(call);
  const client::ServiceAnswer answer = co_await client_.require(std::move(call));
  co_return parsed(answer, resource);
}

Task<std::optional<json::value>> ServiceCalls::json_if_found(JsonService service, std::string action,
                                                             json::object body) {
  client::ServiceCall call =
      client::json_call(service.name, std::string(service.target) + "." + action,
                        json::value(std::move(body)), service.version, Repeatable::always);
  const std::string resource = resource_of(call);
  const auto outcome = co_await client_.call(std::move(call));
  if (outcome) co_return parsed(*outcome, resource);
  if (outcome.error().kind() == ErrorKind::not_found) co_return std::nullopt;
  throw outcome.error();
}

Task<json::value> ServiceCalls::lambda(std::string method, std::string path, std::optional<json::object> body,
                                       Repeatable repeatable) {
  json::value value;
  if (body) value = std::move(*body);
  client::ServiceCall call =
      client::rest_call("lambda", std::move(method), std::move(path), body ? &value : nullptr, repeatable);
  const std::string resource = resource_of(call);
  const client::ServiceAnswer answer = co_await client_.require(std::move(call));
  co_return parsed(answer, resource);
}

Task<std::optional<json::value>> ServiceCalls::lambda_if_found(std::string method, std::string path) {
  client::ServiceCall call =
      client::rest_call("lambda", std::move(method), std::move(path), nullptr, Repeatable::always);
  const std::string resource = resource_of(call);
  const auto outcome = co_await client_.call(std::move(call));
  if (outcome) co_return parsed(*outcome, resource);
  if (outcome.error().kind() == ErrorKind::not_found) co_return std::nullopt;
  throw outcome.error();
}

Task<QueryAnswer> ServiceCalls::query(std::string service, std::string action, Form form,
                                      Repeatable repeatable) {
  client::ServiceCall call =
      client::query_call(service, std::move(action), version_of(service), std::move(form), repeatable);
  client::ServiceAnswer answer = co_await client_.require(std::move(call));
  co_return QueryAnswer(std::move(answer.body));
}

Task<std::optional<QueryAnswer>> ServiceCalls::query_if_found(std::string service, std::string action,
                                                              Form form) {
  client::ServiceCall call = client::query_call(service, std::move(action), version_of(service),
                                                std::move(form), Repeatable::always);
  auto outcome = co_await client_.call(std::move(call));
  if (outcome) co_return QueryAnswer(std::move(outcome->body));
  if (outcome.error().kind() == ErrorKind::not_found) co_return std::nullopt;
  throw outcome.error();
}

void add_tags(Form& form, const json::object& tags) {
  std::size_t number = 0;
  for (const auto& [key, value] : tags) {
    const std::string name = "Tags.member." + std::to_string(++number);
    form[name + ".Key"] = std::string(key);
    form[name + ".Value"] = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
  }
}

}  // namespace s3dr::deploy
