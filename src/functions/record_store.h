// Reads and writes records (dr/record.h) over a DocumentStore, by compare-and-swap. What the commands and the
// controller leave in a record goes through here too, so that no one overwrites what they have not read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "dr/policy.h"
#include "dr/record.h"
#include "ports/document_store.h"
#include "s3/names.h"

namespace s3dr::functions {

struct StoredRecord {
  dr::Record record;
  std::string etag;
};

// nullopt: no record. Raises corrupt or unsupported (newer format), and the store's own failures.
Task<std::optional<StoredRecord>> read_record(ports::DocumentStore& records, const dr::Policy& policy,
                                              s3::BucketName bucket);

// `etag` nullopt: only if there is none yet. Returns the new etag; nullopt: somebody was faster, read again.
// Raises unsupported for a record that a newer program wants left alone.
Task<std::optional<std::string>> write_record(ports::DocumentStore& records, const dr::Policy& policy,
                                              dr::Record record, std::optional<std::string> etag);

// One page of the source buckets that have a record, for the sweep (tagged ∪ recorded) and `status`.
struct RecordedBuckets {
  std::vector<s3::BucketName> buckets;
  std::string continuation_token;       // empty: the last page
  std::vector<std::string> other_keys;  // not a record's name: to be reported
};
Task<RecordedBuckets> list_recorded(ports::DocumentStore& records, const dr::Policy& policy,
                                    std::string continuation_token);

// Takes a verification run into the record. Returns the record as it is now; not_found: there is none.
// A run of an older generation changes nothing, nor does one of another protection: `protection` is that of
// the record which the run began with. (A new or adopted replica counts its generations from the start
// again.)
Task<dr::Record> mark_verified(ports::DocumentStore& records, const dr::Policy& policy, s3::BucketName bucket,
                               std::string protection, dr::Verification run,
                               dr::VerificationMemory memory = {});

// What `protect --adopt NAME` and `protect --new-replica` do; destination_bucket_check follows it. A record
// is made if there is none yet (adopt only; new_replica raises not_found).
Task<dr::Record> request_adopt(ports::DocumentStore& records, const dr::Policy& policy, s3::BucketName bucket,
                               s3::BucketName replica, Clock& clock, Random& random);
Task<dr::Record> request_new_replica(ports::DocumentStore& records, const dr::Policy& policy,
                                     s3::BucketName bucket, Clock& clock);

}  // namespace s3dr::functions
