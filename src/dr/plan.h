// START HERE. Decides which actions lead from the observed state of a bucket and its replica to the wanted
// state. Pure: same input, same plan. The three functions, `s3dr plan`, the sweep and drift repair all call
// it. They differ only in which actions they carry out (`executor`).
//
// Invariants, tested for every observation (tests/property/dr_plan_property_test.cc):
// - A ready action depends only on observed facts (a value, or known absence).
// - Carrying out the ready actions and observing again ends in a plan without actions.
// - Support, conflicts and intent are settled before the first write.
// - Versioning precedes the rule. With two accounts, the replica's bucket policy precedes it too.
// - The recorded generation precedes the PUT. The recorded inputs precede CreateJob.
// - No action touches a rule, bucket or object that is not ours. Nothing is ever deleted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dr/function.h"
#include "dr/observed_pair.h"
#include "dr/policy.h"
#include "dr/premises.h"
#include "dr/record.h"
#include "dr/settings/settle.h"

namespace s3dr::dr {

enum class ActionKind {
  enable_source_versioning,
  create_replica_bucket,
  enable_replica_versioning,
  tag_replica_bucket,
  open_replica_bucket,   // the whole bucket policy: others' statements kept, ours lets the role write
  fence_replica_bucket,  // the whole bucket policy too: nobody but replication writes (dr/replica_policy.h)
  put_settings,          // each one for itself: what is refused keeps nothing else from being written
  put_rule,              // the whole configuration: others' rules kept, ours Enabled
  disable_rule,          // the whole configuration: others' rules kept, ours Disabled
  create_job,
  write_record,  // compare-and-swap to `record`
  find_out,  // a needed observation is missing; `executor` is the first function to look again; never ready
  ask_a_person,  // executor nobody: only a person can go on; `advice` says how
};
std::string_view to_string(ActionKind kind);

struct SettingWrite {
  s3::SettingKind kind = s3::SettingKind::cors;
  SettingDocument document;  // nullopt: it is removed
};

struct Action {
  ActionKind kind = ActionKind::ask_a_person;
  std::optional<Function> executor = nobody;
  std::string what;    // "create replica bucket a-dr in us-east-2"
  std::string reason;  // "bucket a is tagged dr=true and has no replica"
  // Empty: can be carried out now. Otherwise: what it waits for.
  std::string blocked_by;
  // True: it only waits for an earlier action of this same plan. It is not an error.
  bool waits_its_turn = false;
  // The kind of the failed observation that blocks it; `ErrorKind::unavailable` if the observation is
  // missing.
  std::optional<ErrorKind> blocked_kind;
  std::optional<Premise>
      premise;  // the observation that blocks it; its strength says what else waits (premises.h)
  std::string advice;

  // What is needed to carry the action out. `kind` decides which fields are set.
  s3::BucketName bucket;
  s3::TagSet tags;         // create_replica_bucket: all; tag_replica_bucket: to set
  s3::TagSet tags_merged;  // tag_replica_bucket: the whole set, for stores without TagResource
  std::optional<s3::ReplicationConfiguration> configuration;
  bool object_lock = false;            // create_replica_bucket: the source has one
  std::vector<SettingWrite> settings;  // put_settings: in the order in which they are written
  std::string bucket_policy;           // open_ and fence_replica_bucket: the whole document
  std::optional<s3::CreateReplicationJob> job;
  std::optional<Record> record;

  bool ready() const { return blocked_by.empty() && executor != nobody && kind != ActionKind::find_out; }
};

struct Plan {
  State state = State::unknown;
  std::string state_reason;
  std::vector<Action> actions;        // in order
  std::vector<std::string> warnings;  // near misses, wrong region, properties not cloned, another's role …
  // Nothing to do now, but something is under way (a job, a backoff). Look again after this time.
  std::optional<milliseconds> look_again_after;
  std::string look_again_why;
  // What becomes of each kind of setting; empty: they were not looked at, or need not be.
  std::vector<SettingDecision> settings;
  bool rules_lost = false;  // rules of others may be lost (replication_edits.h): a person has to know

  bool empty() const { return actions.empty(); }  // nothing to do, and nothing prevents anything
  // The first action this function may carry out now; nullptr: none.
  const Action* next_for(Function function) const;
  // True: this function should be notified: it has, or may have, an action.
  bool concerns(Function function) const;
  // What blocks this function; nullptr: nothing. It is the function's own first blocked action, or a missing
  // observation that it or an earlier function has to make.
  const Action* blocked_for(Function function) const;
  // The first action that only a person can take; nullptr: none.
  const Action* for_a_person() const;
};

Plan plan(const Policy& policy, const ObservedPair& observed, Instant now);

// Which questions about batch jobs an observer asks for this record (nullptr: there is no record).
bool asks_batch_jobs(
    const Record* record);            // can the store run them? Until the first rule, and where it could not
bool asks_job(const Record* record);  // how is the running job?
bool asks_active_jobs(const Record* record, Instant now);  // a job is to be created: is there room for it?
// The job says that it found nothing: is there anything in the source? `job` nullptr: not seen.
bool asks_content(const Record* record, const s3::JobDescription* job);

// The job is complete, but some of its tasks failed: whose are they? `job` nullptr: not seen.
bool asks_failed_tasks(const Record* record, const s3::JobDescription* job);

// Is our rule gone although versions are known by which the source can be told? Asked by source_bucket_check.
bool asks_seen_versions(const Policy& policy, const ObservedPair& seen);

// Are the settings of both sides to be looked at? Now and then, and when an event says that one has changed. By
// destination_bucket_check, and by whoever only looks. Everything else was observed.
bool asks_settings(const Policy& policy, const ObservedPair& seen, Instant now);
// Is what the replica has of this kind the store's default, and nobody's choice? `known`: what the record says of it;
// nullptr: nothing.
bool is_first_copy(const Record& record, const SettingRecord* known);
// Has the source an object lock? A bucket is best made with it.
bool asks_object_lock(const Policy& policy, const ObservedPair& seen);

// A record for a source that has none yet. It claims nothing, and nothing is done yet. `nonce`: random hex.
Record first_record(const Policy& policy, const s3::BucketName& source, const s3::BucketName& replica,
                    std::string nonce, Instant now);

// The record with the job's id, to be written after create_job answered.
Record with_job(Record record, std::string job_id, Instant now);

}  // namespace s3dr::dr
