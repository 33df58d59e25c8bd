#include "control/verification_runs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "functions/record_store.h"

namespace s3dr::control {

VerificationRuns::VerificationRuns(boost::asio::any_io_executor executor,
                                   std::vector<VerifiedProtection> protections,
                                   ports::ObjectStore& source_objects, VerificationRunsOptions options)
    : protections_(std::move(protections)),
      source_objects_(source_objects),
      options_(std::move(options)),
      clock_(protections_.front().context.clock),
      changed_(std::move(executor)) {}

void VerificationRuns::note(const s3::BucketName& bucket, std::size_t protection, dr::State state) {
  // What could not be looked at is as it was.
  if (!options_.enabled || state == dr::State::unknown) return;
  const Subject subject{bucket, protection};
  const bool candidate = state == dr::State::verifying || state == dr::State::protected_;
  if (!candidate) {
    candidates_.erase(subject);
    return;
  }
  const auto [entry, added] = candidates_.try_emplace(subject, Candidate{clock_.uptime(), milliseconds(0)});
  if (added) changed_.notify();
}

Task<> VerificationRuns::run() {
  while (true) {
    std::optional<milliseconds> next;
    std::optional<Subject> due;
    const milliseconds now = clock_.uptime();
    for (const auto& [subject, candidate] : candidates_) {
      if (candidate.due <= now && !due) due = subject;
      next = std::min(next.value_or(candidate.due), candidate.due);
    }
    if (due) {
      co_await verify_one(*due);
    } else {
      if (next) *next -= now;
      co_await changed_.wait(clock_, next);
    }
  }
}

Task<> VerificationRuns::verify_one(Subject subject) {
  const s3::BucketName bucket = subject.first;
  const functions::Context context = protections_[subject.second].context;
  ports::ObjectStore& replica_objects = protections_[subject.second].replica_objects;
  const auto fields_with = [&](std::vector<LogField> fields) {
    fields.insert(fields.begin(), {"bucket", bucket.text()});
    if (context.policy.protection_name != dr::default_protection_name)
      fields.push_back({"protection", context.policy.protection_name});
    return fields;
  };
  std::optional<VerificationResult> result;
  std::string failure;
  std::optional<dr::Record> not_due;
  try {
    const auto stored = co_await functions::read_record(context.records, context.policy, bucket);
    if (!stored) {
      candidates_.erase(subject);
      co_return;
    }
    if (verification_due(stored->record, context.clock.now(), options_.age_max, milliseconds(0))) {
      result =
          co_await verify_protection(context, source_objects_, replica_objects, bucket, options_.verify, {});
    } else {
      not_due = stored->record;
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error.what();
  }
  const auto entry = candidates_.find(subject);
  if (entry == candidates_.end()) co_return;  // a function has found meanwhile that it is not to be verified
  Candidate& candidate = entry->second;
  const milliseconds now = context.clock.uptime();
  if (not_due) {
    if (!not_due->verified) {
      candidates_.erase(entry);  // not in a state to be verified; a later outcome of a function adds it again
      co_return;
    }
    const milliseconds age = context.clock.now() - not_due->verified->as_of;
    candidate.due = now + std::max(options_.age_max - age, options_.retry_after);
    candidate.delay = milliseconds(0);
    co_return;
  }
  if (result && result->report.equal() && result->recorded) {
    context.log.info(
        "verified",
        fields_with({{"versions", std::to_string(result->report.versions)},
                     {"markers", std::to_string(result->report.markers_equal)},
                     {"as_of", std::to_string(result->report.cut_off.time_since_epoch().count())}}));
    candidate.due = now + options_.age_max;
    candidate.delay = milliseconds(0);
    co_return;
  }
  // Only a run at least as deep as the one that found the difference clears it. Repeating this one soon would
  // not help.
  if (result && result->report.equal() && result->record.last_difference &&
      result->record.last_difference->level > result->report.level) {
    context.log.warning("equal at this level, not verified",
                        fields_with({{"why", result->why_not_recorded}}));
    candidate.due = now + options_.age_max;
    candidate.delay = milliseconds(0);
    co_return;
  }
  candidate.delay = std::min(options_.retry_cap, std::max(options_.retry_after, candidate.delay * 2));
  candidate.due = now + candidate.delay;
  if (!failure.empty()) {
    context.log.warning("verification failed", fields_with({{"why", failure}}));
  } else if (!result->report.equal()) {
    context.log.info("not equal yet",
                     fields_with({{"differences", std::to_string(result->report.differences_total)},
                                  {"versions", std::to_string(result->report.versions)}}));
  } else {
    context.log.warning("verified, not recorded", fields_with({{"why", result->why_not_recorded}}));
  }
}

}  // namespace s3dr::control
