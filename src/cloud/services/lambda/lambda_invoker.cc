#include "cloud/services/lambda/lambda_invoker.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "cloud/services/common/query_protocol.h"

namespace s3dr::services {
namespace {

class Counted {
 public:
  Counted(std::map<std::int64_t, std::int64_t>& counts, std::int64_t id) : counts_(counts), id_(id) {
    ++counts_[id_];
  }
  ~Counted() {
    if (--counts_[id_] == 0) counts_.erase(id_);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::map<std::int64_t, std::int64_t>& counts_;
  std::int64_t id_;
};

ServiceError refusal_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::throttled:
      return {"TooManyRequestsException", "Rate Exceeded.", 429};
    case ErrorKind::denied:
    case ErrorKind::not_found:
      return {"AccessDeniedException", error.message(), 403};
    case ErrorKind::invalid:
      return {"InvalidZipFileException", error.message(), 502};
    default:
      return {"ServiceException", "The function could not be run: " + error.message(), 500};
  }
}

// What the runner answered: a result, or why there is none.
struct Attempt {
  std::optional<InvocationResult> result;
  std::optional<ServiceError> refusal;
};

}  // namespace

Task<InvocationResult> FunctionInvoker::invoke(FunctionRow function, Invocation invocation) {
  const milliseconds begun = region_.clock.uptime();
  Attempt attempt;
  try {
    attempt.result = co_await admitted(function, std::move(invocation));
  } catch (const ServiceError& refusal) {
    attempt.refusal = refusal;
  }
  // As on AWS, an invocation that did not run is not counted, except when it was throttled.
  if (attempt.result) {
    const auto duration = static_cast<double>((region_.clock.uptime() - begun).count());
    co_await record(function, {{"Invocations", StatisticSet::of(1)},
                               {"Errors", StatisticSet::of(attempt.result->function_failed ? 1 : 0)},
                               {"Throttles", StatisticSet::of(0)},
                               {"Duration", StatisticSet::of(duration)}});
    co_return std::move(*attempt.result);
  }
  if (attempt.refusal->status == 429) co_await record(function, {{"Throttles", StatisticSet::of(1)}});
  throw std::move(*attempt.refusal);
}

// The function has run. A failure to count it must not change the answer.
Task<> FunctionInvoker::record(const FunctionRow& function, std::map<std::string, StatisticSet> metrics) {
  const Instant now = region_.clock.now();
  try {
    co_await region_.database.write([&](cloud::Connection& db) {
      for (const auto& [name, values] : metrics)
        record_metric(db,
                      {function.account,
                       "AWS/Lambda",
                       name,
                       {{"FunctionName", function.name}},
                       name == "Duration" ? "Milliseconds" : "Count"},
                      values, now);
    });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    region_.log.error("metrics of an invocation not recorded",
                      {{"function", function.name}, {"error", error.what()}});
  }
}

Task<InvocationResult> FunctionInvoker::admitted(const FunctionRow& function, Invocation invocation) {
  if (const std::string state = function.text("State"); state != "Active")
    throw ServiceError{"ResourceConflictException",
                       "The operation cannot be performed at this time. The function is currently in the "
                       "following state: " +
                           state,
                       409};
  const auto running = running_.find(function.id);
  if (function.concurrency && (running == running_.end() ? 0 : running->second) >= *function.concurrency)
    throw ServiceError{"TooManyRequestsException", "Rate Exceeded.", 429};
  const Counted counted(running_, function.id);
  std::optional<Error> failure;
  try {
    co_return co_await runner_.invoke(describe(function), std::move(invocation));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error;
  }
  throw refusal_of(*failure);
}

}  // namespace s3dr::services
