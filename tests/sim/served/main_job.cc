#include "sim/served/main_job.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dr/replication_rule.h"

namespace s3dr::sim {
namespace {

constexpr milliseconds down_time{1'000};

Task<> write_history(User& user, s3::BucketName bucket) {
  co_await user.make_bucket(bucket);
  co_await user.put(bucket, "a");
  co_await user.put(bucket, "d//e");
}

Task<> write_on(Cluster& cluster, User& user, s3::BucketName bucket) {
  co_await user.put(bucket, "z");
  co_await user.tag(bucket);
  for (const char* key : {"a", "b/c", "a", "../g"}) {
    co_await user.put(bucket, key);
    co_await cluster.clock().sleep(milliseconds(300));
  }
  co_await user.remove(bucket, "b/c");
}

Task<> put_rule(User& user, s3::BucketName from, s3::BucketName to, std::string& text) {
  text = co_await user.put_foreign_rule(from, to);
}

}  // namespace

MainJob::MainJob(MainJobOptions options)
    : cluster_({.seed = 1,
                .controllers = options.controllers,
                .log = options.log,
                .virtual_hosts = options.virtual_hosts}),
      user_(cluster_, 1),
      watch_(cluster_, user_),
      bucket_(s3::BucketName::parse("data-1")) {
  watch_.add_source(bucket_);
  cluster_.source().start();
  cluster_.destination().start();
  cluster_.run(write_history(user_, bucket_), "history");
  if (options.foreign_rule) {
    const auto archive = s3::BucketName::parse("archive");
    watch_.allow(archive);
    cluster_.run(user_.make_versioned(*cluster_.user().destination, archive), "an archive");
    cluster_.run(user_.make_versioned(*cluster_.user().source, bucket_), "versioning by the user");
    std::string text;
    cluster_.run(put_rule(user_, bucket_, archive, text), "a rule of the users");
    watch_.keep_rule(bucket_, User::foreign_rule_id, text);
  }
  cluster_.on_pause = [this] {
    watch_.look();
    revive();
  };
}

void MainJob::start_controllers() {
  for (const auto& controller : cluster_.controllers()) controller->start();
  started_ = true;
}

void MainJob::revive() {
  if (!started_) return;
  const milliseconds now = cluster_.clock().uptime();
  const auto is_due = [&](const void* node, bool running) {
    if (running) {
      down_since_.erase(node);
      return false;
    }
    return now - down_since_.try_emplace(node, now).first->second >= down_time;
  };
  for (RegionNode* region : {&cluster_.source(), &cluster_.destination()}) {
    if (is_due(region, region->running())) region->start();
  }
  for (const auto& controller : cluster_.controllers()) {
    if (controller->ended()) controller->stop();
    if (is_due(controller.get(), controller->running())) controller->start();
  }
}

void MainJob::tag_and_write() {
  cluster_.run(write_on(cluster_, user_, bucket_), "tagging and writing");
}

void MainJob::run() {
  start_controllers();
  tag_and_write();
  // Nodes that are down come back when time passes, so let some pass.
  cluster_.run_for(down_time * 2);
  watch_.expect_converged({bucket_}, converge_max);
}

std::string MainJob::end_state() {
  const auto record = watch_.record(bucket_);
  if (!record) return "no record";
  std::vector<std::string> backfills;
  for (const JobRow& job : jobs(cluster_.source())) {
    // Without the protection's id, which hangs on a random number.
    backfills.push_back(job.token.substr(job.token.find('-')) + " " + job.status);
  }
  return fmt::format(
      "source: {} | destination: {} | rule: {} | record: {} {} generation {} ordinal {} | jobs: {}",
      fmt::join(bucket_names(cluster_.source()), " "), fmt::join(bucket_names(cluster_.destination()), " "),
      replication_xml(cluster_.source(), bucket_.text()), dr::to_string(record->state),
      record->replica.bucket.text(), record->rule.generation, record->replica_ordinal,
      fmt::join(backfills, " "));
}

void plant(RegionNode& region, const std::string& sql) {
  cloud::Connection db(region.storage().open_database());
  db.execute(sql);
  if (db.changed_rows() == 0) throw Failed("planted nothing: " + sql);
  ++region.commits().commits;
}

}  // namespace s3dr::sim
