// The sending side of cross-region replication. Live writes and batch jobs share one durable queue. A version
// is sent again and again until the other region has it. It becomes FAILED only if it can never succeed
// (docs/protocol.md, Replication semantics). The receiving side is cloud/replication/replica_intake.h.
#pragma once

#include "base/notifier.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// Sends what is due, at most `replication_concurrency` at a time. Runs until cancelled, and joins every send
// before it returns. `wake` is notified after each commit that queued something.
Task<> run_replication(RegionContext& region, Notifier& wake);

}  // namespace s3dr::cloud
