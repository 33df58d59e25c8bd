// The backfill over the model of two regions: what a job that found nothing means, how many jobs may run, the waits
// that a store asks for, and a store that has no jobs at all.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "functions/record_store.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using functions::Outcome;
using test::Call;
using test::FakePorts;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");

s3::ObjectVersion version(const std::string& key, const std::string& storage_class, Instant at) {
  s3::ObjectVersion result;
  result.key = s3::ObjectKey(key);
  result.version_id = s3::VersionId("v1");
  result.storage_class = storage_class;
  result.last_modified = at;
  return result;
}

// tests/data/inputs/job-empty.json: its first line says what is expected.
s3::JobDescription described_by_aws() {
  std::ifstream file(std::string(S3DR_TEST_DATA) + "/inputs/job-empty.json");
  std::string expectation;
  std::getline(file, expectation);
  std::stringstream rest;
  rest << file.rdbuf();
  const boost::json::value input = boost::json::parse(rest.str());
  s3::JobDescription job;
  job.job_id = input.at("JobId").as_string();
  job.status = s3::parse_job_status(std::string_view(input.at("Status").as_string())).value();
  job.tasks_total = input.at("ProgressSummary").at("TotalNumberOfTasks").to_number<std::uint64_t>();
  for (const auto& reason : input.at("FailureReasons").as_array()) {
    job.failure_reasons.push_back(std::string(reason.at("FailureCode").as_string()) + ": " +
                                  std::string(reason.at("FailureReason").as_string()));
  }
  return job;
}

struct BackfillTest : ::testing::Test {
  FakePorts ports;
  void SetUp() override { ports.world.add_source(ledger, {{"dr", "true"}}); }
  dr::Record record() { return *ports.world.record(ledger); }
  const s3::ReplicationRule* our_rule() {
    const auto& configuration = ports.world.buckets.at(ledger).replication;
    return configuration ? dr::find_rule(*configuration, dr::rule_id(ports.world.policy, ledger)) : nullptr;
  }
  // Every job ends in AWS's words for "nothing found", one second after it was created.
  void jobs_find_nothing() {
    ports.after = [this](const Call& call) {
      if (call.name != "jobs.create_job") return;
      for (auto& [token, job] : ports.world.jobs) {
        s3::JobDescription& about = job.description;
        const std::string id = about.job_id;
        about = described_by_aws();
        about.job_id = id;
        about.created = ports.clock.now();
      }
    };
  }
};

TEST_F(BackfillTest, an_empty_bucket_is_backfilled_by_its_first_job) {
  jobs_find_nothing();
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().backfill->status, dr::BackfillStatus::complete);
  EXPECT_EQ(record().reason, "backfill complete: there was nothing to replicate");
}

// AWS: DescribeJob may not know a job right after CreateJob has answered.
TEST_F(BackfillTest, a_job_that_the_store_does_not_know_yet_is_not_made_again) {
  ports.world.policy.store.after_new_job = milliseconds(300'000);
  ports.unknown_looks = 3;
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(record().state, dr::State::verifying);
}

TEST_F(BackfillTest, a_job_that_stays_unknown_is_a_failed_attempt) {
  ports.world.policy.store.after_new_job = milliseconds(1'000);
  ports.world.policy.backfill_attempts_max = 2;
  ports.unknown_looks = 1'000'000;
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 2u);
  EXPECT_EQ(record().state, dr::State::degraded);
}

TEST_F(BackfillTest, archived_objects_only_are_named_as_not_replicable) {
  jobs_find_nothing();
  ports.page_size = 2;
  auto& versions = ports.world.buckets.at(ledger).versions;
  for (const char* key : {"a", "b", "c"}) versions.push_back(version(key, "GLACIER", Instant{}));
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(record().backfill->status, dr::BackfillStatus::complete);
  EXPECT_EQ(record().backfill->not_replicable, 3u);
  EXPECT_EQ(
      record().reason,
      "backfill complete: 3 archived versions are not replicable: S3 does not replicate archive classes");
  // It stays said, whatever else is recorded.
  const auto plan =
      dr::plan(ports.world.policy, ports.world.observe(ledger, ports.clock.now()), ports.clock.now());
  ASSERT_EQ(plan.warnings.size(), 1u);
  EXPECT_NE(plan.warnings[0].find("3 archived versions are not replicable"), std::string::npos);
}

TEST_F(BackfillTest, what_a_listing_shows_before_its_end_is_not_called_all) {
  jobs_find_nothing();
  ports.page_size = 2;
  auto& versions = ports.world.buckets.at(ledger).versions;
  for (int i = 0; i < 30; ++i)
    versions.push_back(version("key-" + std::to_string(10 + i), "GLACIER", Instant{}));
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().backfill->status, dr::BackfillStatus::complete);
  EXPECT_EQ(record().reason,
            "backfill complete: at least 20 archived versions are not replicable: S3 does not replicate "
            "archive classes");
  const auto plan =
      dr::plan(ports.world.policy, ports.world.observe(ledger, ports.clock.now()), ports.clock.now());
  ASSERT_EQ(plan.warnings.size(), 1u);
  EXPECT_TRUE(plan.warnings[0].starts_with("at least 20 archived versions")) << plan.warnings[0];
}

TEST_F(BackfillTest, a_listing_that_shows_only_later_versions_does_not_say_that_there_was_nothing) {
  jobs_find_nothing();
  ports.page_size = 2;
  auto& versions = ports.world.buckets.at(ledger).versions;
  for (int i = 0; i < 30; ++i)
    versions.push_back(
        version("key-" + std::to_string(10 + i), "STANDARD", ports.clock.now() + milliseconds(3'600'000)));
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().backfill->status, dr::BackfillStatus::complete);
  EXPECT_EQ(
      record().reason,
      "backfill complete: the job found nothing, and neither does a listing as far as it was read; there "
      "is more to list");
}

