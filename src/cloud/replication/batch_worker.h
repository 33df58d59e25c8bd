// Runs batch replication jobs: finds the versions a job is about, puts them into the replication queue (the
// same one that live writes use), and follows them to their end. Every step is a commit, so a killed region
// goes on where it was.
#pragma once

#include "base/notifier.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// Works until cancelled. `wake` is given when a job was made or a task of one ended.
Task<> run_batch_jobs(RegionContext& region, Notifier& wake);

}  // namespace s3dr::cloud
