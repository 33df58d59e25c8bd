#include "app/commands/protection_wait.h"

#include <algorithm>
#include <utility>

#include "app/status/health.h"
#include "app/status/record_output.h"
#include "app/status/verification_output.h"
#include "base/error.h"
#include "functions/heartbeat_store.h"
#include "functions/record_store.h"

namespace s3dr::app {
namespace {

bool may_pass(const Error& error) {
  return error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::throttled ||
         error.kind() == ErrorKind::outcome_unknown || error.kind() == ErrorKind::not_found;
}

std::string no_control_bucket(const Config& config) {
  return "waiting for a controller: there is no bucket " + config.policy.control_bucket.text() + " yet";
}

// A running controller leaves these states at once. In the other states a record may stay for a long time.
bool is_left_at_once(const WaitResult& result) {
  return !result.record || result.record->state == dr::State::pending ||
         result.record->state == dr::State::replica_ready || result.record->state == dr::State::paused;
}

// Looks at the record again and again and says what has changed.
class Watch {
 public:
  Watch(World& world, s3::BucketName bucket, WaitOptions options, Progress& progress)
      : world_(world),
        bucket_(std::move(bucket)),
        options_(options),
        progress_(progress),
        began_(world.clock().uptime()) {}

  // Reads the record into `result`. A transient error is kept as the reason, other errors are raised.
  Task<> look(WaitResult& result) {
    result.why_not.clear();
    try {
      auto stored = co_await functions::read_record(world_.records(), world_.config().policy, bucket_);
      result.record.reset();
      if (stored) result.record = std::move(stored->record);
    } catch (const Error& error) {
      if (!may_pass(error)) throw;
      result.why_not = error.kind() == ErrorKind::not_found ? no_control_bucket(world_.config())
                                                            : "the record cannot be read: " + error.message();
    }
    tell(result);
    if (is_silent() && is_left_at_once(result) && !warned_) {
      warned_ = true;
      progress_.step(co_await why_nothing_moves());
    }
    co_await count_tasks(result);
  }

  milliseconds elapsed() const { return world_.clock().uptime() - began_; }
  bool is_over() const { return elapsed() >= options_.timeout; }
  // Nothing has changed since the beginning, for so long that no controller runs, or none has heard of the bucket.
  bool is_silent() const { return !has_moved_ && elapsed() >= options_.silence_max; }
  bool has_moved() const { return has_moved_; }

 private:
  // The record has the states. Only the store knows how far a running job is. This is for display only, so a
  // failure is ignored.
  Task<> count_tasks(const WaitResult& result) {
    if (!result.record || result.record->state != dr::State::backfilling) co_return;
    if (!result.record->backfill || result.record->backfill->job_id.empty()) co_return;
    try {
      const auto job = co_await world_.jobs().describe_job(result.record->backfill->job_id);
      if (job && job->tasks_total > 0) {
        progress_.moving("backfilling: " + format_count(job->tasks_succeeded) + " of " +
                         format_count(job->tasks_total) + " versions");
      }
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
    }
  }
  void tell(const WaitResult& result) {
    std::string text = result.why_not;
    if (text.empty()) text = result.record ? progress_text(*result.record) : "waiting for a controller";
    const Instant changed = result.record ? result.record->changed : Instant{};
    if (looked_ && result.why_not.empty() && changed != last_changed_) has_moved_ = true;
    if (result.why_not.empty()) {
      last_changed_ = changed;
      looked_ = true;
    }
    progress_.step(text);
  }
  // Is nobody there, or has whoever watches not heard of the bucket? The heartbeat tells.
  Task<std::string> why_nothing_moves() {
    const std::string begin = "nothing has moved for " + format_duration(options_.silence_max) + ": ";
    std::optional<dr::Heartbeat> heartbeat;
    try {
      heartbeat = co_await functions::read_heartbeat(world_.records(), world_.config().policy);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      if (error.kind() != ErrorKind::not_found)
        co_return begin + "whether a controller runs is not known: " + error.message();
    }
    const WatchJudgement watch = judge(heartbeat, world_.config().path, world_.clock().now());
    if (watch.watched) {
      co_return begin + "a controller is there (" + watch.last_sweep +
          "), but the event of this bucket has not reached it. The next sweep finds the bucket";
    }
    co_return begin + watch.sentences.front() + ". Start it: " + watch.next;
  }

