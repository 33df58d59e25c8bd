// Backfill jobs: a line of many buckets for few places, and a job whose tasks fail for a rule of others.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "sim/served/main_job.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

constexpr int active_max = 6;

s3::BucketName numbered(int i) {
  return s3::BucketName::parse(fmt::format("line-{:02}", i));
}

// --- a line of buckets

struct Started {
  std::string bucket;
  bool at_an_end = false;
};

// In the order of CreateJob.
std::vector<Started> started_jobs(cloud::Connection& db) {
  std::vector<Started> result;
  auto row =
      db.prepare("SELECT name, status FROM job JOIN bucket ON bucket.id = job.bucket ORDER BY job.rowid");
  while (row.step()) {
    const auto status = s3::parse_job_status(row.text(1));
    if (!status) throw Failed("a job of unknown status: " + row.text(1));
    result.push_back({row.text(0), s3::is_at_an_end(*status)});
  }
  return result;
}

Task<> fill_and_tag(User& user, int buckets) {
  for (int i = 1; i <= buckets; ++i) {
    co_await user.make_bucket(numbered(i));
    co_await user.put(numbered(i), "a");
    co_await user.tag(numbered(i));
  }
}

std::uint64_t refused_jobs(Cluster& cluster) {
  const auto& log = cluster.source().access_log();
  return static_cast<std::uint64_t>(std::ranges::count_if(log, [](const cloud::AccessRecord& record) {
    return record.operation == "CreateJob" && record.status >= 400;
  }));
}

// Many tagged buckets, and controllers that are started after them.
class Line {
 public:
  Line(int buckets, int controllers, Log* log)
      : cluster_({.seed = 1, .controllers = controllers, .log = log}),
        user_(cluster_, 1),
        watch_(cluster_, user_),
        db_(cluster_.source().storage().open_database()) {
    for (int i = 1; i <= buckets; ++i) {
      watch_.add_source(numbered(i));
      all_.insert(numbered(i));
    }
    cluster_.source().start();
    cluster_.destination().start();
    cluster_.run(fill_and_tag(user_, buckets), "buckets");
    cluster_.on_pause = [this] { look(); };
  }
  Cluster& cluster() { return cluster_; }
  cloud::Connection& db() { return db_; }
  std::ptrdiff_t most_active() const { return most_active_; }

  // Regions answer each other seldom, so jobs stay active for a while.
  void creep() { cluster_.region_rates()->at(static_cast<std::size_t>(Fault::answer_503)) = 0.7; }
  void start() {
    started_ = true;
    for (const auto& controller : cluster_.controllers()) controller->start();
  }
  void converge() { watch_.expect_converged(all_, std::chrono::hours(2)); }
  Instant since(const std::string& bucket) {
    return *watch_.record(s3::BucketName::parse(bucket))->backfill->waiting_since;
  }

 private:
  void look() {
    watch_.look();
    for (const auto& controller : cluster_.controllers()) {
      if (started_ && !controller->running()) controller->start();
    }
    const std::uint64_t commits = cluster_.source().commits().commits;
    if (std::exchange(seen_, commits) == commits) return;
    const auto jobs = started_jobs(db_);
    most_active_ = std::max(most_active_, std::ranges::count(jobs, false, &Started::at_an_end));
  }

  Cluster cluster_;
  User user_;
  Watch watch_;
  cloud::Connection db_;
  std::set<s3::BucketName> all_;
  std::ptrdiff_t most_active_ = 0;
  bool started_ = false;
  std::uint64_t seen_ = 0;
};

// The first six may start as they come in. Whoever had to wait is started in the order of waiting.
std::string order_mistake(Line& line, const std::vector<Started>& jobs) {
  for (std::size_t i = active_max + 1; i < jobs.size(); ++i) {
    const auto before = std::tuple(line.since(jobs[i - 1].bucket), jobs[i - 1].bucket);
    const auto after = std::tuple(line.since(jobs[i].bucket), jobs[i].bucket);
    if (after < before) return jobs[i].bucket + " waited longer than " + jobs[i - 1].bucket;
  }
  return "";
}

