#include "demo/demo.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "app/output.h"
#include "app/status/verification_output.h"
#include "app/world.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/task_group.h"
#include "control/verification.h"
#include "demo/demo_deploy.h"
#include "demo/demo_processes.h"
#include "demo/demo_report.h"
#include "demo/demo_watch.h"

namespace s3dr::app {
namespace {

constexpr milliseconds traffic_after_backfill(2'000);
constexpr milliseconds last_comparison_max(120'000);

std::string bucket_name(Instant now) {
  std::string text = "demo-" + lower_case(to_amz_date(now));  // demo-20260801t101500z
  text.pop_back();
  return text;
}

class Demo {
 public:
  Demo(boost::asio::any_io_executor executor, const DemoPlan& plan, Clock& clock, DemoProcesses& processes,
       Log& log)
      : executor_(std::move(executor)), plan_(plan), clock_(clock), processes_(processes), log_(log) {}

  Task<> run();

 private:
  bool is_deployed() const { return plan_.way == DemoWay::deployed; }
  Task<> start();
  Task<> deploy(const Config& config);
  Task<> fill(World& world, client::ObjectWriter& writer);
  Task<> protect(World& world, client::ObjectWriter& writer);
  Task<> follow(DemoWatch& watch, TaskGroup& writing);
  Task<control::VerificationResult> compare_all(World& world, DemoWatch& watch);
  void say(const std::string& text) { progress_.step(timed(clock_.uptime() - started_, text)); }

  boost::asio::any_io_executor executor_;
  const DemoPlan& plan_;
  Clock& clock_;
  DemoProcesses& processes_;
  Log& log_;
  Progress progress_;
  std::optional<cloud::Installation> installation_;
  s3::BucketName bucket_;
  milliseconds started_{0};
  DemoOutcome outcome_;
};

Task<> Demo::start() {
  installation_ = make_demo_installation(plan_.folder, clock_);
  use_profiles_of(*installation_);
  co_await processes_.start_cloud(clock_);
  if (!is_deployed()) processes_.start_controller(installation_->serve_config_path());
  say(fmt::format("{} and {} are running, each in a process of its own{}",
                  installation_->regions[0].region.text(), installation_->regions[1].region.text(),
                  is_deployed() ? "" : "; so is the controller (s3dr serve)"));
  say("a trail logs the calls on buckets in both regions, so their events arrive (on AWS you make one: "
      "deploy says so)");
  if (plan_.goes_on) say("with what the last run left in them, functions and buckets (--fresh begins anew)");
}

Task<> Demo::deploy(const Config& config) {
  const milliseconds begun = clock_.uptime();
  Telling tell;
  tell.step = [this](const std::string& text) { say(text); };
  tell.moving = [this](const std::string& text) {
    progress_.moving(timed(clock_.uptime() - started_, text));
  };
  co_await deploy_into_cloud(executor_, config, plan_.package, tell, log_);
  outcome_.deploy_time = clock_.uptime() - begun;
}

Task<> Demo::fill(World& world, client::ObjectWriter& writer) {
  bucket_ = s3::BucketName::parse(bucket_name(clock_.now()));
  co_await world.source().create_bucket(bucket_, {});
  say(fmt::format("bucket {} created in {}, without versioning", bucket_.text(),
                  installation_->regions[0].region.text()));
  say(fmt::format("uploading {}: {} files, {}; one object of {} in parts; {} odd keys", plan_.tree.root,
                  format_count(plan_.tree.files.size()), format_bytes(plan_.tree.bytes),
                  format_bytes(plan_.large_bytes), odd_keys().size()));
  const milliseconds begun = clock_.uptime();
  std::uint64_t tenths = 0;
  const auto changed = [this, &tenths](const UploadProgress& now) {
    const std::string text =
        fmt::format("uploaded {} of {}", format_count(now.objects), format_count(now.objects_total));
    progress_.moving(timed(clock_.uptime() - started_, text));
    if (now.objects * 4 / now.objects_total == tenths) return;
    tenths = now.objects * 4 / now.objects_total;
    processes_.check();
    if (tenths < 4) say(text);
  };
  outcome_.uploaded = co_await upload_all(writer, bucket_, plan_.tree, plan_.large_bytes, changed);
  outcome_.upload_time = clock_.uptime() - begun;
  say(fmt::format("uploaded {} objects, {} in {}", format_count(outcome_.uploaded.objects),
                  format_bytes(outcome_.uploaded.bytes), seconds_text(outcome_.upload_time)));
}

Task<> Demo::follow(DemoWatch& watch, TaskGroup& writing) {
  co_await watch.until_backfilled();
  co_await clock_.sleep(traffic_after_backfill);
  outcome_.traffic.stop = true;
  co_await writing.wait();  // the last write ends, and is counted
}

Task<control::VerificationResult> Demo::compare_all(World& world, DemoWatch& watch) {
  const milliseconds begun = clock_.uptime();
  while (true) {
    processes_.check();
    const auto changed = [this, &watch](const transfer::VerifyProgress& now) {
      progress_.moving(timed(watch.since_tag(), progress_text(now)));
    };
    control::VerificationResult result = co_await control::verify_protection(
        world.context(), world.source_objects(), world.replica_objects(), bucket_, {}, changed);
    if (result.report.equal() && result.report.arriving == 0 && result.recorded) co_return result;
    if (clock_.uptime() - begun > last_comparison_max) {
      print(differences_text(result.report));
      throw Error(ErrorKind::corrupt,
                  result.report.equal() ? "the result was not recorded: " + result.why_not_recorded
                                        : fmt::format("{} versions differ", result.report.differences_total))
          .with_resource(s3::bucket_url(bucket_));
    }
    co_await clock_.sleep(milliseconds(500));
  }
}

Task<> Demo::protect(World& world, client::ObjectWriter& writer) {
  co_await world.source().tag_resource(bucket_, {world.config().policy.match_tags.front()});
  say(fmt::format("tagged {} dr=true; the times below count from here", bucket_.text()));
  DemoWatch watch(world, bucket_, progress_, [this] { processes_.check(); });
  watch.begin();
  co_await watch.until_rule_live();
  progress_.step(timed(watch.since_tag(), "new objects keep arriving, others are overwritten and deleted"));
  TaskGroup group(executor_);
  TaskGroup* tasks = &group;
  group.spawn(keep_writing(writer, bucket_, plan_.tree, outcome_.traffic));
  co_await with_clean_up(follow(watch, group), [tasks] { return tasks->cancel_and_join(); });
  progress_.step(timed(watch.since_tag(), fmt::format("meanwhile {} created, {} overwritten, {} deleted",
                                                      outcome_.traffic.created, outcome_.traffic.overwritten,
                                                      outcome_.traffic.deleted)));
  if (is_deployed()) {
    progress_.step(
        timed(watch.since_tag(),
              "the functions may not read object data, so the demo compares with its own access keys"));
  } else {
    co_await watch.until_verified();
    progress_.step(timed(watch.since_tag(), "verified by the controller, and recorded"));
  }
  outcome_.result = co_await compare_all(world, watch);
  outcome_.milestones = watch.milestones();
  if (is_deployed()) outcome_.milestones.verified = watch.since_tag();
  progress_.step(
      timed(watch.since_tag(), is_deployed() ? "verified: all versions are equal; recorded"
                                             : "compared once more, with all that arrived meanwhile: equal"));
}

Task<> Demo::run() {
  started_ = clock_.uptime();
  co_await start();
  const Config config = read_config(installation_->serve_config_path());
  World world(executor_, config, log_);
  if (is_deployed()) co_await deploy(config);
  client::ObjectWriter writer(world.source_client(), world.config().source.account);
  co_await fill(world, writer);
  co_await protect(world, writer);
  if (is_deployed()) outcome_.functions = co_await functions_health(executor_, config, log_);
  progress_.finish();
  outcome_.bucket = bucket_;
  print("\nVERIFIED\n" + summary_of(outcome_, *installation_) +
        next_steps(plan_.way, outcome_, *installation_));
  if (!plan_.keep) co_return;
  print("\nEverything keeps running until Ctrl-C (--keep).\n");
  while (true) {
    processes_.check();
    co_await clock_.sleep(milliseconds(500));
  }
}

}  // namespace

Task<> run_demo(boost::asio::any_io_executor executor, const DemoPlan& plan, Log& log) {
  const auto clock = make_real_clock();
  Clock* const time = clock.get();
  DemoProcesses processes(plan.folder);
  DemoProcesses* const started = &processes;
  Demo demo(executor, plan, *clock, processes, log);
  co_await with_clean_up(demo.run(), [started, time] { return started->stop(*time); });
}

}  // namespace s3dr::app
