#include "control/verification.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "functions/record_store.h"

namespace s3dr::control {
namespace {

std::string why_not_taken(const dr::Record& record, const std::string& protection,
                          const dr::Verification& run) {
  if (record.protection == protection && record.rule.generation == run.generation && record.last_difference) {
    return "what a deeper or later run found stands";
  }
  return "the protection has moved on meanwhile: " + std::string(dr::to_string(record.state));
}

}  // namespace

Task<VerificationResult> verify_protection(functions::Context context, ports::ObjectStore& source_objects,
                                           ports::ObjectStore& replica_objects, s3::BucketName bucket,
                                           transfer::VerifyOptions options,
                                           std::function<void(const transfer::VerifyProgress&)> progress,
                                           bool accept_losses) {
  const auto stored = co_await functions::read_record(context.records, context.policy, bucket);
  if (!stored || stored->record.replica.bucket.empty()) {
    throw Error(ErrorKind::not_found, "this bucket is not protected: there is no record that names a replica")
        .with_resource(s3::bucket_url(bucket))
        .with_advice("protect it with: s3dr protect " + bucket.text());
  }
  VerificationResult result;
  result.record = stored->record;
  options.delete_markers_replicate = context.policy.rule.delete_markers;
  options.selected_prefix = context.policy.rule.prefix;
  if (!accept_losses) options.last_copies = stored->record.last_copies;
  options.seen_versions = stored->record.seen_versions;
  const std::int64_t generation = stored->record.rule.generation;
  const std::string protection = stored->record.protection;
  // Before that, versions between the backfill and the live rule may be missing.
  const dr::State began_as = dr::progress_state(stored->record);
  const bool began_with_everything_there =
      began_as == dr::State::verifying || began_as == dr::State::protected_;
  result.report =
      co_await transfer::verify({&source_objects, bucket}, {&replica_objects, stored->record.replica.bucket},
                                options, context.clock, std::move(progress));
  if (!options.prefix.empty()) {
    result.why_not_recorded = "only a part of the bucket was compared";
    co_return result;
  }
  if (!began_with_everything_there) {
    result.why_not_recorded = "the rule was not live or the backfill not complete when the comparison began";
    co_return result;
  }
  if (options.level == dr::VerifyLevel::listing) {
    result.why_not_recorded = "level listing is not enough to call a replica verified";
    co_return result;
  }
  try {
    const dr::Verification run = transfer::to_verification(result.report, generation);
    dr::VerificationMemory memory{result.report.last_copies, result.report.seen_versions,
                                  result.report.met_seen_versions, accept_losses};
    result.record = co_await functions::mark_verified(context.records, context.policy, bucket, protection,
                                                      run, std::move(memory));
    result.recorded = (run.differences == 0 ? result.record.verified : result.record.last_difference) == run;
    if (!result.recorded) {
      result.why_not_recorded = why_not_taken(result.record, protection, run);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    result.why_not_recorded = error.what();
  }
  co_return result;
}

bool verification_due(const dr::Record& record, Instant now, milliseconds age_max, milliseconds retry_after) {
  if (!dr::may_write(record)) return false;  // the program that keeps the record compares, too
  if (record.state != dr::State::verifying && record.state != dr::State::protected_) return false;
  if (record.last_difference && now - record.last_difference->at < retry_after) return false;
  const bool good = record.verified && record.verified->generation == record.rule.generation &&
                    standing_difference(record) == nullptr;
  return !good || now - record.verified->as_of >= age_max;
}

}  // namespace s3dr::control
