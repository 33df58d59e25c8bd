// A new release meets what the one before has left: records in format 1, and our rule as that release wrote it.
// Nothing may be sent again: no job, no replica, no other rule. The controller is killed before and after each write that
// it makes meanwhile.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dr/replication_rule.h"
#include "functions/record_store.h"
#include "sim/world/cluster.h"
#include "sim/world/matrix.h"
#include "sim/world/oracle.h"
#include "sim/world/user.h"
#include "support/format_1.h"

namespace s3dr::sim {
namespace {

constexpr int fleet_size = 200;
constexpr milliseconds glance = std::chrono::seconds(20), patience = std::chrono::hours(6);

s3::BucketName numbered(int i) {
  return s3::BucketName::parse(fmt::format("fleet-{:03}", i));
}

// What an upgrade must not change.
struct Figures {
  std::uint64_t replicas_sent = 0;
  std::size_t jobs = 0;
  std::int64_t generations = 0;
  std::map<std::string, std::string> rules;
};

class Fleet {
 public:
  Fleet(int size, Log* log) : cluster_({.seed = 1, .controllers = 1, .log = log}), user_(cluster_, 1) {
    for (int i = 1; i <= size; ++i) buckets_.push_back(numbered(i));
    cluster_.source().start();
    cluster_.destination().start();
    cluster_.on_pause = [this] { revive(); };
    cluster_.run(fill_and_tag(), "buckets", patience);
  }

  // Until a controller has compared every bucket after `since`, and found it equal.
  void run_until_verified(Instant since) {
    started_ = true;
    controller().start();
    const milliseconds limit = cluster_.clock().uptime() + patience;
    while (!all_verified(since)) {
      if (cluster_.clock().uptime() > limit) throw Failed(why_not_verified(since));
      cluster_.run_for(glance);
      cluster_.run(read_records(), "reading the records", patience);
    }
  }
  void stop() {
    started_ = false;
    controller().stop();
  }
  // As the release before left it.
  void make_old() { cluster_.run(write_old(), "records in format 1", patience); }
  Figures figures() {
    cluster_.run(read_records(), "reading the records", patience);
    Figures result;
    result.replicas_sent = cluster_.network().replicas_sent();
    result.jobs = jobs(cluster_.source()).size();
    for (const auto& [bucket, record] : records_) result.generations += record.rule.generation;
    for (const s3::BucketName& bucket : buckets_)
      result.rules[bucket.text()] = replication_xml(cluster_.source(), bucket.text());
    return result;
  }
  // Kills the controller before the first and after the second try of each of its writes.
  void kill_at_every_write() {
    const auto die = [this] {
      ++kills_;
      controller().die();
      CallVerdict verdict;
      verdict.hang = true;
      return verdict;
    };
    controller().hook().before = [this, die](const Call& call) {
      return is_write(call) && before_.insert(call.target).second ? die() : CallVerdict();
    };
    controller().hook().after = [this, die](const Call& call, int) {
      return is_write(call) && after_.insert(call.target).second ? die() : CallVerdict();
    };
  }
  std::size_t count_of_format(int format) {
    const std::string beginning = fmt::format("{{\"format\":{},", format);
    return static_cast<std::size_t>(std::ranges::count_if(
        texts_, [&](const auto& entry) { return entry.second.starts_with(beginning); }));
  }
  std::size_t kills() const { return kills_; }
  Instant now() { return cluster_.clock().now(); }
  Cluster& cluster() { return cluster_; }

 private:
  static bool is_write(const Call& call) { return call.method != "GET" && call.method != "HEAD"; }
  ControllerNode& controller() { return *cluster_.controllers().front(); }
  void revive() {
    if (started_ && !controller().running()) controller().start();
  }
  std::string key_of(const s3::BucketName& bucket) const {
    return dr::record_key(cluster_.policy().source_account, cluster_.policy().source_region, bucket);
  }

