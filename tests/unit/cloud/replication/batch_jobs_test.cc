// Batch replication jobs as AWS runs them: what a job says that finds nothing, and how many may be active.
#include "aws/hash.h"
#include "base/encoding.h"
#include "cloud/store/job_tasks.h"
#include "cloud/store/replication_queue.h"
#include "s3/batch_report.h"
#include "unit/cloud/replication/backfill_fixture.h"

namespace s3dr::services {
namespace {

class BatchJobsTest : public BackfillTest {
 protected:
  BatchJobsTest() { put_rule(); }

  std::string text_of(std::string_view sql) {
    std::string text;
    auto rows = west().context().database.reader().prepare(sql);
    while (rows.step()) text += rows.text(0) + "\n";
    return text;
  }
  // What is kept, and what the rows say.
  void expect_counts_equal_rows() {
    EXPECT_EQ(
        text_of("SELECT id || ' ' || tasks_total || ' ' || tasks_succeeded || ' ' || tasks_failed FROM job"),
        text_of("SELECT job.id || ' ' || COUNT(job_task.job) || ' ' || COALESCE(SUM(state = 1), 0) || ' ' "
                "|| COALESCE(SUM(state = 2), 0) FROM job LEFT JOIN job_task ON job_task.job = job.id "
                "GROUP BY job.id"));
    EXPECT_EQ(text_of("SELECT bucket || ' ' || destination || ' ' || rule_id || ' ' || operations || ' ' || "
                      "bytes FROM replication_pending WHERE operations <> 0 OR bytes <> 0"),
              text_of("SELECT bucket || ' ' || destination || ' ' || rule_id || ' ' || COUNT(*) || ' ' || "
                      "SUM(size) FROM replication_task JOIN object_version ON object_version.id = "
                      "object_version GROUP BY bucket, destination, rule_id"));
  }
  std::string put(const std::string& key, const std::string& data) {
    const cloud::Reply reply = send({"PUT", "/ledger/" + key, data});
    EXPECT_EQ(reply.status, 200);
    return reply.header("x-amz-version-id");
  }
  void purge(const std::string& key, const std::string& version) {
    EXPECT_EQ(send({"DELETE", "/ledger/" + key + "?versionId=" + version}).status, 204);
    test::settle(io);
  }
  void pass_a_minute() {
    for (int i = 0; i < 60; ++i) {
      clock.advance(std::chrono::seconds(1));
      test::settle(io);
    }
  }
};

TEST_F(BatchJobsTest, AJobThatFindsNothingFailsInTheWordsOfAws) {
  work();
  const std::string id = s3::parse_create_job_result(create("t-1").body);
  test::settle(io);
  const s3::JobDescription job = describe(id);
  EXPECT_EQ(job.status, s3::JobStatus::failed);
  EXPECT_EQ(job.tasks_total, 0u);
  ASSERT_EQ(job.failure_reasons.size(), 1u);
  EXPECT_EQ(job.failure_reasons[0],
            "ManifestGenerationFailure: Manifest generation found no keys matching the filter criteria.");
  // No task ran, so there is no report.
  EXPECT_EQ(send({"GET", "/reports?list-type=2"}).body.find("<Key>"), std::string::npos);
}

// EnableManifestOutput=false: the report alone is written.
TEST_F(BatchJobsTest, AManifestIsWrittenOnlyWhereItIsWanted) {
  work();
  send({"DELETE", "/ledger?replication"});
  send({"PUT", "/ledger/key", "from before the rule"});
  const auto keys_after = [&](const std::string& token, bool omits_manifest) {
    put_rule();
    clock.advance(std::chrono::seconds(1));  // the job takes what was written before it
    const std::string id = s3::parse_create_job_result(create(token, omits_manifest).body);
    for (int i = 0; i < 100 && !s3::is_at_an_end(describe(id).status); ++i) {
      clock.advance(std::chrono::seconds(1));
      test::settle(io);
    }
    const s3::JobDescription job = describe(id);
    EXPECT_EQ(job.status, s3::JobStatus::complete)
        << (job.failure_reasons.empty() ? "" : job.failure_reasons.at(0));
    return send({"GET", "/reports?list-type=2&prefix="}).body;
  };
  const std::string without = keys_after("t-1", true);
  EXPECT_NE(without.find("/manifest.json"), std::string::npos) << without;
  EXPECT_EQ(without.find("manifest.csv"), std::string::npos) << without;
  const std::string with = keys_after("t-2", false);
  EXPECT_NE(with.find("manifest.csv"), std::string::npos) << with;
}

TEST_F(BatchJobsTest, AFailedTaskIsInTheReportAsAwsWritesIt) {
  EXPECT_EQ(send({"PUT", "/ledger/a%2C%20b", "body"}).status, 200);
  EXPECT_EQ(send(east(), cloud::Call{"DELETE", "/ledger-dr"}).status, 204);
  work();
  const std::string id = s3::parse_create_job_result(create("t-1").body);
  test::settle(io);
  const s3::JobDescription job = describe(id);
  EXPECT_EQ(job.status, s3::JobStatus::complete);
  EXPECT_EQ(job.tasks_failed, 1u);
  const std::string manifest = send({"GET", "/reports/" + s3::report_manifest_key("r", id)}).body;
  const auto files = s3::parse_report_manifest(manifest);
  ASSERT_EQ(files.size(), 1u) << manifest;
  EXPECT_EQ(files[0].bucket.text(), "reports");
  EXPECT_TRUE(files[0].key.starts_with("r/job-" + id + "/results/")) << files[0].key;
  const std::string csv = send({"GET", "/reports/" + files[0].key}).body;
  EXPECT_NE(manifest.find("\"MD5Checksum\":\"" + to_hex(aws::md5(csv)) + "\""), std::string::npos);
  EXPECT_TRUE(csv.starts_with("ledger,a%2C%20b,")) << csv;
  EXPECT_NE(csv.find(",failed,404,DstBucketNotFound,\""), std::string::npos) << csv;
}

TEST_F(BatchJobsTest, TheSeventhActiveJobIsRefusedAndARepeatedOneIsNot) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(create("t-" + std::to_string(i)).status, 200);
  const cloud::Reply seventh = create("t-6");
  EXPECT_EQ(seventh.status, 429);
  EXPECT_NE(seventh.body.find("TooManyRequestsException"), std::string::npos) << seventh.body;
  EXPECT_EQ(create("t-3").status, 200);
  work();  // all six come to their end
  EXPECT_EQ(create("t-6").status, 200);
}

TEST_F(BatchJobsTest, CountsEqualTheRowsWhateverBecomesOfAVersion) {
  wires.cut.insert("us-east-2");
  std::vector<std::string> versions;
  for (const char* key : {"a", "b", "c", "d", "e"}) versions.push_back(put(key, std::string(10, 'x')));
  work();
  const std::string id = s3::parse_create_job_result(create("t-1").body);
  test::settle(io);
  EXPECT_EQ(describe(id).tasks_total, 5u);
  expect_counts_equal_rows();
  purge("a", versions[0]);
  purge("b", versions[1]);
  EXPECT_EQ(send({"PUT", "/ledger/c?tagging",
                  "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"})
                .status,
            200);  // replaces the entry of the version
  put("f", "later");
  EXPECT_EQ(describe(id).tasks_total, 3u);
  EXPECT_EQ(describe(id).status, s3::JobStatus::active);
  expect_counts_equal_rows();
  // The region is killed and starts again.
  stop();
  start("us-west-2");
  expect_counts_equal_rows();
  work();
  wires.cut.clear();
  pass_a_minute();
  EXPECT_EQ(describe(id).tasks_succeeded, 3u);
  EXPECT_EQ(describe(id).status, s3::JobStatus::complete);
  expect_counts_equal_rows();
  EXPECT_EQ(text_of("SELECT id FROM replication_task"), "");
}

TEST_F(BatchJobsTest, AJobWhoseLastVersionsAreDeletedEnds) {
  wires.cut.insert("us-east-2");
  const std::string version = put("a", "data");
  work();
  const std::string id = s3::parse_create_job_result(create("t-1").body);
  test::settle(io);
  EXPECT_EQ(describe(id).status, s3::JobStatus::active);
  purge("a", version);
  pass_a_minute();
  EXPECT_EQ(describe(id).status, s3::JobStatus::complete);
  EXPECT_EQ(describe(id).tasks_total, 0u);
}

TEST_F(BatchJobsTest, TheStartSetsWrongCountsRight) {
  wires.cut.insert("us-east-2");
  put("a", "data");
  put("b", "data");
  work();
  const std::string id = s3::parse_create_job_result(create("t-1").body);
  test::settle(io);
  stop();
  // An earlier release kept the tasks of purged versions, and no numbers of the queue.
  west().context().database.reader().execute(
      "INSERT INTO job_task (job, object_version) SELECT id, 4711 FROM job; UPDATE job SET tasks_total = 9; "
      "DELETE FROM replication_pending");
  start("us-west-2");
  expect_counts_equal_rows();
  EXPECT_EQ(describe(id).tasks_total, 2u);
}

}  // namespace
}  // namespace s3dr::services
