// S3 Batch Operations, as far as batch replication needs them (docs/protocol.md, Batch replication).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "s3/names.h"
#include "s3/object_version.h"

namespace s3dr::s3 {

// Everything in the body of CreateJob for S3ReplicateObject with a manifest generator. The same value gives
// the same bytes. This makes a retry with the same token safe.
struct CreateReplicationJob {
  AccountId account;
  std::string client_request_token;  // 1–64 characters
  std::string description;
  std::string role_arn;
  std::int64_t priority = 10;
  BucketName source_bucket;
  BucketName report_bucket;  // same region as the source
  std::string report_prefix;
  std::string manifest_prefix;
  bool omits_manifest = false;  // nothing but the report goes into the reports bucket
  std::optional<Instant> created_before;
  std::vector<ReplicationStatus> statuses;  // empty: no filter
  bool operator==(const CreateReplicationJob&) const = default;
};

enum class JobStatus {
  new_,
  preparing,
  suspended,
  ready,
  active,
  completing,
  complete,
  failing,
  failed,
  cancelling,
  cancelled,
  pausing,
  paused
};
std::string to_string(JobStatus status);  // "Active"
std::optional<JobStatus> parse_job_status(std::string_view);
bool is_at_an_end(JobStatus status);       // complete, failed or cancelled
std::vector<JobStatus> active_statuses();  // the others

struct JobDescription {
  std::string job_id;
  JobStatus status = JobStatus::new_;
  std::string description;
  std::uint64_t tasks_total = 0;
  std::uint64_t tasks_succeeded = 0;
  std::uint64_t tasks_failed = 0;
  std::vector<std::string> failure_reasons;  // "code: text"
  Instant created{};
};

struct JobSummary {
  std::string job_id;
  JobStatus status = JobStatus::new_;
  std::string description;
  Instant created{};
  std::string operation = "S3ReplicateObject";
};

struct JobPage {
  std::vector<JobSummary> jobs;
  std::string next_token;  // empty: the last page
};

}  // namespace s3dr::s3
