// Batch replication jobs as AWS runs them: what a job says that finds nothing, and how many may be active.
#include "aws/hash.h"
#include "base/encoding.h"
#include "s3/batch_report.h"
#include "s3/xml_batch_job.h"
#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {
namespace {

using cloud::alice;

class BatchJobsTest : public RolesTest {
 protected:
  BatchJobsTest() {
    create_bucket(west(), "ledger");
    enable_versioning(west(), "ledger");
    create_bucket(west(), "reports");
    create_bucket(east(), "ledger-dr");
    enable_versioning(east(), "ledger-dr");
    const std::string xml =
        "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>" +
        role_arn("copier") +
        "</Role><Rule><ID>r-1</ID><Priority>1</Priority><Filter/><Status>Enabled</Status><Destination>"
        "<Bucket>arn:aws:s3:::ledger-dr</Bucket></Destination><DeleteMarkerReplication><Status>Enabled"
        "</Status></DeleteMarkerReplication></Rule></ReplicationConfiguration>";
    EXPECT_EQ(send({"PUT", "/ledger?replication", xml}).status, 200);
  }
  ~BatchJobsTest() override {
    working.cancel();
    test::settle(io);
  }
  void work() {
    test::start(io, west().run(), working);
    test::settle(io);
  }
  cloud::Reply create(const std::string& token, bool omits_manifest = false) {
    s3::CreateReplicationJob job;
    job.omits_manifest = omits_manifest;
    job.account = s3::AccountId::parse(alice.id);
    job.client_request_token = token;
    job.description = "backfill";
    job.role_arn = role_arn("batch");
    job.source_bucket = s3::BucketName::parse("ledger");
    job.report_bucket = s3::BucketName::parse("reports");
    job.report_prefix = "r";
    job.manifest_prefix = "m";
    return send({"POST", "/v20180820/jobs", s3::write_create_job_request(job), control()});
  }
  s3::JobDescription describe(const std::string& id) {
    return s3::parse_describe_job_result(send({"GET", "/v20180820/jobs/" + id, "", control()}).body);
  }
  static Headers control() {
    Headers headers;
    headers.add("x-amz-account-id", alice.id);
    return headers;
  }

  test::Outcome working;
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
    const std::string xml =
        "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>" +
        role_arn("copier") +
        "</Role><Rule><ID>r-1</ID><Priority>1</Priority><Filter/><Status>Enabled</Status><Destination>"
        "<Bucket>arn:aws:s3:::ledger-dr</Bucket></Destination><DeleteMarkerReplication><Status>Enabled"
        "</Status></DeleteMarkerReplication></Rule></ReplicationConfiguration>";
    EXPECT_EQ(send({"PUT", "/ledger?replication", xml}).status, 200);
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
  EXPECT_NE(without.find("/results/"), std::string::npos) << without;
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

}  // namespace
}  // namespace s3dr::services
