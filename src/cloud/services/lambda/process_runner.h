// Runs deployed functions for real: each environment is a process of the package's bootstrap behind a Runtime
// API of its own, used again while it is warm, ended when it is idle, out of date or too late. What one
// process is bounded by: cloud/services/lambda/function_process.h. Below the region's folder:
//   functions/code/BODY   the unpacked package, read-only       functions/tmp/ID   an environment's own /tmp
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
  milliseconds idle_max{300'000};     // a warm environment unused this long is ended
  milliseconds age_max{45 * 60'000};  // and one this old: its credentials are good for an hour
  // A process that has just answered is waited for this long before another one is started beside it.
  milliseconds answered_wait_max{250};
  milliseconds upkeep_every{1'000};
  std::size_t environments_max = 32;
  // The credentials of the function's role, or why it cannot be assumed. None: a function has no credentials.
  std::function<std::expected<aws::Credentials, std::string>(cloud::RegionContext&,
                                                             const FunctionDescription&)>
      credentials;
  // Why the function's role may not write that log stream; nullopt: it may. None: every function may.
  std::function<std::optional<std::string>(cloud::RegionContext&, const FunctionDescription&,
                                           const std::string& stream)>
      why_not_log;
};

// `folder`: the region's; empty: invocations are refused as unavailable.
std::unique_ptr<FunctionRunner> make_process_runner(cloud::RegionContext& region, std::string folder,
                                                    ProcessRunnerOptions options);

}  // namespace s3dr::services
