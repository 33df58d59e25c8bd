// Round trips of all other documents, of addresses and of header forms.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

#include "base/encoding.h"
#include "base/error.h"
#include "property/s3_generators.h"
#include "s3/error_response.h"
#include "s3/request_path.h"
#include "s3/xml_batch_job.h"
#include "s3/xml_bucket.h"
#include "s3/xml_object.h"

namespace s3dr::s3 {
namespace {

template <class Value>
std::optional<Value> maybe(const rc::Gen<Value>& generator) {
  if (*rc::gen::arbitrary<bool>()) return std::nullopt;
  return *generator;
}

rc::Gen<Switch> any_switch() {
  return rc::gen::element(Switch::enabled, Switch::disabled);
}

BucketName any_bucket() {
  return BucketName::parse("b" + std::to_string(*rc::gen::inRange(10, 1'000'000)));
}

TEST(S3DocumentProperty, Tags) {
  EXPECT_TRUE(rc::check("tags survive all their forms", [] {
    const TagSet tags = *random::tags();
    RC_ASSERT(parse_tagging(write_tagging(tags)) == tags);
    RC_ASSERT(parse_tag_resource_request(write_tag_resource_request(tags)) == tags);
    RC_ASSERT(parse_tagging_header(to_tagging_header(tags)) == tags);
    const CreateBucketConfiguration create{*random::word_or_nothing(), tags};
    RC_ASSERT(parse_create_bucket_request(write_create_bucket_request(create)) == create);
  }));
}

ReplicationRule any_rule() {
  ReplicationRule rule;
  rule.id = *random::word_or_nothing();
  rule.status = *any_switch();
  if (*rc::gen::arbitrary<bool>()) {
    rule.v1_prefix = *random::text();
  } else {
    rule.priority = *rc::gen::arbitrary<std::int64_t>();
    rule.delete_marker_replication = *any_switch();
    rule.filter = ReplicationFilter{maybe(random::text()), *random::tags()};
  }
  rule.existing_object_replication = maybe(any_switch());
  rule.sse_kms_encrypted_objects = maybe(any_switch());
  rule.replica_modifications = maybe(any_switch());
  ReplicationDestination& to = rule.destination;
  to.bucket_arn = "arn:aws:s3:::" + *random::word();
  if (*rc::gen::arbitrary<bool>()) to.account = AccountId::parse("111122223333");
  to.storage_class = *random::word_or_nothing();
  to.access_control_translation = *random::word_or_nothing();
  to.replica_kms_key_id = *random::word_or_nothing();
  to.replication_time = maybe(any_switch());
  if (to.replication_time) to.replication_time_minutes = maybe(rc::gen::arbitrary<std::int64_t>());
  to.metrics = maybe(any_switch());
  if (to.metrics) to.metrics_event_threshold_minutes = maybe(rc::gen::arbitrary<std::int64_t>());
  rule.unknown_rule_xml =
      *rc::gen::element<std::string>("", "<New/>", "<New a=\"1\"><B>&#x1;&lt;</B> </New><Other/>");
  rule.unknown_destination_xml =
      *rc::gen::element<std::string>("", "<Newer/>", "<Newer>x</Newer><n:O xmlns:n=\"u\"/>");
  return rule;
}

TEST(S3DocumentProperty, ReplicationConfiguration) {
  EXPECT_TRUE(rc::check("parse(write(x)) == x", [] {
    ReplicationConfiguration value;
    value.role_arn = *random::word_or_nothing();
    const int rules = *rc::gen::inRange(0, 5);
    for (int i = 0; i < rules; ++i) value.rules.push_back(any_rule());
    RC_ASSERT(parse_replication_configuration(write_replication_configuration(value)) == value);
  }));
}

TEST(S3DocumentProperty, BucketPage) {
  EXPECT_TRUE(rc::check("parse(write(x)) == x", [] {
    BucketPage page;
    const int buckets = *rc::gen::inRange(0, 6);
    for (int i = 0; i < buckets; ++i)
      page.buckets.push_back({any_bucket(), *random::instant(), Region::parse("us-west-2")});
    page.continuation_token = *random::text();
    const BucketPage read = parse_list_buckets_result(
        write_list_buckets_result(page, *random::text(), *random::word_or_nothing(), true));
    RC_ASSERT(read.continuation_token == page.continuation_token);
    RC_ASSERT(read.buckets.size() == page.buckets.size());
    for (std::size_t i = 0; i < page.buckets.size(); ++i) {
      RC_ASSERT(read.buckets[i].name == page.buckets[i].name);
      RC_ASSERT(read.buckets[i].created == page.buckets[i].created);
      RC_ASSERT(read.buckets[i].region == page.buckets[i].region);
    }
  }));
}

TEST(S3DocumentProperty, BatchJobs) {
  EXPECT_TRUE(rc::check("parse(write(x)) == x", [] {
    CreateReplicationJob job;
    job.account = AccountId::parse("111122223333");
    job.client_request_token = (*random::word()).substr(0, 64);
    job.description = *random::text();
    job.role_arn = *random::word();
    job.priority = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    job.source_bucket = any_bucket();
    if (*rc::gen::arbitrary<bool>()) {
      job.report_bucket = any_bucket();
      job.report_prefix = *random::text();
      job.manifest_prefix = *random::text();
    }
    job.created_before = maybe(random::instant());
    job.statuses = *rc::gen::container<std::vector<ReplicationStatus>>(
        rc::gen::element(ReplicationStatus::none, ReplicationStatus::completed, ReplicationStatus::failed,
                         ReplicationStatus::replica));
    RC_ASSERT(parse_create_job_request(write_create_job_request(job)) == job);

    JobDescription description;
    description.job_id = *random::word();
    description.status = static_cast<JobStatus>(*rc::gen::inRange(0, 13));
    description.description = *random::text();
    description.tasks_total = *random::size();
    description.tasks_succeeded = *random::size();
    description.tasks_failed = *random::size();
    const int reasons = *rc::gen::inRange(0, 3);
    for (int i = 0; i < reasons; ++i)
      description.failure_reasons.push_back("Code" + std::to_string(i) + ": a: b");
    description.created = *random::instant();
    const JobDescription read = parse_describe_job_result(write_describe_job_result(description));
    RC_ASSERT(read.job_id == description.job_id);
    RC_ASSERT(read.status == description.status);
    RC_ASSERT(read.description == description.description);
    RC_ASSERT(read.tasks_total == description.tasks_total);
    RC_ASSERT(read.tasks_succeeded == description.tasks_succeeded);
    RC_ASSERT(read.tasks_failed == description.tasks_failed);
    RC_ASSERT(read.failure_reasons == description.failure_reasons);
    RC_ASSERT(read.created == description.created);

    const JobPage jobs = parse_list_jobs_result(write_list_jobs_result(
        {{{description.job_id, description.status, description.description, description.created}},
         *random::text()}));
    RC_ASSERT(jobs.jobs.size() == 1U);
    RC_ASSERT(jobs.jobs[0].job_id == description.job_id);
    RC_ASSERT(jobs.jobs[0].status == description.status);
    RC_ASSERT(jobs.jobs[0].description == description.description);
    RC_ASSERT(jobs.jobs[0].created == description.created);
  }));
}

TEST(S3DocumentProperty, MultiDelete) {
  EXPECT_TRUE(rc::check("parse(write(x)) == x", [] {
    DeleteRequest request;
    DeleteResult result;
    request.quiet = *rc::gen::arbitrary<bool>();
    const int items = *rc::gen::inRange(1, 6);
    for (int i = 0; i < items; ++i) {
      const VersionId id(*random::word_or_nothing());
      request.items.push_back({*random::key(), id, *random::word_or_nothing()});
      result.deleted.push_back(
          {*random::key(), id, *rc::gen::arbitrary<bool>(), VersionId(*random::word_or_nothing())});
      result.failed.push_back({*random::key(), id, *random::word(), *random::text()});
    }
    RC_ASSERT(parse_delete_request(write_delete_request(request)) == request);
    RC_ASSERT(parse_delete_result(write_delete_result(result)) == result);
  }));
}

TEST(S3DocumentProperty, CopyAndMultipart) {
  EXPECT_TRUE(rc::check("parse(write(x)) == x", [] {
    const CopyResult copy{*random::word(), *random::instant(), *random::checksums(),
                          *random::word_or_nothing()};
    RC_ASSERT(parse_copy_result(write_copy_result("CopyObjectResult", copy)) == copy);
    RC_ASSERT(parse_copy_result(write_copy_result("CopyPartResult", copy)) == copy);
    const MultipartUpload upload{*random::word(), *random::key(), *random::word()};
    RC_ASSERT(parse_initiate_multipart_upload_result(write_initiate_multipart_upload_result(upload)) ==
              upload);
    CompleteResult complete;
    complete.location = *random::text();
    complete.bucket = *random::word();
    complete.etag = *random::word();
    complete.key = *random::key();
    complete.checksums = *random::checksums();
    complete.checksum_type = *random::word_or_nothing();
    RC_ASSERT(parse_complete_multipart_upload_result(write_complete_multipart_upload_result(complete)) ==
              complete);
    std::vector<CompletedPart> completed;
    PartPage parts;
    parts.bucket = *random::word();
    parts.upload_id = *random::word();
    parts.key = *random::key();
    parts.checksum_algorithm = *random::word_or_nothing();
    parts.checksum_type = *random::word_or_nothing();
    parts.is_truncated = *rc::gen::arbitrary<bool>();
    parts.part_number_marker = *rc::gen::inRange(0, 100);
    if (parts.is_truncated)
      parts.next_part_number_marker = parts.part_number_marker + *rc::gen::inRange(1, 100);
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
      const int number = *rc::gen::inRange(1, 10'001);
      completed.push_back({number, *random::word(), *random::checksums()});
      parts.parts.push_back(
          {number, *random::instant(), *random::word(), *random::size(), *random::checksums()});
    }
    RC_ASSERT(parse_complete_multipart_upload_request(write_complete_multipart_upload_request(completed)) ==
              completed);
    RC_ASSERT(parse_list_parts_result(write_list_parts_result(parts, *random::word_or_nothing())) == parts);
  }));
}

TEST(S3DocumentProperty, ErrorDocuments) {
  EXPECT_TRUE(rc::check("code and request id survive, the message keeps to one line", [] {
    const std::string code = *random::word();
    RC_PRE(code.size() <= 100U);
    const Error error = error_from_response(400, {},
                                            write_error(code, *random::text(), *random::text(), "R1",
                                                        *random::text(), {{"Key", *random::text()}}),
                                            "x");
    RC_ASSERT(error.code() == code);
    RC_ASSERT(error.request_id() == "R1");
    for (const char c : error.message()) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  }));
}

TEST(S3AddressProperty, TargetsAndCopySources) {
  EXPECT_TRUE(rc::check("an address survives its target", [] {
    const BucketName bucket = any_bucket();
    const ObjectKey key = *random::key();
    aws::QueryParameters query;
    const int parameters = *rc::gen::inRange(0, 4);
    for (int i = 0; i < parameters; ++i) {
      const bool has_value = *rc::gen::arbitrary<bool>();
      query.push_back({*random::key_bytes(), has_value ? *random::text() : std::string()});
    }
    const std::string target = object_target("/" + bucket.text(), key, query);
    RC_ASSERT(parse_request_address(target) == (RequestAddress{bucket.text(), key, query}));
    // The virtual-hosted form of the same request names the same object.
    const std::vector<std::string> bases = {"localhost"};
    RC_ASSERT(parse_request_address(object_target("", key, query),
                                    subdomain_of(bucket.text() + ".localhost:1", bases)) ==
              (RequestAddress{bucket.text(), key, query}));
    const VersionId version(*random::text());
    const std::string source = object_target("/" + bucket.text(), key);
    RC_ASSERT(parse_copy_source(source).value() == (CopySource{bucket.text(), key, {}}));
    if (!version.empty()) {
      RC_ASSERT(parse_copy_source(source + "?versionId=" + uri_encode(version.text())).value() ==
                (CopySource{bucket.text(), key, version}));
    }
  }));
}

}  // namespace
}  // namespace s3dr::s3
