#include "cloud/services/lambda/function_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/task_group.h"
#include "base/utf8.h"
#include "cloud/services/common/service_ids.h"

namespace s3dr::services {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
// A bootstrap may wait long between two requests. Only the function's time limit ends it.
constexpr milliseconds bootstrap_idle_max{24 * 3'600'000};

// "2026/08/01/[$LATEST]0f3c…"
std::string stream_name(Instant now, Random& random) {
  const std::string date = to_iso8601(now).substr(0, 10);
  return date.substr(0, 4) + "/" + date.substr(5, 2) + "/" + date.substr(8, 2) + "/[$LATEST]" +
         random.hex(32);
}

std::string error_payload(const std::string& type, const std::string& request_id,
                          const std::string& message) {
  return json::serialize(
      json::object{{"errorType", type}, {"errorMessage", "RequestId: " + request_id + " Error: " + message}});
}

std::string exit_message(const std::string& ending) {
  if (ending.empty()) return "Runtime exited without providing a reason";
  return "Runtime exited with error: " + ending;
}

std::string timeout_message(milliseconds limit) {
  return fmt::format("Task timed out after {:.2f} seconds", static_cast<double>(limit.count()) / 1000.0);
}

// HTTP on a loopback port of its own, so that AWS_LAMBDA_RUNTIME_API is host:port, as every runtime client
// expects.
std::unique_ptr<http::Server> listen_for(RuntimeApi& api, const asio::any_io_executor& executor, Log& log) {
  http::ServerOptions options;
  options.connections_max = 16;
  options.idle_max = bootstrap_idle_max;
  return http::make_server(
      executor, options, [&api](HttpRequest request) { return api.handle(std::move(request)); }, log);
}

std::string trace_id(Instant now, Random& random) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0", seconds, random.hex(24), random.hex(16));
}

}  // namespace

// Registered with the executor; the process object owns (and closes) what they stand for.
struct FunctionEnvironment::Descriptors {
  Descriptors(const asio::any_io_executor& executor, const FunctionProcess& process)
      : ended(executor, process.ended_descriptor()), output(executor, process.output_descriptor()) {}
  ~Descriptors() {
    ended.release();
    output.release();
  }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  asio::posix::stream_descriptor ended, output;
};

FunctionEnvironment::FunctionEnvironment(asio::any_io_executor executor, EnvironmentParts parts,
                                         FunctionDescription function, EnvironmentPlace place,
                                         const std::optional<aws::Credentials>& credentials)
    : executor_(std::move(executor)),
      parts_(parts),
      function_(std::move(function)),
      place_(std::move(place)),
      output_(
          parts.region.clock, parts.logs,
          {function_.account, function_.log_group, stream_name(parts.region.clock.now(), parts.region.random),
           !find_log_group(parts.region.database.reader(), function_.account, function_.log_group)},
          function_.json_logs),
      changed_(executor_),
      api_(executor_, parts.region.clock, [this] { changed_.notify(); }),
      listener_(listen_for(api_, executor_, parts.region.log)) {
  started_ = last_used_ = parts_.region.clock.uptime();
  FunctionProcessOptions options;
  options.executable = place_.task_root + "/bootstrap";
  options.working_folder = place_.task_root;
  options.environment = variables(credentials);
  options.memory_bytes_max = static_cast<std::uint64_t>(function_.memory_mib) * 1024 * 1024;
  process_ = std::make_unique<FunctionProcess>(options);
  descriptors_ = std::make_shared<Descriptors>(executor_, *process_);
}

