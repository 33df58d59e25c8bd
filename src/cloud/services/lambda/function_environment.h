// One execution environment of a function: its process, its Runtime API and its log stream. It runs one
// invocation at a time and is used again for the next one.
// process_runner.h decides when an environment is made and ended.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/notifier.h"
#include "base/random.h"
#include "cloud/services/lambda/function_output.h"
#include "cloud/services/lambda/function_process.h"
#include "cloud/services/lambda/function_runner.h"
#include "cloud/services/lambda/runtime_api.h"
#include "cloud/services/logs/logs_store.h"
#include "cloud/store/context.h"
#include "http/server.h"

namespace s3dr::services {

struct EnvironmentParts {
  cloud::RegionContext& region;
  LogWriter& logs;
};

struct EnvironmentPlace {
  std::string task_root;         // the unpacked package
  std::string temporary_folder;  // its own /tmp
};

class FunctionEnvironment {
 public:
  enum class Init { ready, failed, exited, late };

  // Starts the process. Raises invalid (the bootstrap cannot be executed), unavailable.
  FunctionEnvironment(boost::asio::any_io_executor executor, EnvironmentParts parts,
                      FunctionDescription function, EnvironmentPlace place,
                      const std::optional<aws::Credentials>& credentials);
  // Serves the process until it has ended and its last output is logged. Returns after kill() at the latest.
  // Do not cancel it.
  Task<> live();
  void kill();

  // Waits for the end of the initialisation: the bootstrap's first request for an invocation.
  Task<Init> initialise(milliseconds limit);
  // How the initialisation failed, in the form of Invoke's answer.
  InvocationResult init_failure(Init how, const std::string& request_id);
  // Runs one invocation; `limit` is what is left of the function's time. Kills the process at the limit.
  Task<InvocationResult> run(Invocation invocation, milliseconds limit);

  // True: it can take an invocation at once.
  bool idle() const { return !dead_ && !doomed_ && !in_use_ && api_.idle(); }
  // True: it has answered and will soon ask for the next invocation.
  bool finishing() const { return !dead_ && !doomed_ && !in_use_ && !api_.idle() && api_.answer(); }
  // Waits until it asks for an invocation: true. False: it ended, or `limit` is over.
  Task<bool> wait_idle(milliseconds limit);
  bool dead() const { return dead_; }
  const FunctionDescription& function() const { return function_; }
  const EnvironmentPlace& place() const { return place_; }
  milliseconds started() const { return started_; }
  milliseconds last_used() const { return last_used_; }
  // Set from the choice of this environment for an invocation until the end of that invocation.
  void use(bool in_use) { in_use_ = in_use; }
  const std::string& log_stream() const { return output_.destination().stream; }
  // The variable that no other environment has, and that a function cannot set (process_sweep.h).
  std::string mark() const { return "AWS_LAMBDA_LOG_STREAM_NAME=" + log_stream(); }
  // For a role that may not write logs: lines are then only in the log tail of answers.
  void log_nothing() { output_.log_nothing(); }
  // The function has changed: this environment is not chosen again.
  void retire() { retired_ = true; }
  bool retired() const { return retired_; }
  bool in_use() const { return in_use_; }

 private:
  Task<> read_output();
  void take_memory_sample();
  void report(const std::string& request_id, milliseconds duration, std::string_view status,
              const std::string& error_type);
  std::vector<std::string> variables(const std::optional<aws::Credentials>& credentials) const;

  boost::asio::any_io_executor executor_;
  EnvironmentParts parts_;
  FunctionDescription function_;
  EnvironmentPlace place_;
  FunctionOutput output_;
  Notifier changed_;
  RuntimeApi api_;
  std::unique_ptr<http::Server> listener_;  // of api_
  std::unique_ptr<FunctionProcess> process_;
  bool dead_ = false, doomed_ = false, in_use_ = false, retired_ = false;
  milliseconds started_{0}, last_used_{0};
  std::optional<milliseconds> init_duration_;  // until it has been reported
  std::string ending_;                         // of the process
  std::uint64_t memory_peak_ = 0;
  struct Descriptors;
  std::shared_ptr<Descriptors> descriptors_;
};

}  // namespace s3dr::services
