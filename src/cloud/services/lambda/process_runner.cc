#include "cloud/services/lambda/process_runner.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/task_group.h"
#include "cloud/services/lambda/function_environment.h"
#include "cloud/services/lambda/function_package.h"
#include "cloud/services/lambda/process_sweep.h"
#include "cloud/services/logs/logs_store.h"
#include "cloud/store/helper_threads.h"

namespace s3dr::services {
namespace asio = boost::asio;
namespace {

using Environment = std::shared_ptr<FunctionEnvironment>;

// An environment in use. It is killed unless the use ended well.
class Lease {
 public:
  explicit Lease(Environment environment) : environment_(std::move(environment)) { environment_->use(true); }
  ~Lease() {
    if (!returned_) environment_->kill();
    environment_->use(false);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  FunctionEnvironment& operator*() { return *environment_; }
  FunctionEnvironment* operator->() { return environment_.get(); }
  void give_back() { returned_ = true; }

 private:
  Environment environment_;
  bool returned_ = false;
};

InvocationResult entry_point_failure(const std::string& request_id, const std::string& message) {
  return {true,
          boost::json::serialize(
              boost::json::object{{"errorType", "Runtime.InvalidEntrypoint"},
                                  {"errorMessage", "RequestId: " + request_id + " Error: " + message}}),
          ""};
}

class ProcessRunner : public FunctionRunner {
 public:
  ProcessRunner(cloud::RegionContext& region, std::string folder, ProcessRunnerOptions options)
      : region_(region), folder_(std::move(folder)), options_(std::move(options)), logs_(region) {}

  Task<> prepare(FunctionDescription function) override {
    if (folder_.empty()) co_return;
    const std::string folder = code_folder(function.code);
    code_used_[function.code] = region_.clock.uptime();
    if (unpacked_.contains(function.code)) co_return;
    auto reader = region_.bodies.open(function.code, 0, function.code_bytes);
    Body body(std::move(reader), function.code_bytes);
    const std::string zip = co_await body.read_all(function.code_bytes);
    const std::string unfinished = "unfinished-" + region_.random.hex(16);
    co_await cloud::run_on(pool_, [&] { unpack_package(zip, folder, unfinished); });
    unpacked_.insert(function.code);
  }

  Task<InvocationResult> invoke(FunctionDescription function, Invocation invocation) override {
    require_running();
    co_await prepare(function);
    InvocationResult result = co_await invoke_in_environment(std::move(function), std::move(invocation));
    co_await logs_.flush();
    if (stopping_ && result.function_failed)
      throw Error(ErrorKind::unavailable, "the region is being stopped");
    co_return result;
  }

  Task<> run_aside(std::function<void()> work) override { return cloud::run_on(pool_, std::move(work)); }

  void retire(const std::string& function_arn, const std::string& keep_revision) override {
    for (const Environment& environment : environments_) {
      const FunctionDescription& of = environment->function();
      if (of.arn != function_arn || of.revision == keep_revision) continue;
      environment->retire();
      if (!environment->in_use()) environment->kill();
    }
  }

  Task<> run() override {
    const auto executor = co_await asio::this_coro::executor;
    group_.emplace(executor);
    stopping_ = false;
    unpacked_.clear();
    if (!folder_.empty()) {
      const std::string functions = folder_ + "/functions";
      // Also what an earlier run of the region left when it was killed.
      co_await cloud::run_on(pool_, [functions] {
        kill_processes_of({"LAMBDA_TASK_ROOT=" + functions + "/code/*"});
        remove_folder(functions);
      });
    }
    co_await with_clean_up(upkeep(), [this] { return stop_all(); });
  }

 private:
  std::string code_folder(const std::string& code) const { return folder_ + "/functions/code/" + code; }

  bool out_of_date(const FunctionEnvironment& environment) const {
    return environment.retired() || region_.clock.uptime() - environment.started() > options_.age_max;
  }

