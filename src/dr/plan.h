// START HERE. Decides what would bring one bucket and its replica from what was observed to what the policy
// asks for. Pure: same input, same plan. The three functions, `s3dr plan`, the sweep and drift repair all
// call it and differ only in which actions they carry out (`executor`).
//
// Invariants, tested for every observation (tests/property/dr_plan_property_test.cc):
//  - no ready action rests on anything that was not observed as a value or as absent;
//  - carrying out ready actions and observing again ends in a plan without actions;
//  - order: support, conflicts and intent are settled before the first write; versioning, and with two
//  accounts the
//    replica's bucket policy, precede the rule,
//    the recorded generation precedes the PUT, the recorded inputs precede CreateJob;
//  - nothing here touches a rule, bucket or object that is not ours, and nothing is ever deleted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dr/function.h"
#include "dr/observed_pair.h"
#include "dr/policy.h"
#include "dr/record.h"

namespace s3dr::dr {

enum class ActionKind {
  enable_source_versioning,
  create_replica_bucket,
  enable_replica_versioning,
  tag_replica_bucket,
  open_replica_bucket,  // the whole bucket policy: others' statements kept, ours lets the replication role
                        // write
  put_rule,             // the whole configuration: others' rules kept, ours Enabled
  disable_rule,         // the whole configuration: others' rules kept, ours Disabled
  create_job,
  write_record,  // compare-and-swap to `record`
  find_out,      // never ready: a premise is missing; `executor` is the first one that has to look again
  ask_a_person,  // executor nobody: only a person can go on, `advice` says how
};
std::string_view to_string(ActionKind kind);

struct Action {
  ActionKind kind = ActionKind::ask_a_person;
  std::optional<Function> executor = nobody;
  std::string what;    // "create replica bucket a-dr in us-east-2"
  std::string reason;  // "bucket a is tagged dr=true and has no replica"
  // Empty: ready to be carried out now. Else what it waits for.
  std::string blocked_by;
  // The block is only an earlier action of this same plan; not a failure.
  bool waits_its_turn = false;
  // The block is a failed or missing observation: of this kind.
  std::optional<ErrorKind> blocked_kind;
  std::string advice;

  // What is needed to carry it out; which ones are set depends on `kind`.
  s3::BucketName bucket;
  s3::TagSet tags;         // create_replica_bucket: all; tag_replica_bucket: to set
  s3::TagSet tags_merged;  // tag_replica_bucket: the whole set, for stores without TagResource
  std::optional<s3::ReplicationConfiguration> configuration;
  std::string bucket_policy;  // open_replica_bucket: the whole document
  std::optional<s3::CreateReplicationJob> job;
  std::optional<Record> record;

  bool ready() const { return blocked_by.empty() && executor != nobody && kind != ActionKind::find_out; }
};

struct Plan {
  State state = State::unknown;
  std::string state_reason;
  std::vector<Action> actions;        // in order
  std::vector<std::string> warnings;  // near misses, wrong region, properties not cloned, others' role …
  // Nothing to do now, but something is under way (a job, a backoff): look again after this.
  std::optional<milliseconds> look_again_after;
  std::string look_again_why;

  bool empty() const { return actions.empty(); }  // nothing to do, nothing in the way
  // The first action this function may carry out now; nullptr: none.
  const Action* next_for(Function function) const;
  // The function has something to do, or may have once a missing observation is made: it is worth telling it.
  bool concerns(Function function) const;
  // What keeps this function from its work: its own first blocked action, or a premise that it, or one that
  // comes before it in the flow, has to find out; nullptr: nothing.
  const Action* blocked_for(Function function) const;
  // The first action that only a person can take; nullptr: none.
  const Action* for_a_person() const;
};

Plan plan(const Policy& policy, const ObservedPair& observed, Instant now);

// Which questions about batch jobs an observer has to ask for this record (nullptr: there is none).
bool asks_batch_jobs(const Record* record);  // can the store run them at all? Until the first rule is written
bool asks_job(const Record* record);         // how is the running one?

// A record for a source that has none yet: nothing claimed, nothing done. `nonce`: random hex.
Record first_record(const Policy& policy, const s3::BucketName& source, const s3::BucketName& replica,
                    std::string nonce, Instant now);

// After create_job answered: the record with the job's id.
Record with_job(Record record, std::string job_id, Instant now);

}  // namespace s3dr::dr