  Task<> fill_and_tag() {
    for (const s3::BucketName& bucket : buckets_) {
      co_await user_.make_bucket(bucket);
      co_await user_.put(bucket, "a");
      co_await user_.put(bucket, "b");
      co_await user_.tag(bucket);
    }
  }
  Task<> read_records() {
    for (const s3::BucketName& bucket : buckets_) {
      const auto document = co_await cluster_.user().records->read(key_of(bucket));
      if (!document) continue;
      texts_[bucket.text()] = document->text;
      records_[bucket.text()] = dr::parse_record(document->text);
    }
  }
  Task<> write_old() {
    for (const s3::BucketName& bucket : buckets_) {
      const auto document = co_await cluster_.user().records->read(key_of(bucket));
      co_await cluster_.user().records->write(key_of(bucket), test::as_format_1(document->text),
                                              document->etag);
      auto rules = co_await cluster_.user().source->get_bucket_replication(bucket);
      // That release named the account of the destination within one account, too.
      for (s3::ReplicationRule& rule : rules->rules)
        rule.destination.account = cluster_.policy().destination_account;
      co_await cluster_.user().source->put_bucket_replication(bucket, *rules);
    }
  }

  bool is_verified_since(const s3::BucketName& bucket, Instant since) const {
    const auto found = records_.find(bucket.text());
    return found != records_.end() && dr::is_verified(found->second) &&
           found->second.verified->as_of >= since;
  }
  bool all_verified(Instant since) const {
    return std::ranges::all_of(buckets_,
                               [&](const auto& bucket) { return is_verified_since(bucket, since); });
  }
  std::string why_not_verified(Instant since) const {
    for (const s3::BucketName& bucket : buckets_) {
      if (is_verified_since(bucket, since)) continue;
      const auto found = records_.find(bucket.text());
      return bucket.text() +
             " was not verified: " + (found == records_.end() ? "no record" : found->second.reason);
    }
    return "";
  }

  Cluster cluster_;
  User user_;
  std::vector<s3::BucketName> buckets_;
  std::map<std::string, dr::Record> records_;
  std::map<std::string, std::string> texts_;
  std::set<std::string> before_, after_;  // targets of writes at which it was killed
  std::size_t kills_ = 0;
  bool started_ = false;
};

void format_1(MatrixReport& report, Log* log) {
  Fleet fleet(fleet_size, log);
  fleet.run_until_verified(fleet.now());
  fleet.stop();
  fleet.make_old();
  const Figures before = fleet.figures();
  const Instant upgraded = fleet.now();
  report.expect(fleet.count_of_format(1) == fleet_size, "upgrade: not every record was in format 1");
  report.expect(before.jobs == fleet_size, fmt::format("upgrade: {} jobs at first", before.jobs));
  fleet.kill_at_every_write();
  fleet.run_until_verified(upgraded);
  fleet.stop();
  const Figures after = fleet.figures();
  report.expect(after.jobs == before.jobs, fmt::format("upgrade: {} jobs", after.jobs - before.jobs));
  report.expect(after.replicas_sent == before.replicas_sent,
                fmt::format("upgrade: {} objects sent again", after.replicas_sent - before.replicas_sent));
  report.expect(after.generations == before.generations, "upgrade: new generations");
  report.expect(after.rules == before.rules, "upgrade: our rule was written again");
  report.expect(fleet.count_of_format(2) == fleet_size,
                fmt::format("upgrade: {} records in format 2", fleet.count_of_format(2)));
  report.expect(fleet.kills() >= 2 * fleet_size, fmt::format("upgrade: {} kills only", fleet.kills()));
  report.summary +=
      fmt::format("upgrade of {} records of format 1: {} jobs, {} objects sent again, {} kills\n", fleet_size,
                  after.jobs - before.jobs, after.replicas_sent - before.replicas_sent, fleet.kills());
}

}  // namespace

MatrixReport upgrade_cases(Log* log) {
  MatrixReport report;
  try {
    format_1(report, log);
  } catch (const std::exception& error) {
    report.expect(false, std::string("upgrade: ") + error.what());
  }
  return report;
}

}  // namespace s3dr::sim
