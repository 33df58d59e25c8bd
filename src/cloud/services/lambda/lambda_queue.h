// Lambda's asynchronous queue. An accepted invocation is a row until it has succeeded, has no retries left or
// is too old. The transaction that removes a failed invocation also writes its dead letter. So kill -9 loses
// no invocation. An invocation that was running at that moment runs again:
// functions must tolerate duplicates.
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

// Source: Lambda Developer Guide, "Asynchronous invocation". Function errors are retried twice: after one
// minute and after two. Throttles and faults of Lambda itself are retried for up to six hours,
// 1 s to 5 min apart.
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
  // Runs until cancelled. That cancels the attempts under way, too; they run again next time.
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
