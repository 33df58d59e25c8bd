// What Lambda does in the name of a function's role: the credentials it gives a function, and what the role
// must allow for logs and dead letters.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "cloud/services/lambda/function_runner.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// Keys of a session for one environment, good for an hour; or why the role cannot be assumed.
std::expected<aws::Credentials, std::string> function_credentials(cloud::RegionContext& region,
                                                                  const FunctionDescription& function);
// Whether Lambda may assume the role at all; nullopt: it may.
std::optional<std::string> why_role_not_assumable(cloud::RegionContext& region, const std::string& role_arn,
                                                  const std::string& function_arn,
                                                  const std::string& account);
// Why the function's role may not hand something to that function or queue, as a sentence; nullopt: it may.
// Another account's target has to let the role in itself; one of another region is never reached.
std::optional<std::string> why_role_may_not_send(cloud::RegionContext& region,
                                                 const FunctionDescription& function,
                                                 const std::string& target_arn);
// The same for what it takes to write to the function's log stream.
std::optional<std::string> why_role_may_not_log(cloud::RegionContext& region,
                                                const FunctionDescription& function,
                                                const std::string& stream);

}  // namespace s3dr::services
