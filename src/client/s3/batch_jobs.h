// ports::BatchJobs over S3 Control.
#pragma once

#include <memory>

#include "client/s3/s3_client.h"
#include "ports/batch_jobs.h"

namespace s3dr::client {

// `client` outlives it. `account` is the account of the jobs (x-amz-account-id).
std::unique_ptr<ports::BatchJobs> make_batch_jobs(S3Client& client, s3::AccountId account);

}  // namespace s3dr::client
