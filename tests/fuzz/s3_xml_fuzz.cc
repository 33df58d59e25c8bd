// Every XML parser of s3/: any bytes give a value or an Error, and a value that was read can be written and
// read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "s3/error_response.h"
#include "s3/xml_batch_job.h"
#include "s3/xml_bucket.h"
#include "s3/xml_object.h"

namespace {

// A parser stops at a root of another name: it is tried only where its own occurs, which keeps the fuzzer
// fast.
bool names(std::string_view text, std::string_view root) {
  return text.find(root) != std::string_view::npos;
}

template <class Parse>
void try_out(std::string_view text, std::string_view root, Parse parse) {
  if (!names(text, root)) return;
  try {
    parse(text);
  } catch (const s3dr::Error&) {
  }
}

// Outside of the try: what we wrote ourselves must be readable.
template <class Parse, class Write>
void round_trip(std::string_view text, std::string_view root, Parse parse, Write write) {
  if (!names(text, root)) return;
  decltype(parse(text)) value;
  try {
    value = parse(text);
  } catch (const s3dr::Error&) {
    return;
  }
  if (!(parse(write(value)) == value)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace s3dr::s3;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  round_trip(text, "Tagging", parse_tagging, write_tagging);
  round_trip(text, "ReplicationConfiguration", parse_replication_configuration,
             write_replication_configuration);
  round_trip(text, "Delete", parse_delete_request, write_delete_request);
  round_trip(text, "CompleteMultipartUpload", parse_complete_multipart_upload_request,
             write_complete_multipart_upload_request);
  round_trip(text, "CreateJobRequest", parse_create_job_request, write_create_job_request);
  round_trip(text, "TagResourceRequest", parse_tag_resource_request, write_tag_resource_request);
  round_trip(text, "CreateBucketConfiguration", parse_create_bucket_request, write_create_bucket_request);
  round_trip(text, "VersioningConfiguration", parse_versioning, write_versioning);
  try_out(text, "ListAllMyBucketsResult", parse_list_buckets_result);
  try_out(text, "ListBucketResult", parse_list_objects_v2_result);
  try_out(text, "ListVersionsResult", parse_list_versions_result);
  try_out(text, "DeleteResult", parse_delete_result);
  try_out(text, "CopyObjectResult", parse_copy_result);
  try_out(text, "InitiateMultipartUploadResult", parse_initiate_multipart_upload_result);
  try_out(text, "CompleteMultipartUploadResult", parse_complete_multipart_upload_result);
  try_out(text, "ListPartsResult", parse_list_parts_result);
  try_out(text, "ListMultipartUploadsResult", parse_list_uploads_result);
  try_out(text, "CreateJobResult", parse_create_job_result);
  try_out(text, "DescribeJobResult", parse_describe_job_result);
  try_out(text, "ListJobsResult", parse_list_jobs_result);
  error_from_response(500, {}, text, "x");
  return 0;
}