std::vector<std::string> FunctionEnvironment::variables(
    const std::optional<aws::Credentials>& credentials) const {
  const std::string region = parts_.region.options.region.text();
  std::vector<std::string> result = {
      "AWS_LAMBDA_RUNTIME_API=127.0.0.1:" + std::to_string(listener_->port()),
      "_HANDLER=" + function_.handler,
      "LAMBDA_TASK_ROOT=" + place_.task_root,
      "LAMBDA_RUNTIME_DIR=/var/runtime",
      "AWS_REGION=" + region,
      "AWS_DEFAULT_REGION=" + region,
      "AWS_LAMBDA_FUNCTION_NAME=" + function_.name,
      "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + std::to_string(function_.memory_mib),
      "AWS_LAMBDA_LOG_GROUP_NAME=" + output_.destination().group,
      mark(),
      "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
      "TZ=:UTC",
      "LANG=en_US.UTF-8",
      "PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin",
      "TMPDIR=" + place_.temporary_folder,
  };
  if (credentials) {
    result.push_back("AWS_ACCESS_KEY_ID=" + credentials->access_key_id);
    result.push_back("AWS_SECRET_ACCESS_KEY=" + credentials->secret_access_key.reveal());
    result.push_back("AWS_SESSION_TOKEN=" + credentials->session_token.reveal());
  }
  for (const auto& [name, value] : function_.environment) {
    // A function may set TZ, PATH and similar variables.
    // The default is removed, because the first of two would count.
    std::erase_if(result, [&name](const std::string& entry) { return entry.starts_with(name + "="); });
    result.push_back(name + "=" + value);
  }
  return result;
}

void FunctionEnvironment::kill() {
  doomed_ = true;
  if (!dead_) process_->kill();
}

Task<> FunctionEnvironment::live() {
  output_.platform_line(
      "INIT_START Runtime Version: provided", "platform.initStart",
      {{"initializationType", "on-demand"}, {"phase", "init"}, {"functionName", function_.name}});
  TaskGroup parts(executor_);
  parts.spawn(listener_->run());
  parts.spawn(read_output());
  co_await descriptors_->ended.async_wait(asio::posix::descriptor_base::wait_read, as_result);
  output_.drain(process_->output_descriptor());
  ending_ = process_->reap();
  dead_ = true;
  output_.end_line();
  changed_.notify();
  listener_->stop(milliseconds(0));
  parts.cancel();
  std::optional<std::string> failure;
  try {
    co_await parts.join();
    co_await parts_.logs.flush();
  } catch (const std::exception& error) {  // whatever it is: the environment has to be put away
    failure = error.what();
  }
  if (failure)
    parts_.region.log.error("end of a function's environment",
                            {{"function", function_.arn}, {"error", *failure}});
}

Task<> FunctionEnvironment::read_output() {
  while (true) {
    const auto [failure] =
        co_await descriptors_->output.async_wait(asio::posix::descriptor_base::wait_read, as_result);
    if (failure || !output_.drain(process_->output_descriptor())) co_return;
  }
}

void FunctionEnvironment::take_memory_sample() {
  memory_peak_ = std::max(memory_peak_, process_->peak_memory_bytes());
}

Task<FunctionEnvironment::Init> FunctionEnvironment::initialise(milliseconds limit) {
  while (true) {
    if (api_.init_error()) co_return Init::failed;
    if (dead_) co_return Init::exited;
    const milliseconds taken = parts_.region.clock.uptime() - started_;
    if (api_.idle()) {
      take_memory_sample();
      init_duration_ = taken;
      co_return Init::ready;
    }
    if (taken >= limit) co_return Init::late;
    co_await changed_.wait(parts_.region.clock, limit - taken);
  }
}

Task<bool> FunctionEnvironment::wait_idle(milliseconds limit) {
  Clock& clock = parts_.region.clock;
  const milliseconds until = clock.uptime() + limit;
  while (!api_.idle()) {
    const milliseconds left = until - clock.uptime();
    if (dead_ || doomed_ || left.count() <= 0) co_return false;
    co_await changed_.wait(clock, left);
  }
  co_return !dead_ && !doomed_;
}

