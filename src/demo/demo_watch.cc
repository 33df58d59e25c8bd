#include "demo/demo_watch.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "app/status/record_output.h"
#include "functions/record_store.h"

namespace s3dr::app {
namespace {

constexpr milliseconds look_every(100);
constexpr milliseconds step_max(300'000);

}  // namespace

std::string timed(milliseconds elapsed, const std::string& text) {
  return fmt::format("{:>7.1f} s  {}", static_cast<double>(elapsed.count()) / 1000.0, text);
}

DemoWatch::DemoWatch(World& world, s3::BucketName bucket, Progress& progress, std::function<void()> check)
    : world_(world), bucket_(std::move(bucket)), progress_(progress), check_(std::move(check)) {}

void DemoWatch::begin() {
  tagged_ = step_started_ = world_.clock().uptime();
}

milliseconds DemoWatch::since_tag() const {
  return world_.clock().uptime() - tagged_;
}

void DemoWatch::say(const std::string& text) {
  progress_.step(timed(since_tag(), text));
  step_started_ = world_.clock().uptime();
}

Task<> DemoWatch::pause(const char* step) {
  check_();
  if (world_.clock().uptime() - step_started_ > step_max) {
    throw Error(ErrorKind::unavailable,
                fmt::format("still waiting for: {} (after {})", step, format_duration(step_max)))
        .with_resource(s3::bucket_url(bucket_));
  }
  co_await world_.clock().sleep(look_every);
}

Task<dr::Record> DemoWatch::look() {
  while (true) {
    const auto stored = co_await functions::read_record(world_.records(), world_.config().policy, bucket_);
    if (stored) {
      if (dr::needs_a_person(stored->record.state)) {
        throw Error(ErrorKind::invalid,
                    fmt::format("the protection is {}: {}", dr::to_string(stored->record.state),
                                stored->record.reason))
            .with_resource(s3::bucket_url(bucket_));
      }
      co_return stored->record;
    }
    co_await pause("the record");
  }
}

Task<> DemoWatch::until_rule_live() {
  while (co_await world_.source().get_bucket_versioning(bucket_) != s3::Versioning::enabled)
    co_await pause("versioning on");
  milestones_.versioning = since_tag();
  say("versioning on");
  for (bool told = false;; co_await pause("rule live")) {
    const dr::Record record = co_await look();
    const bool ready = record.state != dr::State::pending && record.claim == dr::Claim::established;
    if (ready && !told) {
      milestones_.replica = since_tag();
      milestones_.replica_bucket = record.replica.bucket;
      say(fmt::format("replica bucket {} created in {}", record.replica.bucket.text(),
                      record.replica.region.text()));
      told = true;
    }
    if (ready && record.rule.state == dr::RuleState::live) break;
  }
  milestones_.rule = since_tag();
  say("rule live: what is written from now on is replicated");
}

Task<> DemoWatch::show_backfill(const dr::Record& record) {
  if (!record.backfill || record.backfill->job_id.empty()) co_return;
  const auto job = co_await world_.jobs().describe_job(record.backfill->job_id);
  if (!job || job->tasks_total == 0) co_return;
  milestones_.backfill_total = job->tasks_total;
  const std::string text =
      fmt::format("backfilled {} of {}", format_count(job->tasks_succeeded), format_count(job->tasks_total));
  const std::uint64_t quarters = job->tasks_succeeded * 4 / job->tasks_total;
  const bool listed = job->status != s3::JobStatus::preparing && job->status != s3::JobStatus::new_;
  if (listed && quarters > quarters_told_ && quarters < 4) {
    quarters_told_ = quarters;
    say(text);
  } else {
    progress_.moving(timed(since_tag(), text));
  }
}

Task<> DemoWatch::until_backfilled() {
  while (true) {
    const dr::Record record = co_await look();
    co_await show_backfill(record);
    if (record.backfill && record.backfill->status == dr::BackfillStatus::complete) break;
    co_await pause("existing objects backfilled");
  }
  milestones_.backfilled = since_tag();
  say(fmt::format("existing objects backfilled: {0} of {0}", format_count(milestones_.backfill_total)));
}

Task<> DemoWatch::until_verified() {
  std::optional<Instant> told;
  while (true) {
    const dr::Record record = co_await look();
    if (dr::is_verified(record)) break;
    if (record.last_difference && record.last_difference->at != told) {
      told = record.last_difference->at;
      say(fmt::format("compared: {} versions still differ, looking again",
                      format_count(record.last_difference->differences)));
    }
    progress_.moving(timed(since_tag(), "comparing every version on both sides"));
    co_await pause("verified");
  }
  milestones_.verified = since_tag();
}

}  // namespace s3dr::app
