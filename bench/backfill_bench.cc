// One batch replication job over a bucket of small objects, against a cloud that runs elsewhere: from CreateJob
// until it is complete, in tenths, with the processor time of both regions. The job has no report, and no
// controller runs. Prints a JSON object; bench/run.py starts it.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/config.h"
#include "app/run_task.h"
#include "app/world.h"
#include "base/error.h"
#include "bench/measure.h"
#include "client/s3/object_writer.h"
#include "dr/replication_rule.h"

namespace s3dr::bench {
namespace {

struct Options {
  std::string config;
  std::int64_t objects = 10'000;
  std::vector<int> source_pids, replica_pids;
};

constexpr milliseconds look_every{50};
constexpr std::size_t object_bytes = 100;
constexpr int writers = 32;
constexpr std::uint64_t parts = 10;

struct Writing {
  client::ObjectWriter writer;
  s3::BucketName bucket;
  std::int64_t objects;
  client::BodySource body;
  std::int64_t next = 0;
};

Task<> write_some(Writing& writing) {
  while (writing.next < writing.objects) {
    const s3::ObjectKey key(fmt::format("object-{:08}", writing.next++));
    co_await writing.writer.put_object(writing.bucket, key, writing.body, {});
  }
}

Task<> fill(app::World& world, s3::BucketName bucket, std::int64_t objects) {
  Writing writing{client::ObjectWriter(world.source_client(), world.config().policy.source_account), bucket,
                  objects, client::text_source(std::string(object_bytes, 'x'))};
  TaskGroup group(co_await boost::asio::this_coro::executor);
  for (int i = 0; i < writers; ++i) group.spawn(write_some(writing));
  co_await group.join();
}

Task<> protect(app::World& world, s3::BucketName source, s3::BucketName replica) {
  const dr::Policy& policy = world.config().policy;
  co_await world.destination().create_bucket(replica, {});
  co_await world.destination().put_bucket_versioning(replica, s3::Versioning::enabled);
  s3::ReplicationConfiguration rules = dr::with_our_rule(policy, source, replica, "", {});
  co_await world.source().put_bucket_replication(source, std::move(rules));
}

Task<std::string> begin_job(app::World& world, s3::BucketName source) {
  const dr::Policy& policy = world.config().policy;
  s3::CreateReplicationJob job;
  job.account = policy.source_account;
  job.client_request_token = source.text();
  job.description = "backfill_bench";
  job.role_arn = policy.batch_role_arn;
  job.source_bucket = source;
  co_return co_await world.jobs().create_job(std::move(job));
}

struct Spent {
  double seconds = 0, source_cpu = 0, replica_cpu = 0;
};

Spent spent_since(SteadyClock::time_point begin, const Options& options) {
  return {seconds_since(begin), cpu_seconds_of(options.source_pids), cpu_seconds_of(options.replica_pids)};
}

boost::json::object between(const Spent& before, const Spent& after, std::uint64_t objects) {
  return {{"objects", objects},
          {"seconds", after.seconds - before.seconds},
          {"source_cpu_seconds", after.source_cpu - before.source_cpu},
          {"replica_cpu_seconds", after.replica_cpu - before.replica_cpu}};
}

// Raises unavailable when the job fails.
Task<boost::json::object> follow(app::World& world, std::string id, const Options& options) {
  const auto begin = SteadyClock::now();
  const Spent first = spent_since(begin, options);
  Spent last = first;
  std::uint64_t done = 0;
  boost::json::array tenths;
  const auto all = static_cast<std::uint64_t>(options.objects);
  while (true) {
    const auto job = co_await world.jobs().describe_job(id);
    if (!job || job->status == s3::JobStatus::failed || job->tasks_failed > 0)
      throw Error(ErrorKind::unavailable, "the job failed").with_resource(id);
    const bool complete = job->status == s3::JobStatus::complete;
    const std::uint64_t tenth = all * (tenths.size() + 1) / parts;
    if (tenths.size() < parts && (complete || job->tasks_succeeded >= tenth)) {
      const Spent now = spent_since(begin, options);
      tenths.push_back(between(last, now, job->tasks_succeeded - done));
      done = job->tasks_succeeded;
      last = now;
    }
    if (complete) {
      if (job->tasks_succeeded != all) throw Error(ErrorKind::corrupt, "not every object was replicated");
      break;
    }
    co_await world.clock().sleep(look_every);
  }
  boost::json::object result = between(first, spent_since(begin, options), all);
  result["tenths"] = std::move(tenths);
  co_return result;
}

Task<> run(boost::asio::any_io_executor executor, const Options& options, Log& log,
           boost::json::object& result) {
  app::World world(std::move(executor), app::read_config(options.config), log);
  const std::string name = "backfill-bench-" + world.random().hex(8);
  const auto source = s3::BucketName::parse(name);
  co_await world.source().create_bucket(source, {});
  co_await world.source().put_bucket_versioning(source, s3::Versioning::enabled);
  co_await fill(world, source, options.objects);
  co_await protect(world, source, s3::BucketName::parse(name + "-dr"));
  std::string id = co_await begin_job(world, source);
  result = co_await follow(world, std::move(id), options);
}

int main_of(int argc, char** argv) {
  Options options;
  CLI::App app("One batch replication job over small objects.");
  app.add_option("--config", options.config, "s3dr.yaml of the cloud")->required();
  app.add_option("--objects", options.objects, "of 100 bytes")
      ->check(CLI::Range(10, 10'000'000))
      ->capture_default_str();
  app.add_option("--source-pid", options.source_pids, "whose processor time is the source region's");
  app.add_option("--replica-pid", options.replica_pids, "and the replica region's");
  CLI11_PARSE(app, argc, argv);
  try {
    const auto log = make_stderr_log(LogLevel::error);
    boost::json::object result;
    app::run_task(
        [&](boost::asio::any_io_executor executor) { return run(executor, options, *log, result); });
    fmt::print("{}\n", boost::json::serialize(result));
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "backfill_bench: {}\n", failure.what());
    return 1;
  }
}

}  // namespace
}  // namespace s3dr::bench

int main(int argc, char** argv) {
  return s3dr::bench::main_of(argc, argv);
}
