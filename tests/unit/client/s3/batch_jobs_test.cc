#include "client/s3/batch_jobs.h"

#include "s3/xml_batch_job.h"
#include "unit/client/client_fixture.h"

namespace s3dr::client {
namespace {

class BatchJobsTest : public ClientTest {
 protected:
  std::unique_ptr<ports::BatchJobs> jobs(S3ClientOptions options = default_options()) {
    return make_batch_jobs(client(std::move(options)), account);
  }
  s3::CreateReplicationJob job() const {
    s3::CreateReplicationJob value;
    value.account = account;
    value.client_request_token = "p-1-1";
    value.description = "backfill harbor-ledger";
    value.role_arn = "arn:aws:iam::111122223333:role/dr-s3-batch";
    value.source_bucket = bucket;
    value.report_bucket = s3::BucketName::parse("harbor-dr-reports");
    value.report_prefix = "backfill";
    value.manifest_prefix = "m";
    value.statuses = {s3::ReplicationStatus::none, s3::ReplicationStatus::failed};
    return value;
  }
};

TEST_F(BatchJobsTest, CreateIsRepeatedWithTheSameBytes) {
  auto batch = jobs();
  transport.fail(ErrorKind::outcome_unknown)
      .answer(500)
      .answer(200, "<CreateJobResult><JobId>d5f9</JobId></CreateJobResult>");
  EXPECT_EQ(run(batch->create_job(job())), "d5f9");
  ASSERT_EQ(transport.count(), 3u);
  for (const auto& sent : transport.sent()) {
    EXPECT_EQ(sent.method, "POST");
    EXPECT_EQ(sent.target, "/v20180820/jobs");
    EXPECT_EQ(sent.endpoint.host, "111122223333.s3-control.eu-west-1.amazonaws.com");
    EXPECT_EQ(sent.header("x-amz-account-id"), "111122223333");
    EXPECT_EQ(sent.body, s3::write_create_job_request(job()));
    expect_signed(sent, "eu-west-1", clock.now());
  }
}

TEST_F(BatchJobsTest, CreateTellsAnotherJobUnderTheSameToken) {
  transport.answer(400,
                   "<ErrorResponse><Error><Code>IdempotencyException</Code><Message>differs</Message></Error>"
                   "<RequestId>r</RequestId></ErrorResponse>");
  const Error error = error_of(jobs()->create_job(job()));
  EXPECT_EQ(error.code(), "IdempotencyException");
  EXPECT_EQ(error.kind(), ErrorKind::invalid);
}

TEST_F(BatchJobsTest, DescribesAJob) {
  auto batch = jobs(custom_options());
  transport.answer(
      200,
      "<DescribeJobResult xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Job>"
      "<JobId>d5f9</JobId><Status>Active</Status><ProgressSummary><TotalNumberOfTasks>1200"
      "</TotalNumberOfTasks><NumberOfTasksSucceeded>800</NumberOfTasksSucceeded><NumberOfTasksFailed>3"
      "</NumberOfTasksFailed></ProgressSummary><CreationTime>2026-08-01T00:00:00Z</CreationTime></Job></"
      "DescribeJobResult>");
  const auto described = run(batch->describe_job("d5f9"));
  EXPECT_EQ(transport.last().target, "/v20180820/jobs/d5f9");
  EXPECT_EQ(transport.last().endpoint.port, 9101);
  ASSERT_TRUE(described);
  EXPECT_EQ(described->status, s3::JobStatus::active);
  EXPECT_EQ(described->tasks_failed, 3u);
  transport.answer(404, "<ErrorResponse><Error><Code>NoSuchJob</Code></Error></ErrorResponse>");
  EXPECT_FALSE(run(batch->describe_job("gone")));
  transport.answer(404, error_xml("NoSuchBucket", "<BucketName>v20180820</BucketName>"));
  EXPECT_EQ(error_of(batch->describe_job("x")).kind(), ErrorKind::unsupported);
  transport.answer(404, "");
  EXPECT_EQ(error_of(batch->describe_job("x")).kind(), ErrorKind::unsupported);
}

TEST_F(BatchJobsTest, AStoreWithoutJobsSaysSoInManyWays) {
  auto batch = jobs(custom_options());
  struct Answer {
    int status;
    std::string body;
  };
  for (const Answer& answer : std::vector<Answer>{{400, ""},
                                                  {400, error_xml("InvalidRequest")},
                                                  {400, error_xml("InvalidBucketName")},
                                                  {404, ""},
                                                  {404, error_xml("NoSuchBucket")},
                                                  {404, error_xml("NoSuchKey")},
                                                  {404, "<html>not here</html>"},
                                                  {405, error_xml("MethodNotAllowed")},
                                                  {405, ""},
                                                  {501, error_xml("NotImplemented")}}) {
    transport.answer(answer.status, answer.body);
    EXPECT_EQ(error_of(batch->list_active_jobs("")).kind(), ErrorKind::unsupported)
        << answer.status << " " << answer.body;
  }
  // What AWS refuses is no missing service.
  transport.answer(400, error_xml("BadRequestException"));
  EXPECT_EQ(error_of(batch->list_active_jobs("")).kind(), ErrorKind::invalid);
  transport.answer(403, error_xml("AccessDenied"));
  EXPECT_EQ(error_of(batch->list_active_jobs("")).kind(), ErrorKind::denied);
  transport.answer(400, error_xml("InvalidRequest"));
  EXPECT_EQ(error_of(batch->create_job(job())).kind(), ErrorKind::invalid);
}

TEST_F(BatchJobsTest, ListsJobs) {
  auto batch = jobs();
  s3::JobPage page;
  page.jobs.push_back({"d5f9", s3::JobStatus::active, "backfill", clock.now()});
  page.jobs.push_back({"old", s3::JobStatus::complete, "backfill", clock.now()});
  page.next_token = "t";
  transport.answer(200, s3::write_list_jobs_result(page));
  const s3::JobPage listed = run(batch->list_active_jobs(""));
  ASSERT_EQ(listed.jobs.size(), 1u);  // a store that ignores the parameter lists ended ones, too
  EXPECT_EQ(listed.jobs[0].job_id, "d5f9");
  EXPECT_EQ(listed.jobs[0].operation, "S3ReplicateObject");
  EXPECT_EQ(transport.last().target,
            "/v20180820/jobs?jobStatuses=New&jobStatuses=Preparing&jobStatuses=Suspended&jobStatuses=Ready"
            "&jobStatuses=Active&jobStatuses=Completing&jobStatuses=Failing&jobStatuses=Cancelling"
            "&jobStatuses=Pausing&jobStatuses=Paused&maxResults=100");
  transport.answer(200, s3::write_list_jobs_result(page));
  EXPECT_EQ(error_of(batch->list_active_jobs("t")).kind(), ErrorKind::corrupt);
}

TEST_F(BatchJobsTest, ReadsAReportPieceByPiece) {
  auto batch = jobs();
  const auto reports = s3::BucketName::parse("harbor-dr-reports");
  transport.answer(206, "<Error/>,v1,failed");  // a file may hold anything
  EXPECT_EQ(run(batch->read_report(reports, "backfill/job-1/results/b2.csv", 7)), "<Error/>,v1,failed");
  EXPECT_EQ(transport.last().header("Range"), "bytes=7-262150");
  EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "111122223333");
  transport.answer(200, "0123456789");  // a store that ignores the range
  EXPECT_EQ(run(batch->read_report(reports, "k", 7)), "789");
  transport.answer(200, "0123456789");
  EXPECT_EQ(run(batch->read_report(reports, "k", 10)), "");
  transport.answer(416, error_xml("InvalidRange"));
  EXPECT_EQ(run(batch->read_report(reports, "k", 10)), "");
  transport.answer(404, error_xml("NoSuchKey"));
  EXPECT_EQ(run(batch->read_report(reports, "k", 0)), std::nullopt);
  transport.answer(403, error_xml("AccessDenied"));
  EXPECT_EQ(error_of(batch->read_report(reports, "k", 0)).kind(), ErrorKind::denied);
}

}  // namespace
}  // namespace s3dr::client
