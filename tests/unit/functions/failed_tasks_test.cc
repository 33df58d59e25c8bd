// A backfill job runs every rule of the bucket. Its failed tasks are ours only if our replica lacks the versions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functions/failed_tasks.h"
#include "support/fake_ports.h"

namespace s3dr {
namespace {

using test::Call;
using test::FakePorts;
using testing::HasSubstr;

const s3::BucketName ledger = s3::BucketName::parse("ledger");
const s3::BucketName ledger_dr = s3::BucketName::parse("ledger-dr");

s3::ObjectVersion version(const std::string& key, const std::string& id) {
  s3::ObjectVersion result;
  result.key = s3::ObjectKey(key);
  result.version_id = s3::VersionId(id);
  return result;
}

struct FailedTasksTest : ::testing::Test {
  FakePorts ports;
  std::string rows;
  std::uint64_t failed = 0;  // of each job
  bool has_manifest = true;

  void SetUp() override {
    ports.world.add_source(ledger, {{"dr", "true"}});
    ports.world.policy.backfill_attempts_max = 2;
    ports.after = [this](const Call& call) {
      if (call.name != "jobs.create_job") return;
      for (auto& [token, job] : ports.world.jobs) {
        s3::JobDescription& about = job.description;
        about.status = s3::JobStatus::complete;
        about.tasks_total = failed + 4;
        about.tasks_failed = failed;
        about.tasks_succeeded = 4;
        const std::string folder = job.inputs.report_prefix + "/job-" + about.job_id + "/";
        if (has_manifest) ports.world.reports[folder + "manifest.json"] = manifest(folder);
        ports.world.reports[folder + "results/b2.csv"] = rows;
      }
    };
  }
  std::string manifest(const std::string& folder) const {
    return R"({"Format":"Report_CSV_20180820","Results":[{"TaskExecutionStatus":"failed","Bucket":")" +
           ports.world.policy.reports_bucket.text() + R"(","Key":")" + folder +
           R"(results/b2.csv"}],"ReportSchema":"Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, )"
           R"(ResultMessage"})";
  }
  void fail(const std::string& key, const std::string& id) {
    rows += "ledger," + key + "," + id + ",failed,404,DstBucketNotFound,\"no, not there\"\n";
    ++failed;
  }
  // The replica's versions, in place before its bucket is observed.
  void replicate(std::vector<s3::ObjectVersion> versions) {
    const auto before = ports.after;
    ports.after = [this, before, versions](const Call& call) {
      before(call);
      if (call.name == "destination.create_bucket") ports.world.buckets.at(ledger_dr).versions = versions;
    };
  }
  void still_at_source(const std::string& key, const std::string& id) {
    ports.world.buckets.at(ledger).seen_versions.push_back(
        {s3::ObjectKey(key), s3::VersionId(id), Instant{}});
  }
  dr::Record record() { return *ports.world.record(ledger); }
  void others_have_a_rule(s3::Switch status = s3::Switch::enabled) {
    s3::ReplicationRule rule;
    rule.id = "theirs";
    rule.status = status;
    rule.priority = 7;
    rule.filter.emplace();
    rule.destination.bucket_arn = "arn:aws:s3:::elsewhere";
    ports.world.add_destination(s3::BucketName::parse("elsewhere")).versioning = s3::Versioning::enabled;
    test::ModelBucket& source = ports.world.buckets.at(ledger);
    source.versioning = s3::Versioning::enabled;
    source.replication = s3::ReplicationConfiguration{ports.world.policy.replication_role_arn, {rule}};
  }
};

// Nobody else replicates this bucket: the object is there, its annotations may not be.
TEST_F(FailedTasksTest, without_rules_of_others_a_failed_task_is_ours_though_the_version_is_there) {
  others_have_a_rule(s3::Switch::disabled);
  fail("a", "v1");
  replicate({version("a", "v1")});
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().state, dr::State::degraded);
  EXPECT_THAT(record().reason, HasSubstr("1 version is on the replica, but not whole"));
  EXPECT_THAT(record().reason, HasSubstr("s3:GetObjectVersionAnnotationForReplication"));
  EXPECT_EQ(record().backfill->tasks_failed_elsewhere, 0u);
}

