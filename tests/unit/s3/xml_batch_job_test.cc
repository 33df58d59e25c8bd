#include "s3/xml_batch_job.h"

#include <gtest/gtest.h>

#include "refusal.h"
#include "s3/replication_status.h"

namespace s3dr::s3 {
namespace {

// docs/protocol.md, Batch replication, without tags.
constexpr std::string_view golden =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<CreateJobRequest xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\">"
    "<ConfirmationRequired>false</ConfirmationRequired>"
    "<Operation><S3ReplicateObject/></Operation>"
    "<Report><Bucket>arn:aws:s3:::harbor-dr-reports</Bucket><Format>Report_CSV_20180820</"
    "Format><Enabled>true</Enabled>"
    "<Prefix>backfill</Prefix><ReportScope>FailedTasksOnly</ReportScope></Report>"
    "<ClientRequestToken>7b1c</ClientRequestToken>"
    "<Description>backfill harbor-ledger</Description>"
    "<Priority>10</Priority>"
    "<RoleArn>arn:aws:iam::111122223333:role/dr-s3-batch</RoleArn>"
    "<ManifestGenerator><S3JobManifestGenerator>"
    "<ExpectedBucketOwner>111122223333</ExpectedBucketOwner>"
    "<SourceBucket>arn:aws:s3:::harbor-ledger</SourceBucket>"
    "<ManifestOutputLocation><ExpectedManifestBucketOwner>111122223333</ExpectedManifestBucketOwner>"
    "<Bucket>arn:aws:s3:::harbor-dr-reports</Bucket><ManifestPrefix>m</ManifestPrefix>"
    "<ManifestEncryption><SSE-S3/></ManifestEncryption><ManifestFormat>S3InventoryReport_CSV_20211130</"
    "ManifestFormat>"
    "</ManifestOutputLocation>"
    "<Filter><EligibleForReplication>true</EligibleForReplication><CreatedBefore>2026-08-01T00:00:00Z</"
    "CreatedBefore>"
    "<ObjectReplicationStatuses><member>NONE</member><member>FAILED</member></ObjectReplicationStatuses></"
    "Filter>"
    "<EnableManifestOutput>true</EnableManifestOutput>"
    "</S3JobManifestGenerator></ManifestGenerator>"
    "</CreateJobRequest>";

CreateReplicationJob golden_value() {
  CreateReplicationJob job;
  job.account = AccountId::parse("111122223333");
  job.client_request_token = "7b1c";
  job.description = "backfill harbor-ledger";
  job.role_arn = "arn:aws:iam::111122223333:role/dr-s3-batch";
  job.source_bucket = BucketName::parse("harbor-ledger");
  job.report_bucket = BucketName::parse("harbor-dr-reports");
  job.report_prefix = "backfill";
  job.manifest_prefix = "m";
  job.created_before = Instant(milliseconds(1'785'542'400'000));
  job.statuses = {ReplicationStatus::none, ReplicationStatus::failed};
  return job;
}

// The golden request with one text replaced.
std::string altered(std::string_view from, std::string_view to) {
  std::string text(golden);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(XmlBatchJob, Golden) {
  EXPECT_EQ(write_create_job_request(golden_value()), golden);
  EXPECT_EQ(parse_create_job_request(golden), golden_value());
}

TEST(XmlBatchJob, PartitionIsThatOfTheRole) {
  CreateReplicationJob job = golden_value();
  job.role_arn = "arn:aws-cn:iam::111122223333:role/x";
  EXPECT_NE(write_create_job_request(job).find("<SourceBucket>arn:aws-cn:s3:::harbor-ledger<"),
            std::string::npos);
  EXPECT_EQ(parse_create_job_request(write_create_job_request(job)), job);
}

TEST(XmlBatchJob, WhatWouldBeIgnoredIsRefused) {
  const struct {
    const char* from;
    const char* to;
  } cases[] = {
      {"<S3ReplicateObject/>", "<S3PutObjectCopy/>"},
      {"<ConfirmationRequired>false", "<ConfirmationRequired>true"},
      {"FailedTasksOnly", "AllTasks"},
      {"Report_CSV_20180820", "Report_CSV_2030"},
      {"<EligibleForReplication>true", "<EligibleForReplication>false"},
      {"<EligibleForReplication>true</EligibleForReplication>", ""},
      {"<CreatedBefore>", "<CreatedAfter>2026-01-01T00:00:00Z</CreatedAfter><CreatedBefore>"},
      {"<ObjectReplicationStatuses>", "<KeyNameConstraint/><ObjectReplicationStatuses>"},
      {"<ManifestGenerator>",
       "<Tags><member><Key>a</Key><Value>b</Value></member></Tags><ManifestGenerator>"},
      {"<ManifestGenerator>", "<Manifest/><ManifestGenerator>"},
      {"<Bucket>arn:aws:s3:::harbor-dr-reports</Bucket><ManifestPrefix>",
       "<Bucket>arn:aws:s3:::elsewhere</Bucket><ManifestPrefix>"},
  };
  for (const auto& [from, to] : cases) {
    EXPECT_EQ(refusal_of([&] { parse_create_job_request(altered(from, to)); }), "invalid NotImplemented 501")
        << to;
  }
}

TEST(XmlBatchJob, Malformed) {
  const struct {
    const char* from;
    const char* to;
  } cases[] = {
      {"<ClientRequestToken>7b1c</ClientRequestToken>", ""},
      {"<ClientRequestToken>7b1c", "<ClientRequestToken>"},
      {"7b1c", "12345678901234567890123456789012345678901234567890123456789012345"},
      {"<Priority>10", "<Priority>ten"},
      {"<Priority>10", "<Priority>-1"},
      {"2026-08-01T00:00:00Z", "yesterday"},
      {"<member>NONE", "<member>PENDING"},
      {"<member>NONE", "<member>none"},
      {"<SourceBucket>arn:aws:s3:::harbor-ledger", "<SourceBucket>harbor-ledger"},
      {"<Enabled>true", "<Enabled>maybe"},
      {"</CreateJobRequest>", ""},
  };
  for (const auto& [from, to] : cases) {
    EXPECT_EQ(refusal_of([&] { parse_create_job_request(altered(from, to)); }), malformed) << to;
  }
  EXPECT_EQ(refusal_of([] { parse_create_job_request(""); }), malformed);
  EXPECT_EQ(refusal_of([] { parse_create_job_result("<CreateJobResult/>"); }), malformed);
  EXPECT_EQ(refusal_of([] { parse_describe_job_result("<DescribeJobResult/>"); }), malformed);
  EXPECT_EQ(refusal_of([] { parse_list_jobs_result("<Other/>"); }), malformed);
}

TEST(XmlBatchJob, Results) {
  EXPECT_EQ(parse_create_job_result(write_create_job_result("d5f9")), "d5f9");
  const JobDescription job = parse_describe_job_result(
      "<DescribeJobResult "
      "xmlns=\"u\"><Job><JobId>d5f9</JobId><JobArn>x</JobArn><Status>Active</Status><ProgressSummary>"
      "<TotalNumberOfTasks>1200</TotalNumberOfTasks><NumberOfTasksSucceeded>800</NumberOfTasksSucceeded>"
      "<NumberOfTasksFailed>3</NumberOfTasksFailed><Timers/></"
      "ProgressSummary><FailureReasons><member><FailureCode>A"
      "</FailureCode><FailureReason>b: c</FailureReason></member></FailureReasons>"
      "<CreationTime>2026-08-01T00:00:00.123456Z</CreationTime></Job></DescribeJobResult>");
  EXPECT_EQ(job.job_id, "d5f9");
  EXPECT_EQ(job.status, JobStatus::active);
  EXPECT_EQ(job.tasks_total, 1'200U);
  EXPECT_EQ(job.tasks_succeeded, 800U);
  EXPECT_EQ(job.tasks_failed, 3U);
  EXPECT_EQ(job.failure_reasons, (std::vector<std::string>{"A: b: c"}));
  EXPECT_EQ(job.created, Instant(milliseconds(1'785'542'400'123)));
  // The service model has the token in the request only.
  EXPECT_EQ(write_describe_job_result(job).find("ClientRequestToken"), std::string::npos);
}

TEST(XmlBatchJob, EveryStatusHasItsText) {
  for (const char* text : {"New", "Preparing", "Suspended", "Ready", "Active", "Completing", "Complete",
                           "Failing", "Failed", "Cancelling", "Cancelled", "Pausing", "Paused"}) {
    const auto status = parse_job_status(text);
    ASSERT_TRUE(status) << text;
    EXPECT_EQ(to_string(*status), text);
  }
  EXPECT_EQ(to_string(JobStatus::new_), "New");
  EXPECT_EQ(to_string(JobStatus::paused), "Paused");
  EXPECT_EQ(parse_job_status("active"), std::nullopt);
}

TEST(ReplicationStatusText, BothSpellingsOfCompleted) {
  EXPECT_EQ(parse_replication_status("COMPLETED"), ReplicationStatus::completed);
  EXPECT_EQ(parse_replication_status("COMPLETE"), ReplicationStatus::completed);
  EXPECT_EQ(parse_replication_status(""), ReplicationStatus::none);
  EXPECT_EQ(parse_replication_status("completed"), std::nullopt);
  for (const ReplicationStatus status :
       {ReplicationStatus::none, ReplicationStatus::pending, ReplicationStatus::completed,
        ReplicationStatus::failed, ReplicationStatus::replica}) {
    EXPECT_EQ(parse_replication_status(to_string(status)), status);
  }
}

}  // namespace
}  // namespace s3dr::s3
