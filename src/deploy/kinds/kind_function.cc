// Lambda functions. All are made from the one package.
#include "base/encoding.h"
#include "base/error.h"
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr milliseconds busy_delay{1'000};
constexpr milliseconds busy_max{120'000};

std::string function_path(const std::string& name) {
  return "/2015-03-31/functions/" + uri_encode(name);
}

json::object configuration_of(const Resource& resource) {
  const json::object& wanted = resource.properties;
  return {{"Description", wanted.at("description")},
          {"Runtime", wanted.at("runtime")},
          {"Handler", wanted.at("handler")},
          {"Role", wanted.at("role")},
          {"MemorySize", wanted.at("memory_mib")},
          {"Timeout", wanted.at("timeout_seconds")},
          {"Environment", json::object{{"Variables", wanted.at("environment")}}}};
}

class FunctionKind : public ResourceKind {
 public:
  FunctionKind(client::ServiceClient& client, std::string package)
      : calls_(client), package_(std::move(package)) {}

  Task<std::optional<Live>> read(Resource resource) override {
    const auto answer = co_await calls_.lambda_if_found("GET", function_path(resource.name));
    if (!answer) co_return std::nullopt;
    const json::value& live = at(*answer, {"Configuration"});
    const json::array& architectures = list_at(live, {"Architectures"});
    const json::value& variables = at(live, {"Environment", "Variables"});
    // Without tags it would look like somebody else's.
    if (const std::string why = text_at(*answer, {"TagsError", "Message"}); !why.empty())
      throw Error(ErrorKind::denied, why).with_resource(resource.arn);
    const json::value& tags = at(*answer, {"Tags"});
    json::object properties{
        {"description", text_at(live, {"Description"})},
        {"runtime", text_at(live, {"Runtime"})},
        {"handler", text_at(live, {"Handler"})},
        {"role", text_at(live, {"Role"})},
        {"architecture", architectures.empty() ? json::value("x86_64") : architectures.front()},
        {"memory_mib", number_at(live, {"MemorySize"})},
        {"timeout_seconds", number_at(live, {"Timeout"})},
        {"environment", variables.is_object() ? variables : json::value(json::object())},
        {"code_sha256", text_at(live, {"CodeSha256"})}};
    co_return live_with_tags(std::move(properties), tags.is_object() ? tags.get_object() : json::object());
  }

  Task<> create(Resource resource) override {
    json::object body = configuration_of(resource);
    body["FunctionName"] = resource.name;
    body["PackageType"] = "Zip";
    body["Publish"] = false;
    body["Architectures"] = json::array{resource.properties.at("architecture")};
    body["Code"] = json::object{{"ZipFile", to_base64(package_)}};
    body["Tags"] = tags_of(resource.properties);
    co_await calls_.lambda("POST", "/2015-03-31/functions", std::move(body), Repeatable::only_unsent);
  }

  Task<> update(Resource resource, Live, std::vector<FieldChange> fields) override {
    if (concerns(fields, "tags")) {
      json::object body{{"Tags", tags_of(resource.properties)}};
      co_await calls_.lambda("POST", "/2017-03-31/tags/" + uri_encode(resource.arn), std::move(body));
    }
    if (concerns(fields, "code_sha256") || concerns(fields, "architecture")) {
      json::object body{{"ZipFile", to_base64(package_)},
                        {"Architectures", json::array{resource.properties.at("architecture")}},
                        {"Publish", false}};
      co_await calls_.lambda("PUT", function_path(resource.name) + "/code", std::move(body));
      co_await while_busy(resource);
    }
    if (concerns_configuration(fields)) {
      co_await calls_.lambda("PUT", function_path(resource.name) + "/configuration",
                             configuration_of(resource));
    }
  }

  Task<> remove(Resource resource) override {
    co_await calls_.lambda_if_found("DELETE", function_path(resource.name));
  }

  Task<std::string> pending(Resource resource) override {
    const auto answer = co_await calls_.lambda_if_found("GET", function_path(resource.name));
    if (!answer) co_return "it is not to be seen yet";
    const json::value& live = at(*answer, {"Configuration"});
    const std::string state = text_at(live, {"State"}), update = text_at(live, {"LastUpdateStatus"});
    if (state == "Failed") throw failed(resource, text_at(live, {"StateReason"}));
    if (update == "Failed") throw failed(resource, text_at(live, {"LastUpdateStatusReason"}));
    if (state == "Pending") co_return "it is being made";
    if (update == "InProgress") co_return "it is being changed";
    co_return "";
  }

 private:
  static bool concerns_configuration(const std::vector<FieldChange>& fields) {
    for (const FieldChange& field : fields) {
      const std::vector<FieldChange> one{field};
      if (!concerns(one, "tags") && !concerns(one, "code_sha256") && !concerns(one, "architecture"))
        return true;
    }
    return false;
  }

  static Error failed(const Resource& resource, const std::string& reason) {
    return Error(ErrorKind::invalid, "Lambda could not bring the function up: " + reason)
        .with_resource(resource.arn);
  }

  // A second change is refused while the first one is under way.
  Task<> while_busy(Resource resource) {
    Clock& clock = calls_.client().clock();
    const milliseconds started = clock.uptime();
    while (clock.uptime() - started < busy_max) {
      const std::string why = co_await pending(resource);
      if (why.empty()) co_return;
      co_await clock.sleep(busy_delay);
    }
  }

  ServiceCalls calls_;
  std::string package_;
};

// What happens to an asynchronous invocation that fails: how often it is repeated, and where it goes then.
class EventInvokeConfigKind : public ResourceKind {
 public:
  explicit EventInvokeConfigKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    const auto answer = co_await calls_.lambda_if_found("GET", path(resource));
    if (!answer) co_return std::nullopt;
    Live live;
    live.properties = {{"retries_max", normal_number(at(*answer, {"MaximumRetryAttempts"}))},
                       {"event_age_max_seconds", normal_number(at(*answer, {"MaximumEventAgeInSeconds"}))},
                       {"on_failure", text_at(*answer, {"DestinationConfig", "OnFailure", "Destination"})}};
    co_return live;
  }

  Task<> create(Resource resource) override {
    json::object body{
        {"MaximumRetryAttempts", resource.properties.at("retries_max")},
        {"MaximumEventAgeInSeconds", resource.properties.at("event_age_max_seconds")},
        {"DestinationConfig",
         json::object{{"OnFailure", json::object{{"Destination", resource.properties.at("on_failure")}}}}}};
    co_await calls_.lambda("PUT", path(resource), std::move(body));
  }
  Task<> update(Resource resource, Live, std::vector<FieldChange>) override {
    return create(std::move(resource));
  }
  Task<> remove(Resource resource) override { co_await calls_.lambda_if_found("DELETE", path(resource)); }

 private:
  static std::string path(const Resource& resource) {
    return "/2019-09-25/functions/" + uri_encode(resource.name) + "/event-invoke-config";
  }

  ServiceCalls calls_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_function_kind(client::ServiceClient& client, std::string package) {
  return std::make_unique<FunctionKind>(client, std::move(package));
}

std::unique_ptr<ResourceKind> make_event_invoke_config_kind(client::ServiceClient& client) {
  return std::make_unique<EventInvokeConfigKind>(client);
}

}  // namespace s3dr::deploy
