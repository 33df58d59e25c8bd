#include "cloud/services/lambda/lambda_service.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/notifier.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/lambda/lambda_operations.h"
#include "cloud/services/lambda/lambda_versions.h"

namespace s3dr::services {
namespace asio = boost::asio;
namespace {

constexpr milliseconds failure_pause{1'000};
// "Request must be smaller than 70167211 bytes for the CreateFunction operation": 50 MiB as base64.
constexpr std::size_t request_bytes_max = 70'167'211;

struct Route {
  std::string_view method, path;  // "*" stands for one segment
  LambdaOperation operation;
  std::string_view action;  // what a policy calls it, behind "lambda:"
};

constexpr Route routes[] = {
    {"POST", "/2015-03-31/functions", create_function, "CreateFunction"},
    {"GET", "/2015-03-31/functions", list_functions, "ListFunctions"},
    {"GET", "/2015-03-31/functions/*", get_function, "GetFunction"},
    {"DELETE", "/2015-03-31/functions/*", delete_function, "DeleteFunction"},
    {"POST", "/2015-03-31/functions/*/versions", publish_function_version, "PublishVersion"},
    {"GET", "/2015-03-31/functions/*/versions", list_function_versions, "ListVersionsByFunction"},
    {"GET", "/2015-03-31/functions/*/configuration", get_function_configuration, "GetFunctionConfiguration"},
    {"PUT", "/2015-03-31/functions/*/configuration", update_function_configuration,
     "UpdateFunctionConfiguration"},
    {"PUT", "/2015-03-31/functions/*/code", update_function_code, "UpdateFunctionCode"},
    {"POST", "/2015-03-31/functions/*/policy", add_permission, "AddPermission"},
    {"GET", "/2015-03-31/functions/*/policy", get_policy, "GetPolicy"},
    {"DELETE", "/2015-03-31/functions/*/policy/*", remove_permission, "RemovePermission"},
    {"POST", "/2015-03-31/functions/*/invocations", invoke_function, "InvokeFunction"},
    {"PUT", "/2019-09-25/functions/*/event-invoke-config", put_event_invoke_config,
     "PutFunctionEventInvokeConfig"},
    {"POST", "/2019-09-25/functions/*/event-invoke-config", update_event_invoke_config,
     "UpdateFunctionEventInvokeConfig"},
    {"GET", "/2019-09-25/functions/*/event-invoke-config", get_event_invoke_config,
     "GetFunctionEventInvokeConfig"},
    {"DELETE", "/2019-09-25/functions/*/event-invoke-config", delete_event_invoke_config,
     "DeleteFunctionEventInvokeConfig"},
    {"PUT", "/2017-10-31/functions/*/concurrency", put_concurrency, "PutFunctionConcurrency"},
    {"GET", "/2019-09-30/functions/*/concurrency", get_concurrency, "GetFunctionConcurrency"},
    {"DELETE", "/2017-10-31/functions/*/concurrency", delete_concurrency, "DeleteFunctionConcurrency"},
    {"POST", "/2017-03-31/tags/*", tag_function, "TagResource"},
    {"DELETE", "/2017-03-31/tags/*", untag_function, "UntagResource"},
    {"GET", "/2017-03-31/tags/*", list_function_tags, "ListTags"},
};

// "/a/b/" → "a", "b"
std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> result;
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    result.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return result;
}

std::optional<std::vector<std::string>> matched(const Route& route, std::string_view method,
                                                const std::vector<std::string_view>& path) {
  if (route.method != method) return std::nullopt;
  const std::vector<std::string_view> pattern = segments(route.path);
  if (pattern.size() != path.size()) return std::nullopt;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (pattern[i] == "*") {
      auto name = uri_decode(path[i]);
      if (!name) throw ServiceError{"ValidationException", "The path has a broken escape.", 400};
      names.push_back(std::move(*name));
    } else if (pattern[i] != path[i]) {
      return std::nullopt;
    }
  }
  return names;
}

class LambdaService : public cloud::Service {
 public:
  LambdaService(cloud::RegionContext& region, std::unique_ptr<FunctionRunner> runner,
                LambdaQueueOptions options)
      : region_(region),
        runner_(std::move(runner)),
        invoker_(region, *runner_),
        queue_(region, invoker_, std::move(options)),
        parts_{region, *runner_, invoker_, queue_, [this] {
                 if (settling_) settling_->notify();
               }} {}

  std::string_view signing_name() const override { return "lambda"; }
  std::size_t body_bytes_max() const override { return request_bytes_max; }
  bool works() const override { return true; }
  void wake() override { queue_.wake(); }

