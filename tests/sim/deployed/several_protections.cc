#include "sim/deployed/several_protections.h"

#include <fmt/format.h>

#include <algorithm>

#include "dr/replication_rule.h"
#include "sim/deployed/deployed_job.h"
#include "sim/deployed/deployed_scenario.h"

namespace s3dr::sim {
namespace {

constexpr milliseconds limit = std::chrono::minutes(10);
constexpr milliseconds quiet_max = std::chrono::minutes(30);
constexpr std::size_t near = 0, vault = 1, gold = 2;

Task<> write_some(User& user, s3::BucketName bucket) {
  for (const char* key : {"a", "b/c", "d//e", "a", "z"}) co_await user.put(bucket, key);
  co_await user.remove(bucket, "z");
}

s3::BucketName make(DeployedJob& job, const std::string& name) {
  const auto bucket = s3::BucketName::parse(name);
  job.watch().add_source(bucket);
  job.cluster().run(job.user().make_bucket(bucket), "a bucket");
  job.cluster().run(write_some(job.user(), bucket), "history");
  return bucket;
}

void tag(DeployedJob& job, const s3::BucketName& bucket, std::size_t protection) {
  job.cluster().run(job.user().tag(bucket, protection), "tagging");
}

std::string rule_of(DeployedJob& job, const s3::BucketName& bucket, std::size_t protection) {
  return rule_text(replication_xml(job.cluster().source(), bucket.text()),
                   dr::rule_id(job.cluster().protections()[protection], bucket));
}

void expect_no_letters(MatrixReport& report, DeployedJob& job, const std::string& what) {
  job.settle(quiet_max);
  const auto letters = job.dead_letters();
  report.expect(letters.empty(), what + ": " + (letters.empty() ? "" : letters.front().body));
}

void three_of_one_bucket(MatrixReport& report, Log* log) {
  DeployedJob job({.seed = 11, .log = log, .protections = 3});
  job.deploy();
  const auto bucket = make(job, "data-1");
  for (const std::size_t protection : {near, vault, gold}) tag(job, bucket, protection);
  job.converge_all({{bucket}, {bucket}, {bucket}}, limit);
  for (const std::size_t protection : {near, vault, gold})
    report.expect(!rule_of(job, bucket, protection).empty(), fmt::format("rule {} is missing", protection));
  const auto generation = [&](std::size_t protection) {
    return job.watch().record(bucket, protection)->rule.generation;
  };
  const std::int64_t near_before = generation(near), gold_before = generation(gold);
  job.settle(quiet_max);
  const std::size_t jobs_before = jobs(job.cluster().source()).size();
  job.cluster().run(job.user().untag(bucket, vault), "untagging");
  job.cluster().run(write_some(job.user(), bucket), "writing on");
  job.converge_all({{bucket}, {}, {bucket}}, limit);
  report.expect(generation(near) == near_before && generation(gold) == gold_before,
                "a pause of one: another one began a new generation");
  report.expect(jobs(job.cluster().source()).size() == jobs_before, "a pause of one: a new job");
  expect_no_letters(report, job, "three protections");
  const CommandEnd test = job.deployed().self_test();
  report.expect(test.ok(), "self-test: " + test.text());
  for (const deploy::SelfTestStep& step : test.self_test)
    report.expect(step.passed, "self-test: " + step.what + ": " + step.detail);
  const auto steps_in = [&](const std::string& place) {
    return std::ranges::count_if(test.self_test, [&](const deploy::SelfTestStep& step) {
      return step.what.find(" in " + place) != std::string::npos;
    });
  };
  // The function alone, its rule and its topic.
  for (const char* place : {"111122223333/us-east-2", "444455556666/eu-west-1", "111122223333/eu-west-1"})
    report.expect(steps_in(place) == 3, fmt::format("self-test: {} steps in {}", steps_in(place), place));
  const CommandEnd status = job.deployed().status();
  report.expect(status.ok() && status.status.healthy(), "status: " + status.text());
  report.expect(status.status.functions.size() == 5 && status.status.queues.size() == 4,
                "status does not tell of all places");
  const CommandEnd again = job.deployed().plan();
  report.expect(again.ok() && !again.plan.pending(), "a second plan has changes: " + again.text());
  report.summary += "one deployment: three protections of one bucket, one of them paused\n";
}

void fifty_buckets(MatrixReport& report, Log* log) {
  constexpr int count = 50;
  DeployedJob job({.seed = 12, .log = log, .protections = 2});
  job.deploy();
  job.revive_regions();
  std::vector<s3::BucketName> buckets;
  for (int i = 1; i <= count; ++i) buckets.push_back(make(job, fmt::format("data-{:02}", i)));
  FunctionChaos& chaos = job.functions().chaos;
  chaos.duplicated = chaos.delayed = 0.2;
  chaos.throttled = 0.1;
  chaos.killed = 0.02;
  FaultRates& rates = *job.functions().rates;
  for (std::size_t i = 0; i < fault_count; ++i) rates[i] = 0.01;
  rates[static_cast<std::size_t>(Fault::door_closed)] = 0;
  Watch::Tagged tagged(2);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    // A third each: near, vault, both.
    for (const std::size_t protection : {near, vault}) {
      if (i % 3 == (protection == near ? 1 : 0)) continue;
      tag(job, buckets[i], protection);
      tagged[protection].insert(buckets[i]);
    }
  }
  job.cluster().run_for(std::chrono::minutes(2));
  job.cluster().destination(vault).die_at_commit(20, true);
  job.cluster().run_for(std::chrono::minutes(8));
  report.expect(job.functions().killed > 0 && job.functions().duplicated > 0, "fifty buckets: no chaos");
  chaos = {};
  rates = {};
  job.settle(quiet_max);
  job.cluster().run_for(std::chrono::minutes(job.settings().sweep_minutes + 1));
  job.settle(quiet_max);
  job.converge_all(tagged, std::chrono::hours(2));
  job.settle(quiet_max);
  judge_deliveries(job);
  report.summary += fmt::format("one deployment: {} buckets of two protections, {} invocations\n", count,
                                job.functions().invocations);
}

void a_lost_destination(MatrixReport& report, Log* log) {
  for (const std::size_t lost : {near, vault}) {
    const std::size_t other = lost == near ? vault : near;
    DeployedJob job({.seed = 13, .log = log, .protections = 2});
    job.deploy();
    const auto bucket = make(job, "data-1");
    job.cluster().destination(lost).stop();
    tag(job, bucket, near);
    tag(job, bucket, vault);
    const bool reached = job.cluster().run_until([&] { return job.is_replicated(bucket, other); }, limit);
    report.expect(reached, fmt::format("destination {} lost: the other one is not replicated", lost));
    job.cluster().destination(lost).start();
    job.settle(quiet_max);
    job.cluster().run_for(std::chrono::minutes(job.settings().sweep_minutes + 1));
    job.converge_all({{bucket}, {bucket}}, limit * 3);
  }
  report.summary += "one deployment: if a destination is lost, the other one goes on\n";
}

// What one protection has made stays; the functions learn of the second one with the next apply.
void a_deployment_that_grows(MatrixReport& report, Log* log) {
  DeployedJobOptions options{.seed = 14, .log = log, .protections = 2};
  options.change_settings = [](deploy::Settings& settings) { settings.protections.resize(1); };
  DeployedJob job(options);
  const deploy::Settings both = [&] { return DeployedJob({.seed = 14, .protections = 2}).settings(); }();
  job.deploy();
  const auto bucket = make(job, "data-1");
  tag(job, bucket, near);
  job.converge_all({{bucket}, {}}, limit);
  job.settle(quiet_max);
  const dr::Record before = *job.watch().record(bucket, near);
  const std::size_t jobs_before = jobs(job.cluster().source()).size();
  job.deployed().settings().protections = both.protections;
  job.deploy();
  job.cluster().run_for(std::chrono::minutes(job.settings().sweep_minutes + 1));
  job.settle(quiet_max);
  report.expect(jobs(job.cluster().source()).size() == jobs_before, "a deployment that grows: a new job");
  tag(job, bucket, vault);
  job.converge_all({{bucket}, {bucket}}, limit);
  const dr::Record after = *job.watch().record(bucket, near);
  report.expect(after.rule.generation == before.rule.generation && after.replica == before.replica,
                "a deployment that grows: the first protection began anew");
  expect_no_letters(report, job, "a deployment that grows");
  report.summary += "one deployment: a second protection is added later\n";
}

}  // namespace

MatrixReport several_protections(Log* log) {
  return run_parts({{"three protections of one bucket", three_of_one_bucket},
                    {"fifty buckets", fifty_buckets},
                    {"a lost destination", a_lost_destination},
                    {"a deployment that grows", a_deployment_that_grows}},
                   log);
}

}  // namespace s3dr::sim
