// What runs deployed functions in the simulation: the production handler under the settings of the deployed
// environment variables and with the role's own session, in process and in virtual time, where production
// starts a process (cloud/services/lambda/process_runner.h). One host a region; what they share is the FunctionWatch:
// chance and counts. Not here: queues, retries and dead letters, which are the cloud's own.
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

// What may befall a delivery or a function, as chances.
struct FunctionChaos {
  double duplicated = 0;  // a message or an event arrives a second time, later
  double delayed = 0;     // … is held back, so that later ones overtake it
  double throttled = 0;   // no room for another environment: Lambda tries again
  double killed = 0;      // for each call of a function: the process dies before it or after its answer
  milliseconds delay_max{90'000};
};

// One asynchronous invocation, over all its attempts.
struct InvocationFate {
  std::string function, region, event;
  int attempts = 0;
  bool succeeded = false;
  std::string error;  // of the last attempt that failed
};

struct FunctionWatch {
  FunctionChaos chaos;
  // Of the functions' own calls to the stores and services.
  std::shared_ptr<FaultRates> rates = std::make_shared<FaultRates>();
  // The moment of one death: the number of the call (from 1), before it or after its answer.
  std::uint64_t kill_at = 0;
  bool kill_before = false;
  std::string kill_function;  // dies at each of its calls
  // Asked before each call is sent; for planted faults.
  std::function<CallVerdict(const std::string& function, const Call&)> before_call;
  bool keep_calls = false;

  std::uint64_t invocations = 0, messages = 0, events = 0, cold_starts = 0, calls = 0;
  std::uint64_t duplicated = 0, delayed = 0, throttled = 0, killed = 0, timed_out = 0, failed = 0;
  std::vector<std::string> call_names;          // with keep_calls: "s3dr-enable_replication PUT /data-1?…"
  std::map<std::string, InvocationFate> fates;  // by request id
};

struct FunctionHostOptions {
  std::function<Network&()> network;  // asked when a function starts
  std::shared_ptr<FunctionWatch> watch;
  std::uint64_t seed = 1;
  std::function<bool()> dead;  // the region is: its functions say nothing any more; asked then as well
};

// For ServicesOptions::make_runner.
std::unique_ptr<services::FunctionRunner> make_function_host(cloud::RegionContext& region,
                                                             FunctionHostOptions options);

}  // namespace s3dr::sim
