// From the tag on a bucket, empty or with objects, until its record says verified, bucket after bucket,
// against a cloud and a controller (or deployed functions) that run elsewhere. The record is read every few
// milliseconds, as `s3dr status` reads it. A controller verifies by itself; functions never do: with --verify
// it is done here as soon as the backfill is complete, as `s3dr verify` does, and is in the figure. Prints a
// JSON array; bench/run.py starts it.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <string>
#include <utility>

#include "app/config.h"
#include "app/run_task.h"
#include "app/world.h"
#include "base/error.h"
#include "bench/measure.h"
#include "client/s3/object_writer.h"
#include "control/verification.h"
#include "dr/record.h"
#include "functions/record_store.h"

namespace s3dr::bench {
namespace {

struct Options {
  std::string config;
  int buckets = 6;
  int objects = 0;
  int timeout_seconds = 60;
  bool verify = false;
};

constexpr milliseconds look_every{5};
constexpr std::size_t object_bytes = 4096;

// What the backfill job will have to copy: they are older than the rule.
Task<> fill(app::World& world, s3::BucketName bucket, int objects) {
  client::ObjectWriter writer(world.source_client(), world.config().policy.source_account);
  for (int i = 0; i < objects; ++i) {
    const std::string body(object_bytes, static_cast<char>('a' + i % 26));
    co_await writer.put_object(bucket, s3::ObjectKey("object-" + std::to_string(i)),
                               client::text_source(body), {});
  }
}

// Raises unavailable when it takes too long, with the state it stood in.
Task<dr::Record> wait_until_verified(app::World& world, s3::BucketName bucket, milliseconds timeout,
                                     bool verify) {
  const milliseconds deadline = world.clock().uptime() + timeout;
  std::string last = "there is no record";
  while (world.clock().uptime() < deadline) {
    auto stored = co_await functions::read_record(world.records(), world.config().policy, bucket);
    if (stored && dr::is_verified(stored->record)) co_return std::move(stored->record);
    if (stored && verify &&
        control::verification_due(stored->record, world.clock().now(), milliseconds(1'000'000), look_every)) {
      co_await control::verify_protection(world.context(), world.source_objects(), world.replica_objects(),
                                          bucket, {}, {});
      continue;
    }
    if (stored) last = std::string(dr::to_string(stored->record.state)) + ": " + stored->record.reason;
    co_await world.clock().sleep(look_every);
  }
  throw Error(ErrorKind::unavailable, "not verified in time: " + last).with_resource("s3://" + bucket.text());
}

// When the controller's clock said that each state began, counted from the tag.
boost::json::object steps_of(const dr::Record& record, Instant tagged) {
  boost::json::object steps;
  for (const dr::Transition& transition : record.history) {
    const std::string state(dr::to_string(transition.state));
    if (!steps.contains(state)) steps[state] = static_cast<double>((transition.at - tagged).count()) / 1000.0;
  }
  return steps;
}

Task<> run(boost::asio::any_io_executor executor, const Options& options, Log& log,
           boost::json::array& results) {
  app::World world(std::move(executor), app::read_config(options.config), log);
  const std::string prefix = "protect-bench-" + world.random().hex(8) + "-";
  for (int i = 0; i < options.buckets; ++i) {
    const auto bucket = s3::BucketName::parse(prefix + std::to_string(i));
    co_await world.source().create_bucket(bucket, {});
    co_await fill(world, bucket, options.objects);
    const s3::TagSet tags{world.config().policy.match_tags.front()};
    const Instant tagged = world.clock().now();
    const auto begin = SteadyClock::now();
    co_await world.source().put_bucket_tagging(bucket, tags);
    const dr::Record record = co_await wait_until_verified(
        world, bucket, milliseconds(options.timeout_seconds * 1000), options.verify);
    results.push_back(
        {{"bucket", bucket.text()}, {"seconds", seconds_since(begin)}, {"steps", steps_of(record, tagged)}});
  }
}

int main_of(int argc, char** argv) {
  Options options;
  CLI::App app("From the tag to verified, one bucket after the other.");
  app.add_option("--config", options.config, "s3dr.yaml of the controller that runs")->required();
  app.add_option("--buckets", options.buckets)->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--objects", options.objects, "of 4 KiB, in each bucket before it is tagged")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_seconds, "seconds a bucket may take")->capture_default_str();
  app.add_flag("--verify", options.verify, "compare here: nobody else does");
  CLI11_PARSE(app, argc, argv);
  try {
    const auto log = make_stderr_log(LogLevel::error);
    boost::json::array results;
    app::run_task(
        [&](boost::asio::any_io_executor executor) { return run(executor, options, *log, results); });
    fmt::print("{}\n", boost::json::serialize(results));
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "protect_bench: {}\n", failure.what());
    return 1;
  }
}

}  // namespace
}  // namespace s3dr::bench

int main(int argc, char** argv) {
  return s3dr::bench::main_of(argc, argv);
}
