#include "app/demo.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "app/demo_traffic.h"
#include "app/demo_watch.h"
#include "app/output.h"
#include "app/verification_output.h"
#include "app/world.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/task_group.h"
#include "cloud/child_process.h"
#include "control/verification.h"

namespace s3dr::app {
namespace {

constexpr milliseconds cloud_ready_max(30'000);
constexpr milliseconds stop_grace(8'000);
constexpr milliseconds traffic_after_backfill(2'000);
constexpr milliseconds last_comparison_max(120'000);

// The demo's processes: the cloud's supervisor (which has one a region) and the controller.
struct Processes {
  std::string folder;
  std::optional<cloud::ChildProcess> cloud, serve;

  void start_cloud() {
    cloud.emplace(cloud::ChildOptions{{"cloud", "start", "--data", folder}, folder + "/cloud.log", true});
  }
  void start_serve(const std::string& config) {
    serve.emplace(cloud::ChildOptions{{"serve", "--config", config}, folder + "/serve.log", false});
  }
  void check() {
    check_one(cloud, "the cloud");
    check_one(serve, "the controller");
  }
  static void check_one(std::optional<cloud::ChildProcess>& child, const char* name) {
    if (!child || child->running()) return;
    throw Error(ErrorKind::unavailable, std::string(name) + " ended: " + child->ending())
        .with_resource(child->log_path());
  }
  Task<> stop(Clock& clock) {
    if (serve) co_await serve->stop(clock, stop_grace);
    if (cloud) co_await cloud->stop(clock, stop_grace);
  }
};

cloud::Installation make_installation(const std::string& folder, Clock& clock) {
  const auto random = make_system_random();
  cloud::InstallationOptions options;
  options.folder = folder;
  options.regions = {s3::Region::parse("us-west-2"), s3::Region::parse("us-east-2")};
  options.port_base = 0;
  options.serve_address = "127.0.0.1:0";
  return cloud::open_installation(options, clock, *random);
}

// For us and for the processes we start.
void use_profiles_of(const cloud::Installation& installation) {
  ::setenv("AWS_SHARED_CREDENTIALS_FILE", installation.credentials_path().c_str(), 1);
  ::setenv("AWS_CONFIG_FILE", installation.config_path().c_str(), 1);
  ::setenv("AWS_CA_BUNDLE", installation.ca_path().c_str(), 1);
}

std::string bucket_name(Instant now) {
  std::string text = "demo-" + lower_case(to_amz_date(now));  // demo-20260801t101500z
  text.pop_back();
  return text;
}

std::string seconds(milliseconds duration) {
  return fmt::format("{:.1f} s", static_cast<double>(duration.count()) / 1000.0);
}

class Demo {
 public:
  Demo(boost::asio::any_io_executor executor, const DemoPlan& plan, Clock& clock, Processes& processes,
       Log& log)
      : executor_(std::move(executor)), plan_(plan), clock_(clock), processes_(processes), log_(log) {}

  Task<> run();

 private:
  Task<> start();
  Task<> fill(World& world, client::ObjectWriter& writer);
  Task<> protect(World& world, client::ObjectWriter& writer);
  Task<> follow(DemoWatch& watch, TaskGroup& writing);
  Task<control::VerificationResult> compare_all(World& world, DemoWatch& watch);
  std::string summary() const;
  std::string next_steps() const;
  void say(const std::string& text) { progress_.step(timed(clock_.uptime() - started_, text)); }

  boost::asio::any_io_executor executor_;
  const DemoPlan& plan_;
  Clock& clock_;
  Processes& processes_;
  Log& log_;
  Progress progress_;
  std::optional<cloud::Installation> installation_;
  s3::BucketName bucket_;
  milliseconds started_{0}, upload_time_{0}, all_equal_{0};
  UploadProgress uploaded_;
  Traffic traffic_;
  Milestones milestones_;
  control::VerificationResult result_;
};

Task<> Demo::start() {
  installation_ = make_installation(plan_.folder, clock_);
  use_profiles_of(*installation_);
  processes_.start_cloud();
  try {
    co_await processes_.cloud->wait_ready(clock_, cloud_ready_max);
  } catch (const Error& error) {
    throw Error(error.kind(), "the cloud " + error.message()).with_resource(error.resource());
  }
  processes_.start_serve(installation_->serve_config_path());
  say(fmt::format("{} and {} are running, each in a process of its own; so is the controller (s3dr serve)",
                  installation_->regions[0].region.text(), installation_->regions[1].region.text()));
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
  uploaded_ = co_await upload_all(writer, bucket_, plan_.tree, plan_.large_bytes, changed);
  upload_time_ = clock_.uptime() - begun;
  say(fmt::format("uploaded {} objects, {} in {}", format_count(uploaded_.objects),
                  format_bytes(uploaded_.bytes), seconds(upload_time_)));
}

Task<> Demo::follow(DemoWatch& watch, TaskGroup& writing) {
  co_await watch.until_backfilled();
  co_await clock_.sleep(traffic_after_backfill);
  traffic_.stop = true;
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
  group.spawn(keep_writing(writer, bucket_, plan_.tree, traffic_));
  co_await with_clean_up(follow(watch, group), [tasks] { return tasks->cancel_and_join(); });
  progress_.step(
      timed(watch.since_tag(), fmt::format("meanwhile {} created, {} overwritten, {} deleted",
                                           traffic_.created, traffic_.overwritten, traffic_.deleted)));
  co_await watch.until_verified();
  progress_.step(timed(watch.since_tag(), "verified by the controller, and recorded"));
  result_ = co_await compare_all(world, watch);
  all_equal_ = watch.since_tag();
  milestones_ = watch.milestones();
  progress_.step(timed(all_equal_, "compared once more, with all that arrived meanwhile: equal"));
}

std::string Demo::summary() const {
  const transfer::VerifyReport& report = result_.report;
  return render_facts(
      {{"bucket", bucket_.text() + " in " + installation_->regions[0].region.text()},
       {"replica", milestones_.replica_bucket.text() + " in " + installation_->regions[1].region.text()},
       {"versions", format_count(report.versions_equal) + " equal of " + format_count(report.versions) +
                        ", by checksum, metadata, tags and order"},
       {"delete markers", format_count(report.markers_equal)},
       {"keys", format_count(report.keys) + ", of which odd " + format_count(report.odd_keys)},
       {"differences", format_count(report.differences_total)},
       {"arriving", format_count(report.arriving)},
       {"uploaded", format_bytes(uploaded_.bytes) + " in " + seconds(upload_time_)},
       {"written meanwhile", format_count(traffic_.total())},
       {"tag to rule live", seconds(milestones_.rule)},
       {"tag to backfilled", seconds(milestones_.backfilled)},
       {"tag to verified", seconds(milestones_.verified)}});
}

std::string Demo::next_steps() const {
  const std::string& folder = installation_->folder;
  return fmt::format(
      "\nLook around:\n"
      "  export AWS_SHARED_CREDENTIALS_FILE={} AWS_CONFIG_FILE={} AWS_CA_BUNDLE={}\n"
      "  s3dr cloud start --data {}\n"
      "  s3dr serve --config {}        (in another terminal)\n"
      "  s3dr status --config {}\n"
      "  aws --profile {} s3api list-object-versions --bucket {} --max-items 5\n"
      "Lose a region: kill -9 the PID that `s3dr cloud status --data {}` shows for {}, write to the\n"
      "  bucket, `s3dr cloud start --data {} {}`, and watch\n"
      "  `s3dr verify {} --wait --config {}`.\n"
      "Logs: {}/serve.log, cloud.log, */region.log, */access.log\n",
      installation_->credentials_path(), installation_->config_path(), installation_->ca_path(), folder,
      installation_->serve_config_path(), installation_->serve_config_path(),
      cloud::Installation::profile(installation_->accounts[0], installation_->regions[1].region),
      milestones_.replica_bucket.text(), folder, installation_->regions[1].region.text(), folder,
      installation_->regions[1].region.text(), bucket_.text(), installation_->serve_config_path(), folder);
}

Task<> Demo::run() {
  started_ = clock_.uptime();
  co_await start();
  World world(executor_, read_config(installation_->serve_config_path()), log_);
  client::ObjectWriter writer(world.source_client(), world.config().source.account);
  co_await fill(world, writer);
  co_await protect(world, writer);
  progress_.finish();
  print("\nVERIFIED\n" + summary() + next_steps());
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
  Processes processes{plan.folder, std::nullopt, std::nullopt};
  Processes* const started = &processes;
  Demo demo(executor, plan, *clock, processes, log);
  co_await with_clean_up(demo.run(), [started, time] { return started->stop(*time); });
}

}  // namespace s3dr::app
