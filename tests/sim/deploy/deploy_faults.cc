// Every call of `s3dr deploy apply` is throttled or answered with a fault of the service: once, and the run
// completes as if nothing had been; for good, and the run says which resource it was about, and the next one
// completes.
#include <fmt/format.h>

#include <map>

#include "sim/world/cloud_state.h"
#include "sim/world/deployed_cluster.h"
#include "sim/world/forks.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

enum class Trouble { throttled, fault_before, fault_after };

const char* name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::throttled:
      return "throttled";
    case Trouble::fault_before:
      return "a fault before it took effect";
    case Trouble::fault_after:
      return "a fault after it took effect";
  }
  return "?";
}

// In the words of the service that the call is for: S3 and Lambda are told by their paths.
CannedAnswer answer_of(const Call& call, Trouble trouble) {
  const bool throttled = trouble == Trouble::throttled;
  CannedAnswer answer;
  if (call.target != "/") {
    if (call.target.starts_with("/20")) {
      answer.status = throttled ? 429 : 500;
      answer.error_type = throttled ? "TooManyRequestsException" : "ServiceException";
      answer.body = R"({"message":"injected"})";
    } else {
      answer.status = throttled ? 503 : 500;
      answer.code = throttled ? "SlowDown" : "InternalError";
    }
    return answer;
  }
  answer.status = throttled ? 400 : 500;
  if (call.is_form) {
    answer.body = fmt::format(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>injected</Message></Error>"
        "<RequestId>SIM</RequestId></ErrorResponse>",
        throttled ? "Throttling" : "InternalFailure");
  } else {
    answer.body = fmt::format(R"({{"__type":"{}","message":"injected"}})",
                              throttled ? "ThrottlingException" : "InternalServerError");
  }
  return answer;
}

CallVerdict verdict_of(const Call& call, Trouble trouble) {
  CallVerdict verdict;
  verdict.answer = answer_of(call, trouble);
  return verdict;
}

// Of each operation every second attempt is let through, so every call is in trouble once.
std::shared_ptr<CallHook> trouble_once(Trouble trouble, std::uint64_t& injected) {
  auto hook = std::make_shared<CallHook>();
  const auto struck = std::make_shared<std::map<std::string, bool>>();
  const auto strikes = [trouble, struck, &injected](const Call& call) {
    bool& just_struck = (*struck)[call.operation];
    just_struck = !just_struck;
    if (!just_struck) return CallVerdict();
    ++injected;
    return verdict_of(call, trouble);
  };
  if (trouble == Trouble::fault_after) {
    hook->after = [strikes](const Call& call, int) { return strikes(call); };
  } else {
    hook->before = strikes;
  }
  return hook;
}

void once(Trouble trouble, const CloudState& clean, Log* log, MatrixReport& report) {
  DeployedCluster deployed({1, 0, log});
  std::uint64_t injected = 0;
  CommandOptions options;
  options.hook = trouble_once(trouble, injected);
  const CommandEnd end = deployed.apply(options);
  const std::string what = fmt::format("apply, every call once {}", name_of(trouble));
  report.expect(end.ok() && injected * 2 >= end.calls, what + ": " + end.text());
  const std::string wrong = difference_of(cloud_state(deployed.cluster()), clean);
  report.expect(wrong.empty(), what + ": another end:" + wrong);
  report.summary += fmt::format("{}: {} injected, {}\n", what, injected, end.text());
}

std::string verdict_for_good(DeployedCluster& deployed, const CommandEnd& end, std::uint64_t injected,
                             const CloudState& clean) {
  if (injected == 0) return "nothing was injected";
  if (!end.failure) return "it did not fail: " + end.text();
  const ErrorKind kind = end.failure->kind();
  if (kind != ErrorKind::throttled && kind != ErrorKind::unavailable && kind != ErrorKind::outcome_unknown)
    return "it failed in another way: " + end.text();
  const CommandEnd next = deployed.apply();
  if (!next.ok()) return "the next run: " + next.text();
  const std::string wrong = difference_of(cloud_state(deployed.cluster()), clean);
  return wrong.empty() ? "" : "the next run left another end:" + wrong;
}

// From the `call`th call on, every call with the same operation is in trouble.
void for_good(Trouble trouble, const CloudState& clean, int jobs, Log* log, MatrixReport& report) {
  DeployedCluster deployed({1, 0, log});
  Forks forks(deployed.cluster().io(), jobs, report);
  std::uint64_t calls = 0, injected = 0;
  std::string operation;
  CommandOptions options;
  options.hook = std::make_shared<CallHook>();
  options.hook->before = [&](const Call& call) {
    if (forks.is_child()) {
      if (call.operation != operation) return CallVerdict();
      ++injected;
      return verdict_of(call, trouble);
    }
    if (!forks.fork(
            fmt::format("apply, from call {} on {} {} for good", ++calls, call.operation, name_of(trouble))))
      return CallVerdict();
    operation = call.operation;
    ++injected;
    return verdict_of(call, trouble);
  };
  std::string failure;
  CommandEnd end;
  try {
    end = deployed.apply(options);
    if (forks.is_child()) failure = verdict_for_good(deployed, end, injected, clean);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (forks.is_child()) forks.end_child(failure);
  forks.join();
  report.expect(failure.empty() && end.ok(), "apply beside the troubled ones: " + failure + end.text());
  report.summary += fmt::format("apply, one operation {} for good: {} calls, {} runs\n", name_of(trouble),
                                calls, forks.forked());
}

}  // namespace

MatrixReport deploy_faults(int jobs, Log* log) {
  MatrixReport report;
  try {
    DeployedCluster deployed({1, 0, log});
    const CommandEnd end = deployed.apply();
    if (!end.ok()) throw Failed("the clean run: " + end.text());
    const CloudState clean = cloud_state(deployed.cluster());
    for (const Trouble trouble : {Trouble::throttled, Trouble::fault_before, Trouble::fault_after})
      once(trouble, clean, log, report);
    for (const Trouble trouble : {Trouble::throttled, Trouble::fault_before})
      for_good(trouble, clean, jobs, log, report);
  } catch (const std::exception& error) {
    report.failures.push_back(std::string("deploy faults: ") + error.what());
  }
  return report;
}

}  // namespace s3dr::sim
