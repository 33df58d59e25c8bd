// A bucket with a live rule, its replica, and batch jobs over it.
#pragma once

#include "s3/xml_batch_job.h"
#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {

class BackfillTest : public RolesTest {
 protected:
  BackfillTest() {
    create_bucket(west(), "ledger");
    enable_versioning(west(), "ledger");
    create_bucket(west(), "reports");
    create_bucket(east(), "ledger-dr");
    enable_versioning(east(), "ledger-dr");
  }
  ~BackfillTest() override { stop(); }

  void put_rule() {
    const std::string xml =
        "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>" +
        role_arn("copier") +
        "</Role><Rule><ID>r-1</ID><Priority>1</Priority><Filter/><Status>Enabled</Status><Destination>"
        "<Bucket>arn:aws:s3:::ledger-dr</Bucket></Destination><DeleteMarkerReplication><Status>Enabled"
        "</Status></DeleteMarkerReplication></Rule></ReplicationConfiguration>";
    EXPECT_EQ(send({"PUT", "/ledger?replication", xml}).status, 200);
  }
  void work() {
    working = std::make_unique<test::Outcome>();
    test::start(io, west().run(), *working);
    test::settle(io);
  }
  void stop() {
    if (working) working->cancel();
    test::settle(io);
    working.reset();
  }
  cloud::Reply create(const std::string& token, bool omits_manifest = false) {
    clock.advance(milliseconds(1));  // a job takes what is older than it
    s3::CreateReplicationJob job;
    job.omits_manifest = omits_manifest;
    job.account = s3::AccountId::parse(cloud::alice.id);
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
    headers.add("x-amz-account-id", cloud::alice.id);
    return headers;
  }

  std::unique_ptr<test::Outcome> working;
};

}  // namespace s3dr::services