InvocationResult FunctionEnvironment::init_failure(Init how, const std::string& request_id) {
  InvocationResult result;
  result.function_failed = true;
  std::string type = "Runtime.ExitError";
  if (how == Init::failed) {
    output_.drain(process_->output_descriptor());
    result.payload = as_utf8(api_.init_error()->payload);
    type = api_.init_error()->error_type;
  } else if (how == Init::exited) {
    result.payload = error_payload(type, request_id, exit_message(ending_));
  } else {
    type = "Sandbox.Timedout";
    result.payload = error_payload(type, request_id, timeout_message(function_.timeout));
    output_.line(to_iso8601(parts_.region.clock.now()) + " " + request_id + " " +
                 timeout_message(function_.timeout));
  }
  report(request_id, parts_.region.clock.uptime() - started_, how == Init::late ? "timeout" : "error", type);
  result.log_tail = output_.tail();
  return result;
}

void FunctionEnvironment::report(const std::string& request_id, milliseconds duration,
                                 std::string_view status, const std::string& error_type) {
  const std::uint64_t memory_mib = std::max<std::uint64_t>(1, (memory_peak_ + (1U << 20U) - 1) >> 20U);
  const auto whole = std::max<std::int64_t>(1, duration.count());
  std::string text = fmt::format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory "
      "Used: "
      "{} MB\t",
      request_id, static_cast<double>(duration.count()), whole, function_.memory_mib, memory_mib);
  json::object metrics{{"durationMs", duration.count()},
                       {"billedDurationMs", whole},
                       {"memorySizeMB", function_.memory_mib},
                       {"maxMemoryUsedMB", memory_mib}};
  if (const auto init = std::exchange(init_duration_, std::nullopt)) {
    text += fmt::format("Init Duration: {:.2f} ms\t", static_cast<double>(init->count()));
    metrics["initDurationMs"] = init->count();
  }
  json::object record{{"requestId", request_id}, {"metrics", std::move(metrics)}, {"status", status}};
  if (status != "success") {
    text += fmt::format("Status: {}\t", status);
    if (!error_type.empty()) {
      text += "Error Type: " + as_utf8(error_type);
      record["errorType"] = as_utf8(error_type);
    }
  }
  if (!function_.json_logs) output_.line("END RequestId: " + request_id);
  output_.platform_line(std::move(text), "platform.report", std::move(record));
}

Task<InvocationResult> FunctionEnvironment::run(Invocation invocation, milliseconds limit) {
  Clock& clock = parts_.region.clock;
  const std::string id = invocation.request_id;
  const milliseconds begun = clock.uptime();
  if (!init_duration_) output_.clear_tail();
  output_.platform_line("START RequestId: " + id + " Version: $LATEST", "platform.start",
                        {{"requestId", id}, {"version", "$LATEST"}});
  RuntimeInvocation next;
  next.request_id = id;
  next.payload = std::move(invocation.payload);
  next.function_arn = function_.arn;
  next.client_context = std::move(invocation.client_context);
  next.invocation_id = new_uuid(parts_.region.random);
  next.trace_id = trace_id(clock.now(), parts_.region.random);
  next.deadline = clock.now() + limit;
  api_.begin(std::move(next));
  milliseconds duration{0};
  while (!api_.answer() && !dead_) {
    duration = clock.uptime() - begun;
    if (duration >= limit) break;
    co_await changed_.wait(clock, limit - duration);
  }
  duration = clock.uptime() - begun;
  last_used_ = clock.uptime();
  if (!dead_) {
    take_memory_sample();
    output_.drain(process_->output_descriptor());
    output_.end_line();
  }
  InvocationResult result;
  std::string status = "success", error_type;
  if (api_.answer()) {
    result.function_failed = api_.answer()->failed;
    result.payload = as_utf8(api_.answer()->payload);
    if (result.function_failed) {
      status = "error";
      error_type = api_.answer()->error_type;
    }
  } else if (dead_) {
    result.function_failed = true;
    status = "error";
    error_type = "Runtime.ExitError";
    result.payload = error_payload(error_type, id, exit_message(ending_));
  } else {
    kill();
    result.function_failed = true;
    status = "timeout";
    result.payload = error_payload("Sandbox.Timedout", id, timeout_message(function_.timeout));
    output_.line(to_iso8601(clock.now()) + " " + id + " " + timeout_message(function_.timeout));
  }
  report(id, duration, status, error_type);
  result.log_tail = output_.tail();
  co_return result;
}

}  // namespace s3dr::services
