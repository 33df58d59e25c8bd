// Lambda's asynchronous queue. An invocation is a row from the moment it is accepted until it succeeded, its
// retries are used up or it is too old; then its dead letter is written in the same transaction that removes
// it. So none is lost by kill -9, and one that ran just then runs again: functions must bear duplicates.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/notifier.h"
#include "base/task_group.h"
#include "cloud/services/lambda/lambda_invoker.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// Lambda Developer Guide, Asynchronous invocation: function errors are retried twice, one and two minutes
// later; throttles and faults of Lambda itself for up to six hours, 1 s to 5 min apart.
struct LambdaQueueOptions {
  std::vector<milliseconds> retry_delays{milliseconds(60'000), milliseconds(120'000)};
  milliseconds held_up_base{1'000};
  milliseconds held_up_cap{300'000};
  std::size_t concurrency_max = 32;  // attempts at a time
  std::int64_t invocations_max = 100'000;
};

class LambdaQueue {
 public:
  LambdaQueue(cloud::RegionContext& region, FunctionInvoker& invoker, LambdaQueueOptions options)
      : region_(region), invoker_(invoker), options_(std::move(options)) {}
  // Durable on return. Raises ServiceError(TooManyRequestsException) when the queue is full.
  Task<> add(std::int64_t function, std::string id, std::string payload);
  // Until cancelled; attempts under way are cancelled with it and run again next time.
  Task<> run();
  void wake();

 private:
  struct Due;
  struct Ending;

  std::vector<Due> due(std::size_t room) const;
  milliseconds time_to_next() const;
  Task<> work(TaskGroup& attempts);
  Task<> attempt(Due due);
  Task<> try_once(const Due& due);
  Task<> postpone(const Due& due, bool function_error, milliseconds delay);
  Task<> give_up(const Due& due, const FunctionRow& function, Ending ending);

  cloud::RegionContext& region_;
  FunctionInvoker& invoker_;
  LambdaQueueOptions options_;
  std::optional<Notifier> wakeup_;  // while it runs
  std::set<std::string> in_flight_;
};

}  // namespace s3dr::services
