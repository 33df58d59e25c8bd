// Runs batch replication jobs: finds the versions of a job, puts them into the replication queue (the same
// queue that live writes use) and waits until each one has ended. Every step is a commit, so a killed region
// continues where it was.
#pragma once

#include "base/notifier.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// Runs until cancelled. `wake` is notified when a job was created or a task of a job ended.
Task<> run_batch_jobs(RegionContext& region, Notifier& wake);

}  // namespace s3dr::cloud