  Environment idle_environment(const FunctionDescription& function) {
    Environment found;
    for (const Environment& environment : environments_) {
      if (!environment->idle() || environment->function().arn != function.arn) continue;
      if (environment->function().revision != function.revision || out_of_date(*environment)) {
        environment->kill();
      } else if (!found || environment->last_used() > found->last_used()) {
        found = environment;  // the warmest, so that the others may be ended
      }
    }
    return found;
  }

  // One that is about to be idle: cheaper to wait for than a new process.
  Task<Environment> finishing_environment(FunctionDescription function) {
    const auto found = std::ranges::find_if(environments_, [&](const Environment& environment) {
      return environment->finishing() && environment->function().arn == function.arn &&
             environment->function().revision == function.revision && !out_of_date(*environment);
    });
    if (found == environments_.end()) co_return nullptr;
    Environment environment = *found;
    Lease lease(environment);
    const bool idle = co_await lease->wait_idle(options_.answered_wait_max);
    lease.give_back();
    if (!idle) environment.reset();
    co_return environment;
  }

  // Ends the idle environment unused longest where there is no room for one more.
  void make_room() {
    const auto living = std::ranges::count_if(environments_, [](const Environment& e) { return !e->dead(); });
    if (std::cmp_less(living, options_.environments_max)) return;
    Environment oldest;
    for (const Environment& environment : environments_) {
      if (environment->idle() && (!oldest || environment->last_used() < oldest->last_used()))
        oldest = environment;
    }
    if (!oldest)
      throw Error(ErrorKind::throttled, "all " + std::to_string(options_.environments_max) +
                                            " environments of this region are in use");
    oldest->kill();
  }

  void require_running() const {
    if (!group_ || stopping_ || folder_.empty())
      throw Error(ErrorKind::unavailable, "this region runs no functions at the moment");
  }

  // The runner may have stopped during an earlier await. A process started after that would never be ended.
  Environment start(const FunctionDescription& function) {
    require_running();
    make_room();
    std::optional<aws::Credentials> credentials;
    if (options_.credentials) {
      auto assumed = options_.credentials(region_, function);
      if (!assumed)
        throw Error(ErrorKind::denied,
                    "The role defined for the function cannot be assumed by Lambda: " + assumed.error());
      credentials = std::move(*assumed);
    }
    EnvironmentPlace place{code_folder(function.code), folder_ + "/functions/tmp/" + region_.random.hex(16)};
    make_folders(place.temporary_folder);
    auto environment = std::make_shared<FunctionEnvironment>(
        group_executor(), EnvironmentParts{region_, logs_}, function, std::move(place), credentials);
    if (options_.why_not_log) {
      if (const auto why = options_.why_not_log(region_, function, environment->log_stream())) {
        environment->log_nothing();
        region_.log.warning("a function's lines are not logged",
                            {{"function", function.arn}, {"error", *why}});
      }
    }
    environments_.push_back(environment);
    group_->spawn(keep(environment));
    return environment;
  }

  asio::any_io_executor group_executor() const { return *executor_; }

  Task<> keep(Environment environment) {
    co_await environment->live();
    const std::string temporary = environment->place().temporary_folder;
    // Another cloud on this machine may have made the same name of a log stream: its folder is another one.
    const std::vector<std::string> marks{environment->mark(),
                                         "LAMBDA_TASK_ROOT=" + environment->place().task_root};
    co_await cloud::run_on(pool_, [temporary, marks] {
      kill_processes_of(marks);
      remove_folder(temporary);
    });
    environments_.remove(environment);
  }

