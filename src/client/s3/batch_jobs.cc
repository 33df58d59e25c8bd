#include "client/s3/batch_jobs.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "client/s3/answers.h"
#include "s3/xml_batch_job.h"

namespace s3dr::client {
namespace {

constexpr const char* jobs_path = "/v20180820/jobs";

class HttpBatchJobs : public ports::BatchJobs {
 public:
  HttpBatchJobs(S3Client& client, s3::AccountId account) : client_(client), account_(std::move(account)) {}

  // With the token the same body gives the same job. So the call may be repeated.
  Task<std::string> create_job(s3::CreateReplicationJob job) override {
    S3Call call = control_call("POST", jobs_path);
    call.text = s3::write_create_job_request(job);
    call.headers.add("Content-Type", "application/xml");
    const S3Answer answer = co_await client_.require(std::move(call));
    co_return understood(answer, "s3-control:/v20180820/jobs", s3::parse_create_job_result);
  }

  Task<std::optional<s3::JobDescription>> describe_job(std::string job_id) override {
    S3Call call = control_call("GET", std::string(jobs_path) + "/" + uri_encode(job_id));
    const std::string resource = resource_of(call);
    const S3Outcome outcome = co_await client_.call(std::move(call));
    if (!outcome) {
      const Error& error = outcome.error();
      if (error.code() == "NoSuchJob" || error.code() == "NoSuchJobException" ||
          error.code() == "NotFoundException")
        co_return std::nullopt;
      throw error;
    }
    co_return understood(*outcome, resource, s3::parse_describe_job_result);
  }

  Task<s3::JobPage> list_active_jobs(std::string next_token) override {
    S3Call call = control_call("GET", jobs_path);
    for (const s3::JobStatus status : s3::active_statuses()) {
      call.query.emplace_back("jobStatuses", s3::to_string(status));
    }
    call.query.emplace_back("maxResults", "100");
    if (!next_token.empty()) call.query.emplace_back("nextToken", next_token);
    const S3Answer answer = co_await client_.require(std::move(call));
    s3::JobPage page = understood(answer, "s3-control:/v20180820/jobs", s3::parse_list_jobs_result);
    if (!next_token.empty() && page.next_token == next_token) {
      throw Error(ErrorKind::corrupt, "the list of jobs does not advance");
    }
    // A store may ignore the parameter.
    std::erase_if(page.jobs, [](const s3::JobSummary& job) { return s3::is_at_an_end(job.status); });
    co_return page;
  }

  Task<std::optional<std::string>> read_report(s3::BucketName bucket, std::string key,
                                               std::uint64_t offset) override {
    S3Call call;
    call.method = "GET";
    call.bucket = std::move(bucket);
    call.key = s3::ObjectKey(std::move(key));
    call.owner = account_;
    call.xml_answer = false;
    call.headers.add("Range", "bytes=" + std::to_string(offset) + "-" +
                                  std::to_string(offset + ports::report_piece_bytes - 1));
    S3Outcome outcome = co_await client_.call(std::move(call));
    if (outcome) {
      // A store may ignore the range and send all of it.
      if (outcome->status != 206)
        outcome->text.erase(0, std::min<std::uint64_t>(offset, outcome->text.size()));
      co_return std::move(outcome->text);
    }
    const std::string& code = outcome.error().code();
    if (code == "NoSuchKey" || code == "NoSuchBucket") co_return std::nullopt;
    if (outcome.error().status() == 416) co_return std::string();
    throw outcome.error();
  }

 private:
  S3Call control_call(const char* method, std::string path) const {
    S3Call call;
    call.method = method;
    call.control_path = std::move(path);
    call.owner = account_;
    call.needs_document = true;
    return call;
  }

  S3Client& client_;
  s3::AccountId account_;
};

}  // namespace

std::unique_ptr<ports::BatchJobs> make_batch_jobs(S3Client& client, s3::AccountId account) {
  return std::make_unique<HttpBatchJobs>(client, std::move(account));
}

}  // namespace s3dr::client
