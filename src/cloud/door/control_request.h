// A request to S3 Control: the account it names, and its path.
#pragma once

#include <string>

#include "cloud/store/context.h"

namespace s3dr::cloud {

// The path below /v20180820/: "tags/arn:aws:s3:::photos", "jobs", "jobs/<id>".
std::string control_path(const Request& request);

// Refuses InvalidRequest (no x-amz-account-id) and AccessDenied (another account than the caller's).
void check_control_account(const Request& request);

}  // namespace s3dr::cloud
