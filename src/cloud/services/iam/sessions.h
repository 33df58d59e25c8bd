// Temporary credentials: for callers (STS), and for services that act under a role.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include "cloud/door/authorizer.h"
#include "cloud/store/caller.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// The keys of a new session of that role. They are valid in every region from now on.
// Needs: the caller of this function has asked the policies; this function does not.
cloud::AccessKey open_session(cloud::RegionContext& region, const cloud::Role& role,
                              const std::string& session_name, std::chrono::seconds duration);

// A service ("lambda.amazonaws.com") assumes the role it was given. Returns keys, or the reason why it may
// not (no such role, another account's role, not trusted) as part of an error message. If `acts_for.account`
// is given, it must own the role. May be repeated: every call opens a new session.
std::expected<cloud::AccessKey, std::string> assume_for_service(
    cloud::RegionContext& region, const std::string& service, const std::string& role_arn,
    const std::string& session_name, std::chrono::seconds duration, const cloud::ActsFor& acts_for = {});

}  // namespace s3dr::services
