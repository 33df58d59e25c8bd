// Runs deployed functions for real. Each environment is a process of the package's bootstrap with its own
// Runtime API. A warm environment is used again. An environment is ended when it is idle too long, out of
// date or over its time limit. The limits of one process: function_process.h.
// Below the region's folder:
//   functions/code/BODY   the unpacked package, read-only
//   functions/tmp/ID      the /tmp of one environment
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "cloud/services/lambda/function_runner.h"
#include "cloud/store/context.h"

namespace s3dr::services {

struct ProcessRunnerOptions {
  milliseconds init_max{10'000};      // Lambda Developer Guide, Runtime environment lifecycle: init phase
  milliseconds idle_max{300'000};     // a warm environment that is unused for this long is ended
  milliseconds age_max{45 * 60'000};  // and one of this age: its credentials are valid for an hour
  // When a process has just answered, wait this long for it before another process is started.
  milliseconds answered_wait_max{250};
  milliseconds upkeep_every{1'000};
  std::size_t environments_max = 32;
  // The credentials of the function's role, or why it cannot be assumed. Empty: functions get no credentials.
  std::function<std::expected<aws::Credentials, std::string>(cloud::RegionContext&,
                                                             const FunctionDescription&)>
      credentials;
  // Why the function's role may not write to that log stream; nullopt: it may. Empty: every function may.
  std::function<std::optional<std::string>(cloud::RegionContext&, const FunctionDescription&,
                                           const std::string& stream)>
      why_not_log;
};

// `folder`: the region's folder; empty: invocations are refused as unavailable.
std::unique_ptr<FunctionRunner> make_process_runner(cloud::RegionContext& region, std::string folder,
                                                    ProcessRunnerOptions options);

}  // namespace s3dr::services