  World& world_;
  s3::BucketName bucket_;
  WaitOptions options_;
  Progress& progress_;
  milliseconds began_;
  Instant last_changed_{};
  bool looked_ = false, has_moved_ = false, warned_ = false;
};

bool is_comparable(const dr::Record& record) {
  return record.state == dr::State::verifying || record.state == dr::State::protected_;
}

// A proof that was not there when the waiting began. It is recognised by its content, because the clocks of
// two machines cannot be compared.
bool is_newly_verified(const dr::Record& record, const std::optional<dr::Verification>& before) {
  return dr::is_verified(record) && record.verified && record.verified != before;
}

enum class RunEnd { equal, different, not_allowed, failed };

// One run with the caller's credentials.
Task<RunEnd> run_verification(World& world, s3::BucketName bucket, Progress& progress, WaitResult& result) {
  const auto show = [&progress](const transfer::VerifyProgress& now) {
    progress.moving("verifying: " + progress_text(now));
  };
  transfer::VerifyOptions options = world.config().serve.controller.verification.verify;
  try {
    result.verified = co_await control::verify_protection(world.context(), world.source_objects(),
                                                          world.replica_objects(), bucket, options, show);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    progress.step(std::string("verification with your credentials failed: ") + error.what());
    co_return error.kind() == ErrorKind::denied ? RunEnd::not_allowed : RunEnd::failed;
  }
  if (result.verified->report.equal()) co_return RunEnd::equal;
  result.why_not = format_count(result.verified->report.differences_total) + " differences";
  progress.step("verified: " + result.why_not);
  co_return RunEnd::different;
}

std::string last_word(const WaitResult& result) {
  if (!result.why_not.empty()) return result.why_not;
  return result.record ? progress_text(*result.record) : "nobody has taken it up";
}

}  // namespace

Task<WaitResult> wait_until_verified(World& world, s3::BucketName bucket, WaitOptions options,
                                     Progress& progress) {
  Watch watch(world, bucket, options, progress);
  WaitResult result;
  std::optional<dr::Verification> before;  // the proof in the record as it was first read
  bool before_is_known = false;
  milliseconds next_run{0}, pause = options.verify_pause;
  bool allowed = true;
  while (true) {
    co_await watch.look(result);
    if (!before_is_known && result.why_not.empty()) {
      if (result.record) before = result.record->verified;
      before_is_known = true;
    }
    // The controller may have been faster. Our own run is made nevertheless, if permitted: it reports more.
    const bool ours_is_done = !allowed || (result.verified && result.verified->report.equal());
    if (ours_is_done && result.record && is_newly_verified(*result.record, before)) {
      result.reached = true;
      break;
    }
    if (result.record && dr::needs_a_person(result.record->state) &&
        (watch.has_moved() || watch.is_silent())) {
      result.why_not = progress_text(*result.record);
      break;
    }
    if (result.record && is_comparable(*result.record) && allowed && watch.elapsed() >= next_run) {
      const RunEnd end = co_await run_verification(world, bucket, progress, result);
      if (end == RunEnd::equal && recorded_run(*result.verified).yes &&
          dr::is_verified(result.verified->record)) {
        result.record = result.verified->record;
        result.reached = true;
        break;
      }
      // Equal, but not in the record. The controller's own run may still record it.
      if (end == RunEnd::equal)
        result.why_not = "verified, not recorded: " + recorded_run(*result.verified).why_not;
      allowed = end != RunEnd::not_allowed;
      next_run = watch.elapsed() + pause;
      pause = std::min(pause * 2, options.verify_pause_max);
    }
    if (watch.is_over()) {
      result.why_not = last_word(result);
      break;
    }
    co_await world.clock().sleep(options.poll);
  }
  result.took = watch.elapsed();
  co_return result;
}

Task<WaitResult> wait_until_paused(World& world, s3::BucketName bucket, WaitOptions options,
                                   Progress& progress) {
  Watch watch(world, bucket, options, progress);
  WaitResult result;
  while (true) {
    co_await watch.look(result);
    const bool nothing_there = !result.record && result.why_not.empty();
    if (nothing_there || (result.record && result.record->state == dr::State::paused)) {
      result.reached = true;
      break;
    }
    if (watch.is_over()) {
      result.why_not = last_word(result);
      break;
    }
    co_await world.clock().sleep(options.poll);
  }
  result.took = watch.elapsed();
  co_return result;
}

}  // namespace s3dr::app
