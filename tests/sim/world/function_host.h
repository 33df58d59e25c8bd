// Runs deployed functions in the simulation: the production handler, with the settings of the deployed
// environment variables and with a session of the role. It runs in this process and in virtual time;
// production starts a process instead (cloud/services/lambda/process_runner.h). Each region has one host. The
// hosts share the FunctionWatch: random faults and counts.
// Not here: queues, retries and dead letters. Those are the cloud's own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cloud/services/lambda/function_runner.h"
#include "cloud/store/context.h"
#include "sim/world/network.h"

namespace s3dr::sim {

// What may happen to a delivery or a function, as probabilities.
struct FunctionChaos {
  double duplicated = 0;  // a message or an event arrives a second time, later
  double delayed = 0;     // a message or an event is delayed, so that later ones overtake it
  double throttled = 0;   // no room for another environment: Lambda tries again
  double killed = 0;      // for each call of a function: the process dies before the call or after its answer
  milliseconds delay_max{90'000};
};

// One asynchronous invocation with all its attempts.
struct InvocationFate {
  std::string function, region, event;
  int attempts = 0;
  bool succeeded = false;
  std::string error;  // of the last attempt that failed
};

struct FunctionWatch {
  FunctionChaos chaos;
  // Faults of the functions' own calls to the stores and services.
  std::shared_ptr<FaultRates> rates = std::make_shared<FaultRates>();
  // Where one function dies: the number of the call (from 1) that is not sent any more, or of the answer after which it
  // dies. Calls that are made together have no order of their answers, and one that is given up has none.
  std::uint64_t kill_at = 0;
  bool kill_before = false;
  std::string kill_function;  // this function dies at each of its calls
  // Asked before each call is sent. For planted faults.
  std::function<CallVerdict(const std::string& function, const Call&)> before_call;
  bool keep_calls = false;

  std::uint64_t invocations = 0, messages = 0, events = 0, cold_starts = 0, calls = 0, answers = 0;
  std::uint64_t duplicated = 0, delayed = 0, throttled = 0, killed = 0, timed_out = 0, failed = 0;
  std::vector<std::string> call_names,
      answer_names;                             // with keep_calls: "s3dr-enable_replication PUT /data-1?…"
  std::map<std::string, InvocationFate> fates;  // by request id
};

struct FunctionHostOptions {
  std::function<Network&()> network;  // asked when a function starts
  std::shared_ptr<FunctionWatch> watch;
  std::uint64_t seed = 1;
  std::function<bool()> dead;  // true: the region is dead, so its functions send nothing any more
};

// For ServicesOptions::make_runner.
std::unique_ptr<services::FunctionRunner> make_function_host(cloud::RegionContext& region,
                                                             FunctionHostOptions options);

}  // namespace s3dr::sim
