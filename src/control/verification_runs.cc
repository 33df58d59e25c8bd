#include "control/verification_runs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "functions/record_store.h"

namespace s3dr::control {

VerificationRuns::VerificationRuns(boost::asio::any_io_executor executor, functions::Context context,
                                   ports::ObjectStore& source_objects, ports::ObjectStore& replica_objects,
                                   VerificationRunsOptions options)
    : context_(context),
      source_objects_(source_objects),
      replica_objects_(replica_objects),
      options_(std::move(options)),
      changed_(std::move(executor)) {}

void VerificationRuns::note(const s3::BucketName& bucket, dr::State state) {
  // What could not be looked at is as it was.
  if (!options_.enabled || state == dr::State::unknown) return;
  const bool candidate = state == dr::State::verifying || state == dr::State::protected_;
  if (!candidate) {
    candidates_.erase(bucket);
    return;
  }
  const auto [entry, added] =
      candidates_.try_emplace(bucket, Candidate{context_.clock.uptime(), milliseconds(0)});
  if (added) changed_.notify();
}

Task<> VerificationRuns::run() {
  while (true) {
    std::optional<milliseconds> next;
    std::optional<s3::BucketName> due;
    const milliseconds now = context_.clock.uptime();
    for (const auto& [bucket, candidate] : candidates_) {
      if (candidate.due <= now && !due) due = bucket;
      next = std::min(next.value_or(candidate.due), candidate.due);
    }
    if (due) {
      co_await verify_one(*due);
    } else {
      if (next) *next -= now;
      co_await changed_.wait(context_.clock, next);
    }
  }
}

Task<> VerificationRuns::verify_one(s3::BucketName bucket) {
  std::optional<VerificationResult> result;
  std::string failure;
  std::optional<dr::Record> not_due;
  try {
    const auto stored = co_await functions::read_record(context_.records, context_.policy, bucket);
    if (!stored) {
      candidates_.erase(bucket);
      co_return;
    }
    if (verification_due(stored->record, context_.clock.now(), options_.age_max, milliseconds(0))) {
      result = co_await verify_protection(context_, source_objects_, replica_objects_, bucket,
                                          options_.verify, {});
    } else {
      not_due = stored->record;
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error.what();
  }
  const auto entry = candidates_.find(bucket);
  if (entry == candidates_.end()) co_return;  // a function has found meanwhile that it is not to be verified
  Candidate& candidate = entry->second;
  const milliseconds now = context_.clock.uptime();
  if (not_due) {
    if (!not_due->verified) {
      candidates_.erase(entry);  // not in a state to be verified; a later outcome of a function adds it again
      co_return;
    }
    const milliseconds age = context_.clock.now() - not_due->verified->as_of;
    candidate.due = now + std::max(options_.age_max - age, options_.retry_after);
    candidate.delay = milliseconds(0);
    co_return;
  }
  if (result && result->report.equal() && result->recorded) {
    context_.log.info("verified",
                      {{"bucket", bucket.text()},
                       {"versions", std::to_string(result->report.versions)},
                       {"markers", std::to_string(result->report.markers_equal)},
                       {"as_of", std::to_string(result->report.cut_off.time_since_epoch().count())}});
    candidate.due = now + options_.age_max;
    candidate.delay = milliseconds(0);
    co_return;
  }
  // Only a run at least as deep as the one that found the difference clears it. Repeating this one soon would
  // not help.
  if (result && result->report.equal() && result->record.last_difference &&
      result->record.last_difference->level > result->report.level) {
    context_.log.warning("equal at this level, not verified",
                         {{"bucket", bucket.text()}, {"why", result->why_not_recorded}});
    candidate.due = now + options_.age_max;
    candidate.delay = milliseconds(0);
    co_return;
  }
  candidate.delay = std::min(options_.retry_cap, std::max(options_.retry_after, candidate.delay * 2));
  candidate.due = now + candidate.delay;
  if (!failure.empty()) {
    context_.log.warning("verification failed", {{"bucket", bucket.text()}, {"why", failure}});
  } else if (!result->report.equal()) {
    context_.log.info("not equal yet", {{"bucket", bucket.text()},
                                        {"differences", std::to_string(result->report.differences_total)},
                                        {"versions", std::to_string(result->report.versions)}});
  } else {
    context_.log.warning("verified, not recorded",
                         {{"bucket", bucket.text()}, {"why", result->why_not_recorded}});
  }
}

}  // namespace s3dr::control