  Task<InvocationResult> invoke_in_environment(FunctionDescription function, Invocation invocation) {
    executor_ = co_await asio::this_coro::executor;
    const milliseconds begun = region_.clock.uptime();
    Environment environment = idle_environment(function);
    if (!environment) environment = co_await finishing_environment(function);
    if (environment && !environment->idle()) environment = nullptr;  // taken meanwhile
    bool limited = false;  // an initialisation that was too slow counts against the function's time
    milliseconds limit = function.timeout;
    if (!environment) {
      for (int attempt = 1;; ++attempt) {
        std::optional<std::string> refusal;
        try {
          environment = start(function);
        } catch (const Error& error) {
          if (error.kind() != ErrorKind::invalid) throw;
          refusal = error.message();
        }
        if (refusal) {
          const std::string path = "/var/task/bootstrap";
          co_return entry_point_failure(
              invocation.request_id, std::filesystem::exists(code_folder(function.code) + "/bootstrap")
                                         ? "fork/exec " + path + ": " + *refusal
                                         : "Couldn't find valid bootstrap(s): [" + path + " /opt/bootstrap]");
        }
        Lease lease(environment);
        const auto init = co_await lease->initialise(limited ? limit : options_.init_max);
        if (init == FunctionEnvironment::Init::ready) {
          if (limited) limit -= region_.clock.uptime() - environment->started();
          lease.give_back();
          break;
        }
        if (init == FunctionEnvironment::Init::late && attempt == 1) {
          limited = true;
          continue;
        }
        co_return lease->init_failure(init, invocation.request_id);
      }
    }
    Lease lease(environment);
    InvocationResult result = co_await lease->run(std::move(invocation), std::max(limit, milliseconds(1)));
    if (!out_of_date(*lease)) lease.give_back();
    region_.log.debug("function ran", {{"function", function.arn},
                                       {"ms", std::to_string((region_.clock.uptime() - begun).count())}});
    co_return result;
  }

  Task<> upkeep() {
    while (true) {
      co_await region_.clock.sleep(options_.upkeep_every);
      const milliseconds now = region_.clock.uptime();
      for (const Environment& environment : environments_) {
        if (environment->in_use() || environment->dead()) continue;
        // One that has answered and does not ask for more is not idle either.
        const bool unused = now - environment->last_used() > options_.idle_max;
        const bool stuck =
            !environment->idle() &&
            now - environment->last_used() > std::max(environment->function().timeout, options_.init_max);
        if (unused || stuck || out_of_date(*environment)) environment->kill();
      }
      std::optional<std::string> failure;
      try {
        co_await logs_.flush();
        co_await remove_unused_code(now);
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
        failure = error.what();
      }
      if (failure) region_.log.error("upkeep of functions", {{"error", *failure}});
    }
  }

  Task<> remove_unused_code(milliseconds now) {
    for (const Environment& environment : environments_) code_used_[environment->function().code] = now;
    for (auto it = code_used_.begin(); it != code_used_.end();) {
      if (now - it->second <= options_.idle_max) {
        ++it;
        continue;
      }
      const std::string code = it->first, folder = code_folder(code);
      code_used_.erase(it);
      unpacked_.erase(code);
      // Renamed at once, so that an invocation that needs the package unpacks it again.
      const std::string moved = folder_ + "/functions/removed-" + region_.random.hex(16);
      std::error_code ignored;
      std::filesystem::rename(folder, moved, ignored);
      co_await cloud::run_on(pool_, [moved] { remove_folder(moved); });
      it = code_used_.begin();
    }
  }

  Task<> stop_all() {
    stopping_ = true;
    for (const Environment& environment : environments_) environment->kill();
    co_await group_->join();
    group_.reset();
    co_await logs_.flush();
  }

  cloud::RegionContext& region_;
  std::string folder_;
  ProcessRunnerOptions options_;
  LogWriter logs_;
  asio::thread_pool pool_{1};
  std::optional<asio::any_io_executor> executor_;
  std::optional<TaskGroup> group_;  // while it runs
  bool stopping_ = false;
  std::list<Environment> environments_;
  std::set<std::string> unpacked_;  // code
  std::map<std::string, milliseconds> code_used_;
};

}  // namespace

std::unique_ptr<FunctionRunner> make_process_runner(cloud::RegionContext& region, std::string folder,
                                                    ProcessRunnerOptions options) {
  return std::make_unique<ProcessRunner>(region, std::move(folder), std::move(options));
}

}  // namespace s3dr::services
