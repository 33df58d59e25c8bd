// What Lambda does under a function's role: the credentials it gives to the function, and the rights that the
// role needs for logs and dead letters.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "cloud/services/lambda/function_runner.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// The keys of a session for one environment, valid for an hour; or why the role cannot be assumed.
std::expected<aws::Credentials, std::string> function_credentials(cloud::RegionContext& region,
                                                                  const FunctionDescription& function);
// Why Lambda may not assume the role; nullopt: it may.
std::optional<std::string> why_role_not_assumable(cloud::RegionContext& region, const std::string& role_arn,
                                                  const std::string& function_arn,
                                                  const std::string& account);
// Why the function's role may not hand something to that function or queue, as a sentence; nullopt: it may. A
// target of another account must let the role in by its own policy.
// A target in another region is never reached.
std::optional<std::string> why_role_may_not_send(cloud::RegionContext& region,
                                                 const FunctionDescription& function,
                                                 const std::string& target_arn);
// The same for the right to write to the function's log stream.
std::optional<std::string> why_role_may_not_log(cloud::RegionContext& region,
                                                const FunctionDescription& function,
                                                const std::string& stream);

}  // namespace s3dr::services
