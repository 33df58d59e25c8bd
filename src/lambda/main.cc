// `bootstrap`: the program that Lambda starts in the runtime provided.al2023. It reads the environment, then
// serves invocations until the Runtime API is gone. When it ends by itself, its exit code is 1 and Lambda
// starts it again.
#include <netdb.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "client/credentials.h"
#include "http/pool.h"
#include "lambda/environment.h"
#include "lambda/handler.h"
#include "lambda/json_log.h"
#include "lambda/runtime.h"
#include "lambda/wiring.h"

#ifdef __GLIBC__
// A function of glibc that no installed header declares: which name services to use.
extern "C" int __nss_configure_lookup(const char* database, const char* services);  // NOLINT
#endif

namespace {

using namespace s3dr;

struct Program {
  std::unique_ptr<Clock> clock = make_real_clock();
  std::unique_ptr<Random> random = make_system_random();
  lambda::JsonLog log{*clock, LogLevel::info, &lambda::write_to_stdout};
  aws::EnvironmentLookup environment = client::process_environment();
  std::string folder;  // of the program

  Task<> run(boost::asio::any_io_executor executor, std::string runtime_api) {
    // One connection, so that a reply goes out on the one that brought the invocation; plain HTTP.
    http::PoolOptions options;
    options.connections_per_endpoint_max = 1;
    const auto runtime = http::make_pool(executor, *clock, options);
    lambda::RuntimeApi api(*runtime, runtime_api);
    std::unique_ptr<http::HttpTransport> transport;
    std::optional<lambda::Wiring> wiring;
    std::optional<dr::Function> function;
    lambda::HandlerOptions handler_options;
    std::optional<lambda::FunctionError> failure;
    try {
      lambda::Settings settings = lambda::read_settings(environment);
      function = settings.function;
      handler_options.sweep_interval = settings.sweep_interval;
      log.set_lowest(settings.log_level);
      log.set_deployment(lambda::deployment_of(environment, *function));
      log.set_always({{"function", std::string(dr::to_string(*function))}});
      transport = lambda::make_late_transport(executor, settings, lambda::choose_ca_bundle(folder), *clock);
      wiring.emplace(*transport, std::move(settings), *clock, *random, log);
    } catch (const Error& error) {
      failure = lambda::function_error(error);
    }
    if (failure) {
      log.error("the function cannot start", {{"error", failure->type}, {"why", failure->message}});
      co_await api.report_init_error(*failure);
      co_return;
    }
    lambda::Handler handler(*function, wiring->contexts(), wiring->bus(), log, handler_options);
    co_await lambda::serve_invocations(
        api, [&handler](lambda::Invocation invocation) { return handler.handle(std::move(invocation)); },
        log);
  }
};

}  // namespace

int main(int, char** argv) {
#ifdef __GLIBC__
  // A static program must not load name services of the machine it happens to run on.
  __nss_configure_lookup("hosts", "files dns");
#endif
  Program program;
  try {
    const auto runtime_api = program.environment("AWS_LAMBDA_RUNTIME_API");
    if (!runtime_api || runtime_api->empty()) {
      std::fputs("bootstrap: AWS_LAMBDA_RUNTIME_API is not set; this program is started by AWS Lambda\n",
                 stderr);
      return 1;
    }
    program.folder = program.environment("LAMBDA_TASK_ROOT").value_or("");
    if (program.folder.empty()) program.folder = std::filesystem::path(argv[0]).parent_path().string();
    if (program.folder.empty()) program.folder = ".";
    boost::asio::io_context context(1);
    std::exception_ptr failure;
    boost::asio::co_spawn(context, program.run(context.get_executor(), *runtime_api),
                          [&](std::exception_ptr thrown) { failure = thrown; });
    context.run();
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& failure) {
    program.log.error("the process ends", {{"why", failure.what()}});
  }
  return 1;
}
