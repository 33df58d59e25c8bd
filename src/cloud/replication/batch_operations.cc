// The part of S3 Batch Operations that batch replication needs: CreateJob, DescribeJob, ListJobs
// (docs/protocol.md, Batch replication). cloud/replication/batch_worker.cc runs the jobs.
#include <charconv>
#include <utility>

#include "aws/arn.h"
#include "cloud/door/answer.h"
#include "cloud/door/authorizer.h"
#include "cloud/door/control_request.h"
#include "cloud/door/document_body.h"
#include "cloud/replication/batch_table.h"
#include "cloud/replication/operations.h"
#include "cloud/store/bucket_table.h"
#include "s3/xml_batch_job.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t create_job_bytes_max = 64 * 1024;
constexpr std::size_t page_max = 1000;
// Replication jobs of an account that may be active at once (docs/protocol.md, Batch replication).
constexpr std::int64_t active_jobs_max = 6;

s3::JobDescription describe(const JobRow& row) {
  s3::JobDescription job;
  job.job_id = row.id;
  job.status = row.status;
  job.description = row.request.description;
  job.tasks_total = row.tasks_total;
  job.tasks_succeeded = row.tasks_succeeded;
  job.tasks_failed = row.tasks_failed;
  if (!row.failure.empty()) job.failure_reasons.push_back(row.failure);
  job.created = row.created;
  return job;
}

BucketRow require_own(RegionContext& region, const Request& request, const s3::BucketName& name,
                      const char* what) {
  const auto bucket = find_bucket(region.database.reader(), name.text());
  if (!bucket || bucket->account != request.account) {
    throw refuse("InvalidRequest", std::string("The ") + what + " bucket " + name.text() +
                                       " does not exist in this region and account.");
  }
  return *bucket;
}

void check_role(const Request& request, const std::string& text) {
  const auto arn = aws::parse_arn(text);
  if (!arn || arn->service != "iam" || !arn->resource.starts_with("role/")) {
    throw refuse("BadRequestException", "RoleArn is not the ARN of a role.");
  }
  if (arn->account != request.account.text()) {
    throw refuse("AccessDenied", "The role belongs to another account.");
  }
}

bool has_enabled_rule(const BucketRow& bucket) {
  if (!bucket.replication) return false;
  for (const s3::ReplicationRule& rule : bucket.replication->rules) {
    if (rule.status == s3::Switch::enabled) return true;
  }
  return false;
}

// The job of an earlier request with this token; refuses the token with another body.
std::optional<std::string> find_by_token(Connection& db, const Request& request, const std::string& token) {
  auto row = db.prepare("SELECT id, request FROM job WHERE account = ? AND token = ?");
  row.bind(request.account.text(), token);
  if (!row.step()) return std::nullopt;
  if (row.text(1) != request.document) {
    throw refuse("IdempotencyException", "The ClientRequestToken was used before with another request.");
  }
  return row.text(0);
}

std::int64_t number_in(const Request& request, std::string_view name, std::int64_t otherwise) {
  const std::string* text = request.find(name);
  if (text == nullptr) return otherwise;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 0) {
    throw refuse("InvalidRequest", std::string(name) + " is not a number.");
  }
  return value;
}

}  // namespace

Task<HttpResponse> create_job(RegionContext& region, Request& request) {
  check_control_account(request);
  co_await read_document(request, create_job_bytes_max, Integrity::optional);
  const s3::CreateReplicationJob job = s3::parse_create_job_request(request.document);
  if (const auto known = find_by_token(region.database.reader(), request, job.client_request_token)) {
    co_return xml_answer(s3::write_create_job_result(*known));
  }
  check_role(request, job.role_arn);
  require_access(region, asker_of(request), pass_role(job.role_arn, "batchoperations.s3.amazonaws.com"));
  const BucketRow bucket = require_own(region, request, job.source_bucket, "source");
  if (!has_enabled_rule(bucket)) {
    throw refuse("InvalidRequest", "The source bucket has no enabled replication rule.");
  }
  if (!job.report_bucket.empty()) require_own(region, request, job.report_bucket, "report");

  std::string id = region.random.hex(8) + "-" + region.random.hex(4) + "-" + region.random.hex(4) + "-" +
                   region.random.hex(4) + "-" + region.random.hex(12);
  const std::int64_t now = region.clock.now().time_since_epoch().count();
  const std::int64_t before = job.created_before ? job.created_before->time_since_epoch().count() : now;
  const std::string made = co_await region.database.write([&](Connection& db) {
    // Two requests with one token may have come this far.
    if (auto known = find_by_token(db, request, job.client_request_token)) return *known;
    if (count_active_jobs(db, request.account.text()) >= active_jobs_max) {
      throw refuse("TooManyRequestsException",
                   "The account has reached its limit of active replication jobs.")
          .with_status(429);
    }
    db.prepare(
          "INSERT INTO job (id, account, token, request, bucket, status, created_ms, created_before_ms) "
          "VALUES (?, ?, ?, ?, ?, 'New', ?, ?)")
        .bind(id, request.account.text(), job.client_request_token, request.document, bucket.id, now, before)
        .run();
    return id;
  });
  if (region.wake_jobs) region.wake_jobs();
  co_return xml_answer(s3::write_create_job_result(made));
}

Task<HttpResponse> describe_job(RegionContext& region, Request& request) {
  check_control_account(request);
  const std::string job_id = control_path(request).substr(std::string_view("jobs/").size());
  const auto row = find_job(region.database.reader(), request.account.text(), job_id);
  if (!row) throw refuse("NoSuchJob", "The specified job does not exist.").with_status(404);
  co_return xml_answer(s3::write_describe_job_result(describe(*row)));
}

Task<HttpResponse> list_jobs(RegionContext& region, Request& request) {
  check_control_account(request);
  const std::int64_t count = std::min<std::int64_t>(number_in(request, "maxResults", page_max), page_max);
  if (count == 0) throw refuse("InvalidRequest", "maxResults must be from 1 to 1000.");
  std::int64_t before = number_in(request, "nextToken", 0);
  s3::JobPage page;
  while (page.jobs.size() < static_cast<std::size_t>(count)) {
    const auto rows =
        list_jobs(region.database.reader(), request.account.text(), before, static_cast<std::size_t>(count));
    for (const JobRow& row : rows) {
      before = row.number;
      bool wanted = request.find("jobStatuses") == nullptr;
      for (const aws::QueryParameter& parameter : request.query) {
        if (parameter.name == "jobStatuses" && parameter.value == s3::to_string(row.status)) wanted = true;
      }
      if (wanted) page.jobs.push_back({row.id, row.status, row.request.description, row.created});
      if (page.jobs.size() == static_cast<std::size_t>(count)) break;
    }
    if (rows.size() < static_cast<std::size_t>(count)) break;
  }
  if (page.jobs.size() == static_cast<std::size_t>(count) && before > 1)
    page.next_token = std::to_string(before);
  co_return xml_answer(s3::write_list_jobs_result(page));
}

}  // namespace s3dr::cloud
