// The sending side of cross-region replication: one durable queue for live writes and batch jobs alike. A
// version is offered until the other region has it; only what can never succeed becomes FAILED
// (docs/protocol.md, Replication semantics). The receiving side is cloud/replication/replica_intake.h.
#pragma once

#include "base/notifier.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// Sends what is due, at most `replication_concurrency` at a time, until cancelled; joins every send. `wake`
// is given after each commit that queued something.
Task<> run_replication(RegionContext& region, Notifier& wake);

}  // namespace s3dr::cloud