TEST_F(BackfillTest, a_job_that_missed_what_the_listing_shows_is_a_failed_attempt) {
  jobs_find_nothing();
  auto& versions = ports.world.buckets.at(ledger).versions;
  versions.push_back(version("a", "GLACIER", Instant{}));
  versions.push_back(version("b", "STANDARD", Instant{}));
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 5u);
  EXPECT_EQ(record().state, dr::State::degraded);
}

TEST_F(BackfillTest, what_was_written_after_the_job_is_the_rules_work) {
  jobs_find_nothing();
  ports.world.buckets.at(ledger).versions.push_back(
      version("later", "STANDARD", ports.clock.now() + milliseconds(3'600'000)));
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(record().state, dr::State::verifying);
}

TEST_F(BackfillTest, without_the_right_to_list_nothing_is_concluded) {
  jobs_find_nothing();
  ports.before = [](const Call& call) {
    if (call.name == "source.list_object_versions") throw Error(ErrorKind::denied, "AccessDenied");
  };
  const auto outcomes = ports.run_to_rest(ledger);
  EXPECT_EQ(outcomes.back().kind, Outcome::Kind::blocked);
  EXPECT_EQ(record().state, dr::State::backfilling);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
}

TEST_F(BackfillTest, a_seventh_job_waits_and_says_so) {
  for (int i = 0; i < 6; ++i) {
    ports.world.other_jobs.jobs.push_back(
        {"other-" + std::to_string(i), s3::JobStatus::active, "theirs", {}, "S3ReplicateObject"});
  }
  // Jobs of another kind take no place.
  ports.world.other_jobs.jobs.push_back({"copy", s3::JobStatus::active, "copy", {}, "S3PutObjectCopy"});
  EXPECT_THROW(ports.run_to_rest(ledger, 20), std::runtime_error);  // it looks again and again
  EXPECT_TRUE(ports.world.jobs.empty());
  EXPECT_EQ(record().state, dr::State::backfilling);
  EXPECT_EQ(record().reason, "waits: 6 jobs are active");
  const auto history = record().history.size();
  EXPECT_NE(our_rule(), nullptr);
  ports.world.other_jobs.jobs.pop_back();
  ports.world.other_jobs.jobs.pop_back();
  ports.queue.clear();
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_LE(record().history.size(), history + 2);  // the wait was recorded once
}

TEST_F(BackfillTest, the_limit_is_the_store_profiles) {
  ports.world.policy.store.active_jobs_max = 1;
  ports.world.other_jobs.jobs.push_back({"other", s3::JobStatus::active, "theirs", {}, "S3ReplicateObject"});
  EXPECT_THROW(ports.run_to_rest(ledger, 20), std::runtime_error);
  EXPECT_EQ(record().reason, "waits: 1 jobs are active");
}

TEST_F(BackfillTest, on_aws_the_job_waits_until_versioning_and_rule_hold) {
  ports.world.policy.store = dr::profile_of(dr::StoreKind::aws);
  const Instant begin = ports.clock.now();
  ports.run_to_rest(ledger);
  ASSERT_EQ(ports.world.jobs.size(), 1u);
  ASSERT_TRUE(record().first_versioned);
  EXPECT_EQ(*record().first_versioned, begin);
  // One job after the first 15 minutes takes in what was written in them.
  EXPECT_GE(ports.clock.now() - begin, milliseconds(15 * 60'000));
  EXPECT_TRUE(ports.world.jobs.begin()->second.inputs.statuses.empty());
  EXPECT_EQ(record().state, dr::State::verifying);
}

TEST_F(BackfillTest, on_aws_a_versioned_source_waits_for_the_new_rule_only) {
  ports.world.policy.store = dr::profile_of(dr::StoreKind::aws);
  ports.world.buckets.at(ledger).versioning = s3::Versioning::enabled;
  const Instant begin = ports.clock.now();
  ports.run_to_rest(ledger);
  EXPECT_FALSE(record().first_versioned);
  EXPECT_GE(ports.clock.now() - begin, milliseconds(5 * 60'000));
  EXPECT_LT(ports.clock.now() - begin, milliseconds(15 * 60'000));
}

TEST_F(BackfillTest, a_store_without_jobs_gets_the_rule_and_says_what_is_missing) {
  ports.world.has_batch_jobs = false;
  ports.run_to_rest(ledger);
  ASSERT_NE(our_rule(), nullptr);
  EXPECT_EQ(our_rule()->status, s3::Switch::enabled);
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().backfill->status, dr::BackfillStatus::unavailable);
  EXPECT_EQ(record().reason, "existing objects are not backfilled: the store has no batch jobs");
  EXPECT_FALSE(dr::is_verified(record()));
  // At rest: another look writes nothing.
  ports.forget_calls();
  ports.run_to_rest(ledger);
  EXPECT_TRUE(ports.writes.empty());
  // A comparison that finds both sides equal is as good a proof as any.
  dr::Verification run;
  run.level = dr::VerifyLevel::head;
  run.generation = 1;
  run.differences = 1;
  EXPECT_EQ(dr::apply_verification(record(), run).state, dr::State::verifying);
  run.differences = 0;
  EXPECT_EQ(dr::apply_verification(record(), run).state, dr::State::protected_);
}

TEST_F(BackfillTest, a_store_that_gets_jobs_later_is_backfilled) {
  ports.world.has_batch_jobs = false;
  ports.run_to_rest(ledger);
  ports.world.has_batch_jobs = true;
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(record().backfill->status, dr::BackfillStatus::complete);
  EXPECT_EQ(record().rule.generation, 1);
}

}  // namespace
}  // namespace s3dr
