// The seam between Lambda's API and what executes a function. Production runs the deployed zip as processes
// (process_runner.h). Unit tests script the answers. Not here: who may invoke, queues, retries.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/task.h"

namespace s3dr::services {

// A function as a runner needs it. Two descriptions of one function with the same revision are equal.
struct FunctionDescription {
  std::string arn, account, name, role, handler;
  std::string revision;  // RevisionId: a new one after each change of code or configuration
  std::string code;      // body id of the zip in the region's body store
  std::uint64_t code_bytes = 0;
  std::map<std::string, std::string> environment;
  milliseconds timeout{3'000};
  int memory_mib = 128;
  std::string log_group;
  bool json_logs = false;
};

struct Invocation {
  std::string request_id;
  std::string payload;  // JSON
  std::string client_context;
};

struct InvocationResult {
  bool function_failed = false;  // the function is at fault: error, exit, time limit
  std::string payload;           // its answer, or {"errorMessage", "errorType"}
  std::string log_tail;          // the last 4 KiB this invocation logged
};

class FunctionRunner {
 public:
  virtual ~FunctionRunner() = default;
  // Makes the code ready to run. May be repeated.
  // Raises invalid (the package cannot be unpacked), unavailable.
  virtual Task<> prepare(FunctionDescription function) = 0;
  // Runs one invocation to its end, or to the function's time limit. Raises:
  //   throttled     no room for another environment
  //   unavailable   a fault of the cloud; may be tried again
  //   denied        the role
  virtual Task<InvocationResult> invoke(FunctionDescription function, Invocation invocation) = 0;
  // Runs work that may take seconds (reading a package) where it does not hold up the region. Without helper
  // threads, as in the simulation, that is here and now. Raises what `work` raises.
  virtual Task<> run_aside(std::function<void()> work) {
    work();
    co_return;
  }
  // The function was deleted or changed. Ends every environment whose revision is not `keep_revision`, as
  // soon as nothing runs in it. Empty: ends all of them.
  virtual void retire(const std::string& function_arn, const std::string& keep_revision) = 0;
  // Upkeep. Runs until cancelled, and ends every environment before it returns.
  virtual Task<> run() = 0;
};

}  // namespace s3dr::services