TEST_F(FailedTasksTest, a_broken_rule_of_others_does_not_degrade_ours) {
  fail("a", "v1");
  fail("b/c", "v2");
  fail("b/c", "v3");
  others_have_a_rule();
  replicate({version("a", "v1"), version("aa", "v9"), version("b/c", "v3"), version("b/c", "v2")});
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().reason, "backfill complete: 3 tasks failed for other rules' destinations");
  EXPECT_EQ(record().backfill->tasks_failed_elsewhere, 3u);
  // It stays said.
  const auto plan =
      dr::plan(ports.world.policy, ports.world.observe(ledger, ports.clock.now()), ports.clock.now());
  EXPECT_THAT(plan.warnings, testing::ElementsAre(HasSubstr("failed for destinations of other rules")));
}

TEST_F(FailedTasksTest, a_version_that_our_replica_lacks_degrades) {
  fail("a", "v1");
  fail("b", "v2");
  fail("c", "v3");
  others_have_a_rule();
  replicate({version("a", "v1"), version("b", "another")});
  still_at_source("b", "v2");
  still_at_source("c", "v3");
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 2u);
  EXPECT_EQ(record().state, dr::State::degraded);
  EXPECT_THAT(record().reason, HasSubstr("2 versions are missing on the replica"));
  EXPECT_THAT(record().reason, HasSubstr("1 task failed for other rules' destinations"));
}

TEST_F(FailedTasksTest, a_version_that_was_purged_at_the_source_is_not_missing) {
  fail("a", "v1");
  replicate({});
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().state, dr::State::verifying);
  EXPECT_EQ(record().reason, "backfill complete: 1 failed version was purged at the source meanwhile");
}

TEST_F(FailedTasksTest, an_unreadable_report_stays_degraded_and_says_that_it_is_unknown) {
  fail("a", "v1");
  replicate({version("a", "v1")});
  ports.before = [](const Call& call) {
    if (call.name == "jobs.read_report") throw Error(ErrorKind::denied, "AccessDenied, s3:GetObject");
  };
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().state, dr::State::degraded);
  EXPECT_THAT(record().reason, HasSubstr("For which destinations is unknown: "));
  EXPECT_THAT(record().reason, HasSubstr("s3:GetObject"));
}

TEST_F(FailedTasksTest, no_report_or_another_one_is_unknown_too) {
  fail("a", "v1");
  replicate({version("a", "v1")});
  has_manifest = false;
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().state, dr::State::degraded);
  EXPECT_THAT(record().reason, HasSubstr("unknown: the job left no report"));
}

TEST_F(FailedTasksTest, a_report_of_fewer_rows_than_failed_tasks_is_unknown) {
  fail("a", "v1");
  ++failed;
  replicate({version("a", "v1")});
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().state, dr::State::degraded);
  EXPECT_THAT(record().reason, HasSubstr("the report names only 1 of them"));
}

TEST_F(FailedTasksTest, over_the_bound_it_says_so_and_stays_degraded) {
  std::vector<s3::ObjectVersion> there;
  for (std::size_t i = 0; i <= functions::failed_rows_max; ++i) {
    fail("k" + std::to_string(i), "v");
    there.push_back(version("k" + std::to_string(i), "v"));
  }
  ports.report_piece = 10'000;
  replicate(there);
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().state, dr::State::degraded);
  EXPECT_THAT(record().reason, HasSubstr("more than 1000 failed tasks"));
}

TEST_F(FailedTasksTest, a_report_that_cannot_be_read_just_now_is_read_again) {
  others_have_a_rule();
  fail("a", "v1");
  others_have_a_rule();
  replicate({version("a", "v1")});
  int asked = 0;
  ports.before = [&](const Call& call) {
    if (call.name == "jobs.read_report" && ++asked == 1) throw Error(ErrorKind::unavailable, "503");
  };
  ports.run_to_rest(ledger);
  EXPECT_EQ(ports.world.jobs.size(), 1u);
  EXPECT_EQ(record().state, dr::State::verifying);
}

TEST_F(FailedTasksTest, a_long_replica_is_not_listed_from_end_to_end) {
  std::vector<s3::ObjectVersion> there;
  for (int i = 1'000; i < 9'000; ++i) there.push_back(version("k" + std::to_string(i), "v"));
  others_have_a_rule();
  fail("k1500", "v");
  fail("k8500", "v");
  others_have_a_rule();
  replicate(there);
  ports.page_size = 100;
  ports.run_to_rest(ledger);
  EXPECT_EQ(record().state, dr::State::verifying);
  int listed = 0;
  for (const Call& call : ports.calls) listed += call.name == "destination.list_object_versions" ? 1 : 0;
  EXPECT_GE(listed, 2);
  EXPECT_LE(listed, 4);
}

}  // namespace
}  // namespace s3dr