  // The policy of a function of this region, for the door; "": it has none.
  std::string resource_policy(const std::string& arn) override {
    const auto parsed = aws::parse_arn(arn);
    constexpr std::string_view prefix = "function:";
    if (!parsed || !parsed->resource.starts_with(prefix)) return "";
    const std::string name = parsed->resource.substr(prefix.size());
    const auto function =
        find_function(region_.database.reader(), parsed->account, name.substr(0, name.find(':')));
    return function ? function->policy : "";
  }

  Task<HttpResponse> handle(cloud::ServiceRequest request) override {
    std::optional<ServiceError> failure;
    try {
      co_return co_await answer(request);
    } catch (const ServiceError& error) {
      failure = error;
    }
    co_return json_error(*failure, "application/json");
  }

  Task<> run() override {
    const auto executor = co_await asio::this_coro::executor;
    settling_.emplace(executor);
    auto working =
        asio::experimental::make_parallel_group(asio::co_spawn(executor, runner_->run(), asio::deferred),
                                                asio::co_spawn(executor, queue_.run(), asio::deferred),
                                                asio::co_spawn(executor, settle(), asio::deferred));
    auto [order, runner, queue, settling] =
        co_await working.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    // None ends by itself; the first to end says why.
    const std::exception_ptr failures[] = {runner, queue, settling};
    std::rethrow_exception(failures[order[0]]);
  }

 private:
  Task<HttpResponse> answer(const cloud::ServiceRequest& request) {
    if (!request.is_signed)
      throw ServiceError{"MissingAuthenticationTokenException", "Missing Authentication Token", 403};
    const std::vector<std::string_view> path = segments(request.path);
    for (const Route& route : routes) {
      auto names = matched(route, request.method, path);
      if (!names) continue;
      const LambdaRequest given{request, "lambda:" + std::string(route.action), std::move(*names)};
      co_return co_await route.operation(parts_, given);
    }
    throw not_supported("The operation \"" + request.method + " " + request.path + "\"");
  }

  // Functions created or updated become ready: State and LastUpdateStatus.
  Task<> settle() {
    while (true) {
      bool again = false;
      for (const FunctionRow& function : settling_functions(region_.database.reader())) {
        std::optional<Error> failure;
        try {
          co_await settle_one(function);
        } catch (const Error& error) {
          if (error.kind() == ErrorKind::cancelled) throw;
          failure = error;
        }
        if (!failure) continue;
        again = true;
        region_.log.error("function not made ready, to be tried again",
                          {{"function", function.arn()}, {"error", failure->what()}});
      }
      co_await settling_->wait(region_.clock,
                               again ? std::optional<milliseconds>(failure_pause) : std::nullopt);
    }
  }

  Task<> settle_one(const FunctionRow& function) {
    std::optional<std::string> broken;
    try {
      co_await runner_->prepare(describe(function));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::invalid) throw;
      broken = error.message();
    }
    co_await region_.database.write([&](cloud::Connection& db) {
      auto row = find_function(db, function.id);
      if (!row || row->text("RevisionId") != function.text("RevisionId")) return;
      row->settling = false;
      boost::json::object& configuration = row->configuration;
      for (const char* name :
           {"StateReason", "StateReasonCode", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"})
        configuration.erase(name);
      if (!broken) {
        configuration["State"] = "Active";
        configuration["LastUpdateStatus"] = "Successful";
      } else {
        configuration["State"] = "Failed";
        configuration["StateReason"] = *broken;
        configuration["StateReasonCode"] = "InvalidZipFileException";
        configuration["LastUpdateStatus"] = "Failed";
        configuration["LastUpdateStatusReason"] = *broken;
        configuration["LastUpdateStatusReasonCode"] = "InvalidZipFileException";
      }
      update_function(db, *row);
      settle_versions(db, *row);
    });
    queue_.wake();
  }

  cloud::RegionContext& region_;
  std::unique_ptr<FunctionRunner> runner_;
  FunctionInvoker invoker_;
  LambdaQueue queue_;
  std::optional<Notifier> settling_;  // while it works
  LambdaParts parts_;
};

}  // namespace

boost::json::object LambdaRequest::body() const {
  return parse_json_object(http.body);
}

std::string LambdaRequest::query(std::string_view name) const {
  for (const aws::QueryParameter& parameter : http.query) {
    if (parameter.name == name) return parameter.value;
  }
  return "";
}

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  return response;
}

std::unique_ptr<cloud::Service> make_lambda_service(cloud::RegionContext& region,
                                                    std::unique_ptr<FunctionRunner> runner,
                                                    LambdaQueueOptions queue) {
  return std::make_unique<LambdaService>(region, std::move(runner), std::move(queue));
}

}  // namespace s3dr::services
