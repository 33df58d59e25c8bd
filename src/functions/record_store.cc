#include "functions/record_store.h"

#include <utility>

#include "base/error.h"
#include "dr/conditions/conditions.h"
#include "dr/plan.h"
#include "dr/replica_name.h"

namespace s3dr::functions {
namespace {

// After each lost race another writer has made progress. This many in a row mean that something is wrong.
constexpr int races_max = 10;

Error lost_races(const s3::BucketName& bucket) {
  return Error(ErrorKind::precondition_failed, "the record of " + bucket.text() + " was changed by others " +
                                                   std::to_string(races_max) + " times in a row")
      .with_advice("Try again.");
}

std::string key_of(const dr::Policy& policy, const s3::BucketName& bucket) {
  return dr::record_key(policy.source_account, policy.source_region, bucket);
}

void refuse_other_source(const dr::Policy& policy, const s3::BucketName& bucket, const dr::Record& record) {
  const dr::BucketIdentity expected{policy.source_account, policy.source_region, bucket};
  if (record.source == expected) return;
  throw Error(ErrorKind::corrupt, "the record of " + bucket.text() + " speaks of another source, " +
                                      record.source.account.text() + "/" + record.source.region.text() + "/" +
                                      record.source.bucket.text())
      .with_resource(key_of(policy, bucket));
}

// Nobody could go on from a record that nobody can read.
void refuse_unreadable(const std::string& text, const std::string& key) {
  std::string why;
  try {
    dr::parse_record(text);
  } catch (const Error& error) {
    why = error.message();
  }
  if (!why.empty())
    throw Error(ErrorKind::invalid, "the record was not written, because it could not be read: " + why)
        .with_resource(key);
}

}  // namespace

Task<std::optional<StoredRecord>> read_record(ports::DocumentStore& records, const dr::Policy& policy,
                                              s3::BucketName bucket) {
  auto document = co_await records.read(key_of(policy, bucket));
  if (!document) co_return std::nullopt;
  try {
    StoredRecord stored{dr::parse_record(document->text), std::move(document->etag)};
    refuse_other_source(policy, bucket, stored.record);
    co_return stored;
  } catch (Error& error) {
    const std::string key = key_of(policy, bucket);
    if (error.resource().empty()) error.with_resource("s3://" + policy.control_bucket.text() + "/" + key);
    if (error.kind() == ErrorKind::corrupt && error.advice().empty()) {
      error.with_advice(dr::advice_for_unreadable(policy.control_bucket, key));
    }
    throw;
  }
}

void require_writable(const dr::Policy& policy, const dr::Record& record) {
  if (dr::may_write(record)) return;
  throw Error(ErrorKind::unsupported, "the record was written by a newer s3dr, which wants it left alone")
      .with_resource(key_of(policy, record.source.bucket))
      .with_advice("Use that version of s3dr, or a newer one.");
}

Task<std::optional<StoredRecord>> write_record(ports::DocumentStore& records, const dr::Policy& policy,
                                               dr::Record next, std::optional<StoredRecord> before,
                                               Instant now) {
  require_writable(policy, next);
  next = dr::with_condition_marks(before ? &before->record : nullptr, std::move(next), now);
  std::optional<std::string> expected;
  if (before) expected = before->etag;
  std::string key = key_of(policy, next.source.bucket);
  std::string text = dr::to_json(next);
  refuse_unreadable(text, key);
  auto etag = co_await records.write(std::move(key), std::move(text), std::move(expected));
  if (!etag) co_return std::nullopt;
  co_return StoredRecord{std::move(next), std::move(*etag)};
}

Task<RecordedBuckets> list_recorded(ports::DocumentStore& records, const dr::Policy& policy,
                                    std::string continuation_token) {
  std::string prefix = dr::record_prefix(policy.source_account, policy.source_region);
  auto page = co_await records.list(prefix, std::move(continuation_token));
  RecordedBuckets result;
  result.continuation_token = std::move(page.continuation_token);
  for (std::string& key : page.keys) {
    const auto bucket = dr::bucket_of_record_key(key);
    if (bucket && key == key_of(policy, *bucket)) {
      result.buckets.push_back(*bucket);
    } else {
      result.other_keys.push_back(std::move(key));
    }
  }
  co_return result;
}

Task<dr::Record> mark_verified(ports::DocumentStore& records, const dr::Policy& policy, s3::BucketName bucket,
                               std::string protection, dr::Verification run, dr::VerificationMemory memory) {
  for (int race = 0; race < races_max; ++race) {
    auto stored = co_await read_record(records, policy, bucket);
    if (!stored) throw Error(ErrorKind::not_found, "bucket " + bucket.text() + " has no record");
    if (stored->record.protection != protection) co_return stored->record;
    dr::Record next = dr::apply_verification(stored->record, run, memory);
    if (next == stored->record) co_return next;
    auto written = co_await write_record(records, policy, std::move(next), std::move(stored), run.at);
    if (written) co_return std::move(written->record);
  }
  throw lost_races(bucket);
}

namespace {

Task<dr::Record> leave_instruction(ports::DocumentStore& records, const dr::Policy& policy,
                                   s3::BucketName bucket, dr::Instruction instruction, dr::Record first) {
  for (int race = 0; race < races_max; ++race) {
    auto stored = co_await read_record(records, policy, bucket);
    dr::Record next = dr::with_instruction(stored ? stored->record : first, instruction);
    auto written = co_await write_record(records, policy, std::move(next), std::move(stored), instruction.at);
    if (written) co_return std::move(written->record);
  }
  throw lost_races(bucket);
}

}  // namespace

Task<dr::Record> request_adopt(ports::DocumentStore& records, const dr::Policy& policy, s3::BucketName bucket,
                               s3::BucketName replica, Clock& clock, Random& random) {
  const Instant now = clock.now();
  if (replica == bucket || dr::is_own_bucket(policy, replica)) {
    throw Error(ErrorKind::invalid,
                "bucket " + replica.text() + " cannot be the replica of " + bucket.text());
  }
  dr::Record first = dr::first_record(policy, bucket, replica, random.hex(16), now);
  first =
      dr::moved_to(std::move(first), dr::State::pending, "adoption of " + replica.text() + " asked for", now);
  dr::Instruction instruction{dr::InstructionKind::adopt, replica, now};
  co_return co_await leave_instruction(records, policy, bucket, std::move(instruction), std::move(first));
}

Task<dr::Record> request_new_replica(ports::DocumentStore& records, const dr::Policy& policy,
                                     s3::BucketName bucket, Clock& clock, Random& random) {
  const Instant now = clock.now();
  const s3::BucketName replica = dr::replica_name(policy, bucket);
  dr::Record first = dr::first_record(policy, bucket, replica, random.hex(16), now);
  first = dr::moved_to(std::move(first), dr::State::pending, "a new replica asked for", now);
  dr::Instruction instruction{dr::InstructionKind::new_replica, {}, now};
  co_return co_await leave_instruction(records, policy, bucket, std::move(instruction), std::move(first));
}

}  // namespace s3dr::functions
