// Reads and writes records (dr/record.h) in a DocumentStore, by compare-and-swap. The commands and the
// controller write through it too. So no writer overwrites a change it has not seen.
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

// Raises unsupported if a newer program keeps this record for itself (min_writer). Whoever changes a bucket or a rule
// by hand of a record asks it first.
void require_writable(const dr::Policy& policy, const dr::Record& record);

// Writes `next` in the place of `before`; nullopt: only if there is no record yet. Marks in it which conditions this
// changes (dr/conditions/conditions.h). Returns what was stored; nullopt: another write was faster, read again. Raises what
// require_writable raises.
Task<std::optional<StoredRecord>> write_record(ports::DocumentStore& records, const dr::Policy& policy,
                                               dr::Record next, std::optional<StoredRecord> before,
                                               Instant now);

// One page of the source buckets that have a record, for the sweep (tagged ∪ recorded) and `status`.
struct RecordedBuckets {
  std::vector<s3::BucketName> buckets;
  std::string continuation_token;       // empty: the last page
  std::vector<std::string> other_keys;  // not a record's name: to be reported
};
Task<RecordedBuckets> list_recorded(ports::DocumentStore& records, const dr::Policy& policy,
                                    std::string continuation_token);

// Adds a verification run to the record. Returns the record as it is now. Raises not_found when there is
// none. Changes nothing when the run is of an older generation of the rule, or of another protection.
// `protection` is the one named in the record when the run began. It is needed because a new or adopted
// replica starts its generations from 1 again.
Task<dr::Record> mark_verified(ports::DocumentStore& records, const dr::Policy& policy, s3::BucketName bucket,
                               std::string protection, dr::Verification run,
                               dr::VerificationMemory memory = {});

// Leaves the request of `protect --adopt NAME` or `protect --new-replica` in the record.
// destination_bucket_check carries it out.
// Makes a record if there is none yet: a name that is taken before the first look leaves none.
Task<dr::Record> request_adopt(ports::DocumentStore& records, const dr::Policy& policy, s3::BucketName bucket,
                               s3::BucketName replica, Clock& clock, Random& random);
Task<dr::Record> request_new_replica(ports::DocumentStore& records, const dr::Policy& policy,
                                     s3::BucketName bucket, Clock& clock, Random& random);

}  // namespace s3dr::functions
