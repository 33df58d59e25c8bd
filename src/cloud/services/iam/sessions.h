// Temporary credentials: how a service comes to act as a role, and what STS hands out.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include "cloud/door/authorizer.h"
#include "cloud/store/caller.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// Keys of a new session of that role, valid from now on in every region. Asks no policy: who calls has.
cloud::AccessKey open_session(cloud::RegionContext& region, const cloud::Role& role,
                              const std::string& session_name, std::chrono::seconds duration);

// As a service ("lambda.amazonaws.com") assumes the role it was given: keys, or the reason why not (no such
// role, another account's, not trusted) as a sentence's part for an error. `acts_for.account`, where given,
// must own the role. May be repeated: every call opens a session of its own.
std::expected<cloud::AccessKey, std::string> assume_for_service(
    cloud::RegionContext& region, const std::string& service, const std::string& role_arn,
    const std::string& session_name, std::chrono::seconds duration, const cloud::ActsFor& acts_for = {});

}  // namespace s3dr::services
