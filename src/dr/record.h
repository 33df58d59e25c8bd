// The record: one JSON document for each protection. It says what is intended and how far it has come.
// It is in the control bucket of the destination region, so that it survives the source. It is changed only
// by compare-and-swap. Here: the value and its codec. dr/plan.h decides who writes what.
// functions/record_store.h reads and writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dr/replication_edits.h"
#include "dr/settings/settings_record.h"
#include "s3/batch_job.h"
#include "s3/names.h"

namespace s3dr::dr {

enum class State {
  pending,           // intent recorded, no replica bucket yet
  replica_ready,     // replica bucket exists, versioned, marked; our rule is not live yet
  backfilling,       // rule live, existing objects on their way
  verifying,         // rule live, backfill complete, not verified for this generation
  protected_,        // verified at level head or better, for this generation
  paused,            // untagged: rule disabled, replica kept
  degraded,          // needs a person: replica deleted, backfill failed too often
  conflict,          // a bucket or rule that is not ours stands where ours would go: nothing is written
  source_gone,       // the source bucket does not exist any more: replica kept
  source_recreated,  // another bucket has the source's name now: nothing is written
  // Only in a plan, never in a record:
  unprotected,  // not tagged, no record
  unsupported,  // the store cannot do it
  unknown,      // something that must be known could not be observed
};
std::string_view to_string(State state);  // "protected"
std::optional<State> parse_state(std::string_view text);
// Nothing goes on by itself in this state: a person has to act. `status`, the log, the metric and the alarms go by it.
bool needs_a_person(State state);

struct BucketIdentity {
  s3::AccountId account;
  s3::Region region;
  s3::BucketName bucket;
  std::string unknown;  // fields of a newer program, as a JSON object: kept
  bool operator==(const BucketIdentity&) const = default;
};

// What gives us the right to use the replica bucket.
enum class Claim {
  none,         // nothing: a bucket of that name belongs to somebody else
  intended,     // the name was free when we recorded that we will create it
  established,  // created (or adopted) and marked
  lost,         // was established, then deleted or replaced by somebody: never created again unasked
};

enum class RuleState {
  none,      // never written in this protection
  enabling,  // the generation is recorded, the PUT may or may not have happened
  live,      // read back as Enabled
  disabled,  // paused by us
};

// Which form of the rule this program asks for. It grows with a release that asks for another one by default.
constexpr std::int64_t rule_version = 1;

// What the rule was asked to be when it was last put. Fingerprints of eight digits.
struct DesiredRule {
  std::int64_t version = rule_version;
  std::string rule;     // all of it, but for a priority that nobody asked for
  std::string selects;  // which versions it takes: filter, delete markers
  std::string unknown;  // fields of a newer program, as a JSON object: kept
  bool operator==(const DesiredRule&) const = default;
};

struct RuleRecord {
  std::string id;
  std::int64_t generation = 0;  // grows when objects may have been missed; each generation gets a backfill
  RuleState state = RuleState::none;
  std::string replaces;                // the foreign rule that an adoption may replace, once
  std::optional<DesiredRule> desired;  // nullopt: put by a program that did not record it
  // The generation whose backfill selects versions by their replication status (dr/rule_drift.h). 0: none, or a
  // comparison has found the replica equal since.
  std::int64_t by_status = 0;
  std::string unknown;  // fields of a newer program, as a JSON object: kept
  bool operator==(const RuleRecord&) const = default;
};

enum class BackfillStatus {
  planned,
  running,
  complete,
  exhausted,
  unavailable,  // the store has no batch jobs: existing objects are not backfilled
};

struct Backfill {
  std::int64_t generation = 0;
  std::int64_t attempt = 0;            // 1 … Policy::backfill_attempts_max
  s3::CreateReplicationJob inputs;     // stored before CreateJob, so that a retry sends the same bytes
  std::string job_id;                  // empty: not known to be created
  std::optional<Instant> job_created;  // when CreateJob had answered
  BackfillStatus status = BackfillStatus::planned;
  std::optional<Instant> not_before;  // backoff
  // Since when its job could have been started: the oldest is started first (dr/job_queue.h). Kept while it runs.
  std::optional<Instant> waiting_since;
  std::uint64_t tasks_total = 0, tasks_succeeded = 0, tasks_failed = 0;
  // Of the failed tasks: those of versions that our replica has. They failed for destinations of other rules.
  std::uint64_t tasks_failed_elsewhere = 0;
  std::uint64_t not_replicable = 0;  // archived versions of the source, when the job found nothing else
  bool more_not_replicable = false;  // the listing was not read to its end: at least so many
  std::string last_failure;
  std::string unknown;  // fields of a newer program, as a JSON object: kept
  bool operator==(const Backfill&) const = default;
};

enum class VerifyLevel { listing, head, bytes };
std::string_view to_string(VerifyLevel level);
std::optional<VerifyLevel> parse_verify_level(std::string_view text);

// What one verification run found. Made by transfer/verify.h, added to the record by apply_verification.
struct Verification {
  Instant as_of{};  // the cut-off: versions created up to it were compared, later ones are arriving
  Instant at{};     // when the run ended
  VerifyLevel level = VerifyLevel::listing;
  std::int64_t generation = 0;  // of the rule when the run began
  std::uint64_t versions = 0, delete_markers = 0, bytes = 0;
  std::uint64_t arriving = 0, purged_at_source = 0;
  std::uint64_t differences = 0;
  std::string prefix;   // the rule's: only keys that begin with it are protected, and were compared
  std::string unknown;  // fields of a newer program, as a JSON object: kept
  bool operator==(const Verification&) const = default;
};

// The current version of a key, which one side alone has: the replica, when its original was purged, or the source,
// when the replica lacks it. If it is on neither side later, it is lost, though both sides are equal.
struct LastCopy {
  s3::ObjectKey key;
  s3::VersionId version_id;
  bool operator==(const LastCopy&) const = default;
};
// At most so many versions, and so many bytes of keys, are remembered. A later comparison looks for them
// again.
constexpr std::size_t last_copies_max = 500;
constexpr std::size_t last_copies_bytes_max = 52 * 1024;

// The source had far fewer versions at one comparison than at the one before: a person should know why.
struct Collapse {
  std::uint64_t before = 0, after = 0;  // object versions
  Instant at{};                         // of the comparison that saw it first
  std::string unknown;                  // fields of a newer program, as a JSON object: kept
  bool operator==(const Collapse&) const = default;
};

// A version of the source that the last comparison saw. S3 gives a bucket no id: these tell it from another bucket
// that is made later under the same name (dr/plan_beginning.cc).
struct SeenVersion {
  s3::ObjectKey key;
  s3::VersionId version_id;
  Instant created{};  // by the source's listing. `null` is an id in every bucket: only the time tells it
  bool operator==(const SeenVersion&) const = default;
};
constexpr std::size_t seen_versions_max = 8;

// What `protect --adopt NAME` or `protect --new-replica` asks of destination_bucket_check.
enum class InstructionKind { adopt, new_replica };
struct Instruction {
  InstructionKind kind = InstructionKind::adopt;
  s3::BucketName bucket;  // for adopt
  Instant at{};
  bool operator==(const Instruction&) const = default;
};

struct Transition {
  Instant at{};
  State state = State::pending;
  std::string reason;
  std::string unknown;  // fields of a newer program, as a JSON object: kept
  bool operator==(const Transition&) const = default;
};

// Whether something holds. `unknown` is never taken for healthy.
enum class Truth { no, yes, unknown };
std::string_view to_string(Truth truth);  // "true", "false", "unknown"
std::optional<Truth> parse_truth(std::string_view text);

// Since when a condition (dr/conditions/conditions.h) has its status: noted by the write of the record that changed it.
struct ConditionMark {
  std::string type;  // a word of dr/conditions/conditions.h, or of a newer program
  Truth status = Truth::unknown;
  std::optional<Instant> since;  // none: it was so before anybody noted it
  std::string unknown;           // fields of a newer program, as a JSON object: kept
  bool operator==(const ConditionMark&) const = default;
};
constexpr std::size_t condition_marks_max = 64;

// What a function could not do when it looked last, and looking again does not end: a missing right, a refused request.
// Each function writes its own, and takes it away. functions/obstruction.h.
struct Obstruction {
  std::string function;  // "source_bucket_check"
  std::string reason;    // "AccessDenied": a reason of dr/conditions/conditions.h
  std::string why;       // in the store's words, at most obstruction_bytes_max
  Instant since{};
  std::string unknown;  // fields of a newer program, as a JSON object: kept
  bool operator==(const Obstruction&) const = default;
};
constexpr std::size_t obstructions_max = 16;
constexpr std::size_t obstruction_bytes_max = 1024;

struct Record {
  std::string protection;  // 16 hex digits; see protection_id
  std::string nonce;
  BucketIdentity source;
  BucketIdentity replica;
  Claim claim = Claim::none;
  std::int64_t replica_ordinal = 1;  // how many replica names this source has had; see dr/replica_name.h
  bool fence =
      false;  // its bucket policy is to fence the replica (dr/replica_policy.h): made by us, hardened
  bool is_replica_new = false;  // when the intent was recorded, there was no bucket of that name
  RuleRecord rule;
  std::optional<Backfill> backfill;
  State state = State::pending;
  std::string reason;  // why it is in this state, for people
  Instant created{}, changed{};
  std::optional<Instant> first_versioned;       // when we enabled the versioning of a never versioned source
  std::optional<Verification> verified;         // the last run without differences
  std::optional<Verification> last_difference;  // the last run, if it found differences
  std::vector<LastCopy> last_copies;            // seen by the last comparisons, in key order; bounded
  std::vector<SeenVersion> seen_versions;       // of the source; at most seen_versions_max
  std::optional<Collapse> collapse;             // stands until the versions are back or a person accepts it
  ReplicationEdits edits;                       // of the source's rules, by us and by others; bounded
  std::optional<Instruction> instruction;
  SettingsRecord settings;                // what became of the source's settings at the replica
  std::vector<ConditionMark> conditions;  // since when each has its status; the last change only
  std::vector<Obstruction> obstructions;  // by function; empty: none is obstructed
  std::int64_t epoch = 1;                 // failover: grows with each change of side
  std::string active_side = "source";     // or "replica"
  std::vector<Transition> history;        // newest last, at most history_max
  std::int64_t min_writer = 2;            // the oldest writer (writer_version) that may change this record
  std::string unknown;                    // fields of a newer program, as a JSON object: kept
  bool operator==(const Record&) const = default;
};

// Format 2 keeps what it does not know and says who may write it. Format 1 is read, and lifted by the next
// write.
constexpr std::int64_t record_format = 2;
// Which writer this program is. It grows when a program that does not know a new field would do harm by
// writing.
constexpr std::int64_t writer_version = 2;
constexpr std::size_t record_bytes_max = 256 * 1024;
constexpr std::size_t history_max = 50;

// Stable for the life of the protection: a hash of the source's identity and of the nonce, which the first
// write stores.
std::string protection_id(const s3::AccountId& account, const s3::Region& region,
                          const s3::BucketName& bucket, std::string_view nonce);

// "records/<source-account>/<source-region>/<bucket>.json" in the control bucket, and back.
std::string record_key(const s3::AccountId& account, const s3::Region& region, const s3::BucketName& bucket);
std::string record_prefix(const s3::AccountId& account, const s3::Region& region);
std::optional<s3::BucketName> bucket_of_record_key(std::string_view key);
// What helps when the record at this key cannot be read.
std::string advice_for_unreadable(const s3::BucketName& control_bucket, const std::string& key);

// Deterministic: the same record gives the same bytes.
std::string to_json(const Record& record);
// Reads formats 1 and 2. Fields that it does not know are kept for to_json.
// Raises corrupt for a text that is not a record: too long, broken JSON, a missing field, a wrong type, a
// state that may not be stored.
// Raises unsupported for a newer format. So an old program never overwrites what it does not understand.
Record parse_record(std::string_view json);

// False: a newer program wants this record to be left alone (min_writer). It may be read and shown.
bool may_write(const Record& record);

// Verified means: level head or better, no differences, for the present generation of a live rule whose
// backfill is complete, or cannot be run by the store. Never true in the states paused, degraded, conflict and the
// like.
bool is_verified(const Record& record);

// The last run, if it found differences and no later run was good; null: no difference stands. A run of an earlier
// generation of the rule counts too: what it found is there until a run says otherwise.
const Verification* standing_difference(const Record& record);

// The state that follows from the record's own facts when nothing prevents progress.
State progress_state(const Record& record);

// A reason as a record keeps it: words of a store may be in it, so it is valid UTF-8 and bounded.
constexpr std::size_t reason_bytes_max = 512;
std::string reason_text(std::string_view reason);

// A copy in another state: sets `changed`, appends to the history when state or reason differ.
Record moved_to(Record record, State state, std::string_view reason, Instant now);

// What a run leaves in the record besides its counts.
struct VerificationMemory {
  std::vector<LastCopy> last_copies;       // that the run saw; the first last_copies_max of them
  std::vector<SeenVersion> seen_versions;  // a sample of what the run saw at the source
  bool met_seen_versions = false;          // it saw one of those that the record had: it is the same bucket
  bool accepts_losses = false;             // a person has said so: what was lost before is forgotten
};

// Adds a verification run to the record. A run for another generation changes nothing. A run with differences
// withdraws "verified". Differences are cleared only by a run that is at least as deep and not older.
// A last copy that was lost stays remembered, so that the next run finds the loss again. It is a collapse when a
// source lost all its versions since the run before, or over half of 100 or more.
Record apply_verification(Record record, const Verification& run, const VerificationMemory& memory = {});

// A copy of the record with an instruction. Used by the commands.
Record with_instruction(Record record, Instruction instruction);

}  // namespace s3dr::dr
