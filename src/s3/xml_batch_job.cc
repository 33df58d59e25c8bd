#include "s3/xml_batch_job.h"

#include <initializer_list>
#include <utility>

#include "aws/xml.h"
#include "base/encoding.h"
#include "s3/replication_status.h"

namespace s3dr::s3 {
namespace {

constexpr std::string_view report_format = "Report_CSV_20180820";
constexpr std::string_view report_scope = "FailedTasksOnly";
constexpr std::string_view manifest_format = "S3InventoryReport_CSV_20211130";

// In the partition of the role: "arn:aws", "arn:aws-cn", …
std::string bucket_arn(const BucketName& bucket, std::string_view role_arn) {
  const auto end = role_arn.starts_with("arn:") ? role_arn.find(':', 4) : std::string_view::npos;
  const std::string_view partition = end == std::string_view::npos ? "aws" : role_arn.substr(4, end - 4);
  return "arn:" + std::string(partition) + ":s3:::" + bucket.text();
}

// "arn:<partition>:s3:::name"
BucketName parse_bucket_arn(pugi::xml_node node) {
  const std::string arn = aws::xml::trimmed_text(node);
  const auto at = arn.find(":s3:::");
  if (!arn.starts_with("arn:") || at == std::string::npos) {
    aws::xml::refuse(std::string(aws::xml::local_name(node)) + " is not the ARN of a bucket");
  }
  return BucketName::parse(std::string_view(arn).substr(at + 6));
}

[[noreturn]] void refuse_unsupported(const std::string& what) {
  throw Error(ErrorKind::invalid, "batch jobs with " + what + " are not supported")
      .with_code("NotImplemented")
      .with_status(501);
}

// A condition or an option that is ignored would make the job do something else than was asked for.
void refuse_others(pugi::xml_node element, std::initializer_list<std::string_view> known) {
  aws::xml::for_each_element(element, [&](pugi::xml_node, std::string_view name) {
    for (const std::string_view candidate : known) {
      if (candidate == name) return;
    }
    refuse_unsupported(std::string(aws::xml::local_name(element)) + "/" + std::string(name));
  });
}

// The SDKs send whole seconds where there is no fraction.
std::string time_text(Instant instant) {
  const bool whole = instant.time_since_epoch() % std::chrono::seconds(1) == milliseconds(0);
  return whole ? to_iso8601_seconds(instant) : to_iso8601(instant);
}

void write_generator(aws::xml::Writer& out, const CreateReplicationJob& value) {
  const bool has_manifest = !value.report_bucket.empty() && !value.omits_manifest;
  out.open("ManifestGenerator");
  out.open("S3JobManifestGenerator");
  out.optional_element("ExpectedBucketOwner", value.account.text());
  out.element("SourceBucket", bucket_arn(value.source_bucket, value.role_arn));
  if (has_manifest) {
    out.open("ManifestOutputLocation");
    out.optional_element("ExpectedManifestBucketOwner", value.account.text());
    out.element("Bucket", bucket_arn(value.report_bucket, value.role_arn));
    out.optional_element("ManifestPrefix", value.manifest_prefix);
    out.open("ManifestEncryption");
    out.empty("SSE-S3");
    out.close("ManifestEncryption");
    out.element("ManifestFormat", manifest_format);
    out.close("ManifestOutputLocation");
  }
  out.open("Filter");
  out.element("EligibleForReplication", true);
  if (value.created_before) out.element("CreatedBefore", time_text(*value.created_before));
  if (!value.statuses.empty()) {
    out.open("ObjectReplicationStatuses");
    for (const ReplicationStatus status : value.statuses) out.element("member", to_string(status));
    out.close("ObjectReplicationStatuses");
  }
  out.close("Filter");
  out.element("EnableManifestOutput", has_manifest);
  out.close("S3JobManifestGenerator");
  out.close("ManifestGenerator");
}

void parse_report(CreateReplicationJob& to, pugi::xml_node report) {
  refuse_others(report, {"Bucket", "Format", "Enabled", "Prefix", "ReportScope", "ExpectedBucketOwner"});
  if (!aws::xml::boolean(aws::xml::required_child(report, "Enabled"))) return;
  to.report_bucket = parse_bucket_arn(aws::xml::required_child(report, "Bucket"));
  to.report_prefix = aws::xml::child_text(report, "Prefix");
  if (aws::xml::trimmed_text(aws::xml::required_child(report, "Format")) != report_format) {
    refuse_unsupported("this Report/Format");
  }
  if (aws::xml::trimmed_text(aws::xml::required_child(report, "ReportScope")) != report_scope) {
    refuse_unsupported("this Report/ReportScope");
  }
}

void parse_filter(CreateReplicationJob& to, pugi::xml_node filter) {
  refuse_others(filter, {"EligibleForReplication", "CreatedBefore", "ObjectReplicationStatuses"});
  const pugi::xml_node eligible = aws::xml::child(filter, "EligibleForReplication");
  if (!eligible || !aws::xml::boolean(eligible)) refuse_unsupported("objects not eligible for replication");
  if (const pugi::xml_node before = aws::xml::child(filter, "CreatedBefore")) {
    to.created_before = aws::xml::instant(before);
  }
  aws::xml::for_each_element(aws::xml::child(filter, "ObjectReplicationStatuses"),
                             [&](pugi::xml_node item, std::string_view name) {
                               if (name != "member") return;
                               const std::string text = aws::xml::trimmed_text(item);
                               const auto status = parse_replication_status(text);
                               if (text.empty() || !status || *status == ReplicationStatus::pending) {
                                 aws::xml::refuse("an object replication status that does not exist");
                               }
                               to.statuses.push_back(*status);
                             });
}

void parse_generator(CreateReplicationJob& to, pugi::xml_node generator) {
  refuse_others(generator, {"ExpectedBucketOwner", "SourceBucket", "ManifestOutputLocation", "Filter",
                            "EnableManifestOutput"});
  const pugi::xml_node owner = aws::xml::child(generator, "ExpectedBucketOwner");
  if (owner) to.account = AccountId::parse(aws::xml::trimmed_text(owner));
  to.source_bucket = parse_bucket_arn(aws::xml::required_child(generator, "SourceBucket"));
  parse_filter(to, aws::xml::required_child(generator, "Filter"));
  const bool wants_manifest = aws::xml::boolean(aws::xml::required_child(generator, "EnableManifestOutput"));
  to.omits_manifest = !wants_manifest && !to.report_bucket.empty();
  if (!wants_manifest) return;
  const pugi::xml_node location = aws::xml::required_child(generator, "ManifestOutputLocation");
  if (parse_bucket_arn(aws::xml::required_child(location, "Bucket")) != to.report_bucket) {
    refuse_unsupported("manifest and report in different buckets");
  }
  if (aws::xml::trimmed_text(aws::xml::required_child(location, "ManifestFormat")) != manifest_format) {
    refuse_unsupported("this ManifestFormat");
  }
  to.manifest_prefix = aws::xml::child_text(location, "ManifestPrefix");
}

JobStatus parse_status(pugi::xml_node node) {
  const auto status = parse_job_status(aws::xml::trimmed_text(node));
  if (!status) aws::xml::refuse("a job status that does not exist");
  return *status;
}

}  // namespace

std::string write_create_job_request(const CreateReplicationJob& value) {
  aws::xml::Writer out("CreateJobRequest", aws::xml::control_namespace, 2'048);
  out.element("ConfirmationRequired", false);
  out.open("Operation");
  out.empty("S3ReplicateObject");
  out.close("Operation");
  out.open("Report");
  if (value.report_bucket.empty()) {
    out.element("Enabled", false);
  } else {
    out.element("Bucket", bucket_arn(value.report_bucket, value.role_arn));
    out.element("Format", report_format);
    out.element("Enabled", true);
    out.optional_element("Prefix", value.report_prefix);
    out.element("ReportScope", report_scope);
  }
  out.close("Report");
  out.element("ClientRequestToken", value.client_request_token);
  out.optional_element("Description", value.description);
  out.element("Priority", value.priority);
  out.element("RoleArn", value.role_arn);
  write_generator(out, value);
  return std::move(out).finish();
}

CreateReplicationJob parse_create_job_request(std::string_view text) {
  const aws::xml::Document document(text);
  const pugi::xml_node root = document.root("CreateJobRequest");
  const pugi::xml_node operation = aws::xml::required_child(root, "Operation");
  if (!aws::xml::child(operation, "S3ReplicateObject"))
    refuse_unsupported("another operation than S3ReplicateObject");
  if (aws::xml::child(root, "Manifest")) refuse_unsupported("a manifest instead of a manifest generator");
  const pugi::xml_node confirmation = aws::xml::child(root, "ConfirmationRequired");
  if (confirmation && aws::xml::boolean(confirmation)) refuse_unsupported("confirmation");
  if (aws::xml::child(root, "Tags").first_child()) refuse_unsupported("tags");

  CreateReplicationJob result;
  result.client_request_token = aws::xml::required_text(root, "ClientRequestToken");
  if (result.client_request_token.empty() || result.client_request_token.size() > 64) {
    aws::xml::refuse("ClientRequestToken must have 1 to 64 characters");
  }
  result.description = aws::xml::child_text(root, "Description");
  result.priority = aws::xml::number<std::int64_t>(aws::xml::required_child(root, "Priority"));
  if (result.priority < 0) aws::xml::refuse("Priority must not be negative");
  result.role_arn = aws::xml::required_text(root, "RoleArn");
  parse_report(result, aws::xml::required_child(root, "Report"));
  const pugi::xml_node generator =
      aws::xml::child(aws::xml::required_child(root, "ManifestGenerator"), "S3JobManifestGenerator");
  if (!generator) refuse_unsupported("this ManifestGenerator");
  parse_generator(result, generator);
  return result;
}

std::string write_create_job_result(std::string_view job_id) {
  aws::xml::Writer out("CreateJobResult", aws::xml::control_namespace);
  out.element("JobId", job_id);
  return std::move(out).finish();
}

std::string parse_create_job_result(std::string_view text) {
  const aws::xml::Document document(text);
  std::string id =
      aws::xml::trimmed_text(aws::xml::required_child(document.root("CreateJobResult"), "JobId"));
  if (id.empty()) aws::xml::refuse("JobId is empty");
  return id;
}

std::string write_describe_job_result(const JobDescription& value) {
  aws::xml::Writer out("DescribeJobResult", aws::xml::control_namespace);
  out.open("Job");
  out.element("JobId", value.job_id);
  out.element("ConfirmationRequired", false);
  out.optional_element("Description", value.description);
  out.element("Status", to_string(value.status));
  out.open("ProgressSummary");
  out.element("TotalNumberOfTasks", value.tasks_total);
  out.element("NumberOfTasksSucceeded", value.tasks_succeeded);
  out.element("NumberOfTasksFailed", value.tasks_failed);
  out.close("ProgressSummary");
  if (!value.failure_reasons.empty()) {
    out.open("FailureReasons");
    for (const std::string& reason : value.failure_reasons) {
      const auto colon = reason.find(": ");
      out.open("member");
      out.element("FailureCode", std::string_view(reason).substr(0, colon));
      if (colon != std::string::npos) {
        out.element("FailureReason", std::string_view(reason).substr(colon + 2));
      }
      out.close("member");
    }
    out.close("FailureReasons");
  }
  out.element("CreationTime", value.created);
  out.close("Job");
  return std::move(out).finish();
}

JobDescription parse_describe_job_result(std::string_view text) {
  const aws::xml::Document document(text);
  const pugi::xml_node job = aws::xml::required_child(document.root("DescribeJobResult"), "Job");
  JobDescription result;
  result.job_id = aws::xml::trimmed_text(aws::xml::required_child(job, "JobId"));
  result.status = parse_status(aws::xml::required_child(job, "Status"));
  result.description = aws::xml::child_text(job, "Description");
  const pugi::xml_node progress = aws::xml::child(job, "ProgressSummary");
  const auto count = [&](std::string_view name) -> std::uint64_t {
    const pugi::xml_node node = aws::xml::child(progress, name);
    return node ? aws::xml::number<std::uint64_t>(node) : 0;
  };
  result.tasks_total = count("TotalNumberOfTasks");
  result.tasks_succeeded = count("NumberOfTasksSucceeded");
  result.tasks_failed = count("NumberOfTasksFailed");
  aws::xml::for_each_element(aws::xml::child(job, "FailureReasons"),
                             [&](pugi::xml_node item, std::string_view name) {
                               if (name != "member") return;
                               std::string reason = aws::xml::child_text(item, "FailureCode");
                               if (const pugi::xml_node more = aws::xml::child(item, "FailureReason"))
                                 reason += ": " + aws::xml::text(more);
                               result.failure_reasons.push_back(std::move(reason));
                             });
  result.created = aws::xml::instant(aws::xml::required_child(job, "CreationTime"));
  return result;
}

std::string write_list_jobs_result(const JobPage& page) {
  aws::xml::Writer out("ListJobsResult", aws::xml::control_namespace);
  out.optional_element("NextToken", page.next_token);
  out.open("Jobs");
  for (const JobSummary& job : page.jobs) {
    out.open("member");
    out.element("JobId", job.job_id);
    out.optional_element("Description", job.description);
    out.element("Operation", job.operation);
    out.element("Status", to_string(job.status));
    out.element("CreationTime", job.created);
    out.close("member");
  }
  out.close("Jobs");
  return std::move(out).finish();
}

JobPage parse_list_jobs_result(std::string_view text) {
  const aws::xml::Document document(text);
  const pugi::xml_node root = document.root("ListJobsResult");
  JobPage page;
  page.next_token = aws::xml::child_text(root, "NextToken");
  aws::xml::for_each_element(aws::xml::child(root, "Jobs"), [&](pugi::xml_node item, std::string_view name) {
    if (name != "member") return;
    JobSummary job;
    job.job_id = aws::xml::trimmed_text(aws::xml::required_child(item, "JobId"));
    job.status = parse_status(aws::xml::required_child(item, "Status"));
    job.description = aws::xml::child_text(item, "Description");
    job.created = aws::xml::instant(aws::xml::required_child(item, "CreationTime"));
    job.operation = aws::xml::child_text(item, "Operation");
    page.jobs.push_back(std::move(job));
  });
  return page;
}

}  // namespace s3dr::s3
