// Somebody changes our live rule while no controller runs, and writes on. Then a controller comes. Lossy: one job of
// exactly the versions that lack a replica, counted in the cloud's tables. Cosmetic: no job, and the rule is right.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "dr/replication_rule.h"
#include "sim/served/main_job.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

const auto archive = s3::BucketName::parse("archive");

struct Change {
  const char* name;
  void (*edit)(s3::ReplicationRule& ours);  // nullptr: the whole configuration is deleted
  std::vector<const char*> keys;            // written meanwhile
  int jobs;                                 // 0: cosmetic
  int tasks;                                // versions that the job has to take; -1: all there are
  bool beside_others = false;               // a live rule of the users is there, too
};

const std::vector<Change>& changes() {
  using Rule = s3::ReplicationRule;
  static const std::vector<Change> list = {
      {"metrics off", [](Rule& r) { r.destination.metrics.reset(); }, {"a", "m"}, 0, 0},
      {"an event threshold",
       [](Rule& r) { r.destination.metrics_event_threshold_minutes = 15; },
       {"m"},
       0,
       0},
      {"disabled", [](Rule& r) { r.status = s3::Switch::disabled; }, {"a", "gap", "gap"}, 1, 3},
      {"deleted", nullptr, {"d//e", "gap"}, 1, 2},
      {"a filter", [](Rule& r) { r.filter->prefix = "in/"; }, {"in/1", "out", "in/2"}, 1, 1},
      {"delete markers off",
       [](Rule& r) { r.delete_marker_replication = s3::Switch::disabled; },
       {"kept"},
       1,
       1},
      {"disabled, nothing written", [](Rule& r) { r.status = s3::Switch::disabled; }, {}, 1, 0},
      {"another destination",
       [](Rule& r) { r.destination.bucket_arn = "arn:aws:s3:::archive"; },
       {"x"},
       1,
       -1},
      {"disabled again", [](Rule& r) { r.status = s3::Switch::disabled; }, {"y"}, 1, 1},
      {"disabled, beside a live rule", [](Rule& r) { r.status = s3::Switch::disabled; }, {"z"}, 1, -1, true},
  };
  return list;
}

Task<> delete_configuration(MainJob& job) {
  client::S3Call call;
  call.method = "DELETE";
  call.bucket = job.bucket();
  call.query = {{"replication", ""}};
  call.owner = job.cluster().account();
  co_await job.cluster().user().source_client->require(std::move(call));
}

Task<> edit_rule(MainJob& job, const Change& change) {
  ports::BucketStore& store = *job.cluster().user().source;
  auto all = co_await store.get_bucket_replication(job.bucket());
  for (s3::ReplicationRule& rule : all->rules) {
    if (rule.id == dr::rule_id(job.cluster().policy(), job.bucket())) change.edit(rule);
  }
  co_await store.put_bucket_replication(job.bucket(), *all);
}

Task<> change_and_write(MainJob& job, const Change& change) {
  if (change.edit == nullptr)
    co_await delete_configuration(job);
  else
    co_await edit_rule(job, change);
  for (const char* key : change.keys) co_await job.user().put(job.bucket(), key);
  if (std::string_view(change.name) == "delete markers off") co_await job.user().remove(job.bucket(), "kept");
}

std::int64_t number_of(MainJob& job, const char* sql) {
  cloud::Connection db(job.cluster().source().storage().open_database());
  auto row = db.prepare(sql);
  return row.step() ? row.integer(0) : 0;
}

constexpr const char* jobs_made = "SELECT COUNT(*) FROM job";
constexpr const char* tasks_of_last = "SELECT tasks_total FROM job ORDER BY rowid DESC LIMIT 1";
constexpr const char* versions_there =
    "SELECT COUNT(*) FROM object_version WHERE bucket = (SELECT id FROM bucket WHERE name = 'data-1')";

void live_through(MainJob& job, const Change& change, MatrixReport& report) {
  const auto generation = job.watch().record(job.bucket())->rule.generation;
  const std::int64_t before = number_of(job, jobs_made);
  const auto on_pause = job.cluster().on_pause;
  job.controller().stop();
  job.cluster().on_pause = [&job] { job.watch().look(); };  // nobody revives it meanwhile
  if (change.beside_others) {
    std::string text;
    const auto put = [](MainJob& to, std::string& put_text) -> Task<> {
      put_text = co_await to.user().put_foreign_rule(to.bucket(), archive);
    };
    job.cluster().run(put(job, text), "a rule of the users");
    job.watch().keep_rule(job.bucket(), User::foreign_rule_id, text);
  }
  job.cluster().run(change_and_write(job, change), change.name);
  job.cluster().run_for(milliseconds(5'000));  // what was accepted is delivered
  const Instant since = job.cluster().clock().now();
  job.cluster().on_pause = on_pause;
  job.controller().start();
  job.watch().expect_converged({job.bucket()}, converge_max, since);

  const std::int64_t made = number_of(job, jobs_made) - before;
  const std::int64_t tasks = made == 0 ? 0 : number_of(job, tasks_of_last);
  const std::int64_t wanted = change.tasks < 0 ? number_of(job, versions_there) : change.tasks;
  report.expect(made == change.jobs, fmt::format("{}: {} jobs", change.name, made));
  report.expect(tasks == wanted, fmt::format("{}: {} tasks instead of {}", change.name, tasks, wanted));
  const std::int64_t now = job.watch().record(job.bucket())->rule.generation;
  report.expect(now == generation + change.jobs,
                fmt::format("{}: generation {} after {}", change.name, now, generation));
  report.summary += fmt::format("{}: {} job, {} of {} versions\n", change.name, made, tasks,
                                number_of(job, versions_there));
}

}  // namespace

MatrixReport rule_drift_cases(Log* log) {
  MatrixReport report;
  MainJob job({1, false, log});
  job.watch().allow(archive);
  job.cluster().run(job.user().make_versioned(*job.cluster().user().destination, archive), "an archive");
  job.run();
  for (const Change& change : changes()) live_through(job, change, report);
  return report;
}

}  // namespace s3dr::sim
