// XML codecs of S3 Batch Operations (docs/protocol.md, Batch replication). Conventions as in s3/xml_bucket.h.
#pragma once

#include <string>
#include <string_view>

#include "s3/batch_job.h"

namespace s3dr::s3 {

std::string write_create_job_request(const CreateReplicationJob& value);
// Raises invalid for what this program cannot run: another operation, a manifest instead of a generator
// (NotImplemented).
CreateReplicationJob parse_create_job_request(std::string_view xml);
std::string write_create_job_result(std::string_view job_id);
std::string parse_create_job_result(std::string_view xml);
std::string write_describe_job_result(const JobDescription& value);
JobDescription parse_describe_job_result(std::string_view xml);
std::string write_list_jobs_result(const JobPage& page);
JobPage parse_list_jobs_result(std::string_view xml);

}  // namespace s3dr::s3