void line_of_twenty(MatrixReport& report, Log* log) {
  Line line(20, 2, log);
  line.creep();
  line.start();
  line.converge();
  const auto jobs = started_jobs(line.db());
  report.expect(jobs.size() == 20, fmt::format("a line of twenty: {} jobs", jobs.size()));
  report.expect(line.most_active() > 1 && line.most_active() <= active_max,
                fmt::format("a line of twenty: {} jobs at once", line.most_active()));
  const std::string mistake = order_mistake(line, jobs);
  report.expect(mistake.empty(), "a line of twenty: " + mistake);
  // The lease keeps two controllers from asking for the same place.
  report.expect(refused_jobs(line.cluster()) == 0,
                fmt::format("a line of twenty: {} jobs refused", refused_jobs(line.cluster())));
  report.summary += fmt::format("a line of twenty: {} jobs, at most {} at once, oldest first\n", jobs.size(),
                                line.most_active());
}

// --- a rule of others that is broken

Task<> write_old(MainJob& job) {
  co_await job.user().put(job.bucket(), "b/old");
}

// The archive goes away just before the job: then the rule of the users has no destination. It cannot go before, because
// S3 refuses a configuration with such a rule.
void lose_archive(MainJob& job) {
  job.watch().allow(s3::BucketName::parse("gone-archive"));
  job.controller().hook().before = [&job, lost = false](const Call& call) mutable {
    if (!lost && call.method == "POST" && call.target == "/v20180820/jobs") {
      lost = true;
      plant(job.cluster().destination(), "UPDATE bucket SET name = 'gone-archive' WHERE name = 'archive'");
    }
    return CallVerdict();
  };
}

std::string body_of_source(MainJob& job, const std::string& key) {
  cloud::Connection db(job.cluster().source().storage().open_database());
  auto row = db.prepare(
      "SELECT body FROM object_version WHERE key = CAST(? AS BLOB) AND bucket = (SELECT id FROM bucket WHERE "
      "name = 'data-1') LIMIT 1");
  row.bind(key);
  if (!row.step()) throw Failed("no version of " + key);
  return row.text(0);
}

std::uint64_t failed_tasks(MainJob& job) {
  std::uint64_t count = 0;
  for (const JobRow& row : jobs(job.cluster().source()))
    count += static_cast<std::uint64_t>(row.tasks_failed);
  return count;
}

void broken_rule_of_others(MatrixReport& report, Log* log) {
  MainJob job({1, true, log});
  job.cluster().run(write_old(job), "a version for the archive");
  lose_archive(job);
  try {
    job.run();
  } catch (const Failed& failure) {
    report.expect(false, std::string("a broken rule of others: ") + failure.what());
    return;
  }
  const auto record = job.watch().record(job.bucket());
  report.expect(failed_tasks(job) > 0, "a broken rule of others: no task failed");
  report.expect(record->backfill->tasks_failed_elsewhere == failed_tasks(job),
                "a broken rule of others: the record does not say how many tasks failed for it");
  report.expect(jobs(job.cluster().source()).size() == 1, "a broken rule of others: more than one job");
  report.summary += fmt::format("a broken rule of others: {}, {} tasks failed for it\n",
                                dr::to_string(record->state), record->backfill->tasks_failed_elsewhere);
}

// The body of one version is unreadable, so no replica of it can be made.
void really_missing(MatrixReport& report, Log* log) {
  MainJob job({1, true, log});
  job.cluster().run(write_old(job), "a version for the archive");
  lose_archive(job);
  if (!job.cluster().source().storage().flip_bit(body_of_source(job, "d//e"), 1))
    throw Failed("nothing to flip");
  job.start_controllers();
  job.tag_and_write();
  const auto degraded = [&] {
    const auto record = job.watch().record(job.bucket());
    return record && record->state == dr::State::degraded;
  };
  const bool reached = job.cluster().run_until(degraded, converge_max);
  report.expect(reached, "a version really missing: not degraded");
  if (!reached) return;
  const std::string reason = job.watch().record(job.bucket())->reason;
  report.expect(reason.find("1 version is missing on the replica") != std::string::npos,
                "a version really missing: the record says: " + reason);
  report.summary += "a version really missing: degraded\n";
}

}  // namespace

MatrixReport job_cases(Log* log) {
  MatrixReport report;
  broken_rule_of_others(report, log);
  really_missing(report, log);
  line_of_twenty(report, log);
  return report;
}

}  // namespace s3dr::sim
