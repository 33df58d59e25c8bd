// Who starts the backfill jobs, and in which order. enable_replication brings its bucket into the queue (dr/job_queue.h).
// If nobody holds the lease of the queue, it takes the lease and walks: it starts the jobs of the buckets that wait
// longest, whichever these are, until every place is taken. So a new bucket on an idle account starts its own job at
// once; on a busy one it waits its turn. A walker that died loses the lease after dr::job_lease.
// The store's own limit and the token of each job hold whatever becomes of the lease.
#pragma once

#include <optional>
#include <string>

#include "base/task.h"
#include "dr/job_queue.h"
#include "dr/messages/message.h"
#include "dr/policy.h"
#include "functions/context.h"
#include "functions/executor.h"
#include "ports/document_store.h"

namespace s3dr::functions {

struct StoredQueue {
  dr::JobQueue queue;
  std::optional<std::string> etag;  // none: there is no document yet
};

// An empty queue if there is none, or if it cannot be understood: the records bring it back. Raises unsupported for a
// newer format, and the store's own failures.
Task<StoredQueue> read_job_queue(ports::DocumentStore& records, const dr::Policy& policy);

// Brings the bucket of `message` into the queue and walks. `execution` is how the bucket was left; nothing is done
// without a record. Returns the bucket's execution as it is then. A queue that cannot be reached is its failure only if
// the bucket waits. Raises cancelled only. May be repeated.
Task<Execution> tend_job_queue(Context context, dr::Message message, Execution execution);

}  // namespace s3dr::functions
