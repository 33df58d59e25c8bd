#include "sim/world/function_host.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <exception>
#include <list>
#include <optional>
#include <utility>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/notifier.h"
#include "base/task_group.h"
#include "cloud/services/lambda/function_role.h"
#include "cloud/services/logs/logs_store.h"
#include "lambda/environment.h"
#include "lambda/handler.h"
#include "lambda/json_log.h"
#include "lambda/wiring.h"

namespace s3dr::sim {
namespace asio = boost::asio;
namespace json = boost::json;
using services::FunctionDescription;
using services::Invocation;
using services::InvocationResult;

namespace {

constexpr milliseconds environment_age_max{45 * 60'000};  // its credentials are good for an hour

InvocationResult failure_of(std::string type, std::string message) {
  return {true, json::serialize(json::object{{"errorType", type}, {"errorMessage", message}}), ""};
}

// One execution environment: what src/lambda/main.cc holds together, minus the Runtime API.
class Environment {
 public:
  Environment(asio::any_io_executor executor, cloud::RegionContext& region, FunctionHostOptions options,
              services::LogWriter& logs, FunctionDescription function, std::uint64_t seed)
      : region_(region),
        options_(std::move(options)),
        watch_(*options_.watch),
        logs_(logs),
        function_(std::move(function)),
        started_(region.clock.uptime()),
        random_(make_seeded_random(seed)),
        destination_{function_.account, function_.log_group, "simulated/" + region.random.hex(16)},
        log_(region.clock, LogLevel::info, [this](const std::string& line) { keep(line); }),
        group_(executor),
        changed_(executor) {
    if (auto why = services::why_role_may_not_log(region_, function_, destination_.stream)) {
      // As production says it (cloud/services/lambda/process_runner.cc).
      region_.log.warning("a function's lines are not logged",
                          {{"function", function_.arn}, {"error", *why}});
      logging_ = false;
    }
  }

  // Raises denied where the role cannot be assumed. A failed start is told by every invocation.
  void start() {
    const auto credentials = services::function_credentials(region_, function_);
    if (!credentials)
      throw Error(ErrorKind::denied,
                  "The role defined for the function cannot be assumed by Lambda: " + credentials.error());
    std::map<std::string, std::string> variables = function_.environment;
    variables["AWS_ACCESS_KEY_ID"] = credentials->access_key_id;
    variables["AWS_SECRET_ACCESS_KEY"] = credentials->secret_access_key.reveal();
    variables["AWS_SESSION_TOKEN"] = credentials->session_token.reveal();
    const aws::EnvironmentLookup lookup = [&](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(std::string(name));
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    try {
      lambda::Settings settings = lambda::read_settings(lookup);
      const dr::Function self = settings.function;
      lambda::HandlerOptions handler_options;
      handler_options.sweep_interval = settings.sweep_interval;
      log_.set_lowest(settings.log_level);
      log_.set_always({{"function", std::string(dr::to_string(self))}});
      auto hook = std::make_shared<CallHook>();
      hook->before = [this](const Call& call) { return before(call); };
      hook->after = [this](const Call& call, int) { return after(call); };
      link_ = options_.network().link(function_.name, watch_.rates, hook, [this] { return dead(); });
      wiring_.emplace(*link_, std::move(settings), region_.clock, *random_, log_);
      handler_.emplace(self, wiring_->contexts(), wiring_->bus(), log_, handler_options);
    } catch (const Error& error) {
      init_error_ = lambda::function_error(error);
      log_.error("the function cannot start", {{"error", init_error_->type}, {"why", init_error_->message}});
    }
  }

  Task<InvocationResult> invoke(Invocation invocation) {
    busy_ = true;
    result_.reset();
    InvocationResult result = co_await with_clean_up(run(std::move(invocation)), [this] { return settle(); });
    co_return result;
  }

  bool is_for(const FunctionDescription& function) const {
    return !busy_ && !killed_ && function_.arn == function.arn && function_.revision == function.revision &&
           region_.clock.uptime() - started_ <= environment_age_max;
  }
  bool busy() const { return busy_; }
  bool spent() const {
    return !busy_ && (killed_ || retired_ || region_.clock.uptime() - started_ > environment_age_max);
  }
  const FunctionDescription& function() const { return function_; }
  void retire() { retired_ = true; }

 private:
  bool dead() const { return killed_ || (options_.dead && options_.dead()); }

  void keep(const std::string& line) {
    tail_ += line;
    if (logging_) logs_.append(destination_, region_.clock.now(), line);
  }

  CallVerdict kill() {
    ++watch_.killed;
    killed_ = true;
    changed_.notify();
    return {{}, {}, true};
  }

  std::string name_of(const Call& call) const {
    return function_.name + " " + call.method + " " + call.to.host + call.target;
  }

  bool dies_by_chance() { return watch_.chaos.killed > 0 && random_->chance(watch_.chaos.killed / 2); }

  CallVerdict before(const Call& call) {
    const std::uint64_t number = ++watch_.calls;
    if (watch_.keep_calls) watch_.call_names.push_back(name_of(call));
    if ((number == watch_.kill_at && watch_.kill_before) || watch_.kill_function == function_.name ||
        dies_by_chance())
      return kill();
    return watch_.before_call ? watch_.before_call(function_.name, call) : CallVerdict();
  }

  CallVerdict after(const Call& call) {
    const std::uint64_t number = ++watch_.answers;
    if (watch_.keep_calls) watch_.answer_names.push_back(name_of(call));
    if ((number == watch_.kill_at && !watch_.kill_before) || dies_by_chance()) return kill();
    return {};
  }

  Task<> handle(lambda::Invocation invocation) {
    try {
      lambda::Reply reply = co_await handler_->handle(std::move(invocation));
      result_ = reply.failure ? failure_of(reply.failure->type, reply.failure->message)
                              : InvocationResult{false, std::move(reply.result), ""};
    } catch (const std::exception& error) {
      if (is_cancellation(std::current_exception())) throw;
      result_ = failure_of("Runtime.ExitError", error.what());
    }
    changed_.notify();
  }

  Task<InvocationResult> run(Invocation invocation) {
    if (init_error_) co_return failure_of(init_error_->type, init_error_->message);
    Clock& clock = region_.clock;
    const milliseconds until = clock.uptime() + function_.timeout;
    lambda::Invocation given;
    given.request_id = invocation.request_id;
    given.event = std::move(invocation.payload);
    given.function_arn = function_.arn;
    given.deadline = clock.now() + function_.timeout;
    tail_.clear();
    group_.spawn(handle(std::move(given)));
    while (!result_ && !killed_ && clock.uptime() < until)
      co_await changed_.wait(clock, until - clock.uptime());
    if (killed_) {
      keep("Runtime exited with error: signal: killed\n");
      co_return failure_of("Runtime.ExitError", "RequestId: " + invocation.request_id +
                                                    " Error: Runtime exited with error: signal: killed");
    }
    if (!result_) {
      ++watch_.timed_out;
      killed_ = true;
      keep(invocation.request_id + " Task timed out after " +
           std::to_string(function_.timeout.count() / 1000) + " seconds\n");
      co_return failure_of("Sandbox.Timedout",
                           "RequestId: " + invocation.request_id + " Error: Task timed out");
    }
    result_->log_tail = tail_;
    co_return std::move(*result_);
  }

  Task<> settle() {
    co_await group_.cancel_and_join();
    busy_ = false;
  }

  cloud::RegionContext& region_;
  FunctionHostOptions options_;
  FunctionWatch& watch_;
  services::LogWriter& logs_;
  FunctionDescription function_;
  milliseconds started_;
  std::unique_ptr<Random> random_;
  services::LogDestination destination_;
  lambda::JsonLog log_;
  std::unique_ptr<http::HttpTransport> link_;
  std::optional<lambda::Wiring> wiring_;
  std::optional<lambda::Handler> handler_;
  std::optional<lambda::FunctionError> init_error_;
  std::optional<InvocationResult> result_;
  std::string tail_;
  bool busy_ = false, killed_ = false, retired_ = false, logging_ = true;
  TaskGroup group_;
  Notifier changed_;
};

class FunctionHost : public services::FunctionRunner {
 public:
  FunctionHost(cloud::RegionContext& region, FunctionHostOptions options)
      : region_(region),
        options_(std::move(options)),
        watch_(*options_.watch),
        logs_(region),
        random_(make_seeded_random(options_.seed)) {}

  Task<> prepare(FunctionDescription) override { co_return; }

  Task<InvocationResult> invoke(FunctionDescription function, Invocation invocation) override {
    if (!group_) throw Error(ErrorKind::unavailable, "this region runs no functions at the moment");
    const FunctionChaos& chaos = watch_.chaos;
    count(function, invocation);
    if (strikes(chaos.throttled, watch_.throttled))
      throw Error(ErrorKind::throttled, "injected: no room for another environment");
    if (strikes(chaos.delayed, watch_.delayed)) co_await region_.clock.sleep(some_delay());
    if (strikes(chaos.duplicated, watch_.duplicated)) group_->spawn(once_more(function, invocation));
    const std::string id = invocation.request_id;
    InvocationResult result = co_await run_one(std::move(function), std::move(invocation));
    InvocationFate& fate = watch_.fates[id];
    fate.succeeded = !result.function_failed;
    if (result.function_failed) {
      ++watch_.failed;
      fate.error = result.payload;
    }
    co_return result;
  }

  void retire(const std::string& function_arn, const std::string& keep_revision) override {
    for (const auto& environment : environments_) {
      const FunctionDescription& of = environment->function();
      if (of.arn == function_arn && of.revision != keep_revision) environment->retire();
    }
    tidy_up();
  }

  Task<> run() override {
    group_.emplace(co_await asio::this_coro::executor);
    co_await with_clean_up(idle(), [this] { return stop(); });
  }

 private:
  Task<> idle() {
    while (true) co_await region_.clock.sleep(std::chrono::hours(24));
  }

  Task<> stop() {
    co_await group_->cancel_and_join();
    group_.reset();
  }

  bool strikes(double chance, std::uint64_t& counter) {
    if (chance <= 0 || !random_->chance(chance)) return false;
    ++counter;
    return true;
  }

  milliseconds some_delay() {
    return milliseconds(1 + static_cast<std::int64_t>(
                                random_->below(static_cast<std::uint64_t>(watch_.chaos.delay_max.count()))));
  }

  void count(const FunctionDescription& function, const Invocation& invocation) {
    ++watch_.invocations;
    const bool is_message = invocation.payload.find(R"("aws:sns")") != std::string::npos;
    ++(is_message ? watch_.messages : watch_.events);
    InvocationFate& fate = watch_.fates[invocation.request_id];
    fate.function = function.name;
    fate.region = region_.options.region.text();
    fate.event = invocation.payload;
    ++fate.attempts;
    fate.succeeded = false;
    fate.error = "no answer yet";
  }

  // The first delivery is the one that is answered for.
  Task<> once_more(FunctionDescription function, Invocation invocation) {
    co_await region_.clock.sleep(some_delay());
    try {
      static_cast<void>(co_await run_one(std::move(function), std::move(invocation)));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
    }
  }

  Task<InvocationResult> run_one(FunctionDescription function, Invocation invocation) {
    tidy_up();
    auto found = std::ranges::find_if(environments_, [&](const auto& one) { return one->is_for(function); });
    if (found == environments_.end()) {
      ++watch_.cold_starts;
      auto made = std::make_shared<Environment>(co_await asio::this_coro::executor, region_, options_, logs_,
                                                function, random_->next());
      made->start();
      found = environments_.insert(environments_.end(), std::move(made));
    }
    const std::shared_ptr<Environment> environment = *found;
    InvocationResult result = co_await environment->invoke(std::move(invocation));
    co_await logs_.flush();
    co_return result;
  }

  void tidy_up() {
    std::erase_if(environments_, [](const auto& environment) { return environment->spent(); });
  }

  cloud::RegionContext& region_;
  FunctionHostOptions options_;
  FunctionWatch& watch_;
  services::LogWriter logs_;
  std::unique_ptr<Random> random_;
  std::optional<TaskGroup> group_;  // while it runs
  std::list<std::shared_ptr<Environment>> environments_;
};

}  // namespace

std::unique_ptr<services::FunctionRunner> make_function_host(cloud::RegionContext& region,
                                                             FunctionHostOptions options) {
  return std::make_unique<FunctionHost>(region, std::move(options));
}

}  // namespace s3dr::sim
