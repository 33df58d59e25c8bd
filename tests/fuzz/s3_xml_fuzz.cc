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

template <class Action>
void try_out(Action action) {
  try {
    action();
  } catch (const s3dr::Error&) {
  }
}

// Outside of the try: what we wrote ourselves must be readable.
template <class Parse, class Write>
void round_trip(std::string_view text, Parse parse, Write write) {
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
  round_trip(text, parse_tagging, write_tagging);
  round_trip(text, parse_replication_configuration, write_replication_configuration);
  round_trip(text, parse_delete_request, write_delete_request);
  round_trip(text, parse_complete_multipart_upload, write_complete_multipart_upload);
  round_trip(text, parse_create_job, write_create_job);
  try_out([&] { parse_create_bucket_configuration(text); });
  try_out([&] { parse_versioning(text); });
  try_out([&] { parse_location_constraint(text); });
  try_out([&] { parse_bucket_page(text); });
  try_out([&] { parse_tag_resource_request(text); });
  try_out([&] { parse_list_tags_for_resource_result(text); });
  try_out([&] { parse_objects_v2(text); });
  try_out([&] { parse_versions(text); });
  try_out([&] { parse_delete_result(text); });
  try_out([&] { parse_copy_result(text); });
  try_out([&] { parse_initiate_multipart_upload(text); });
  try_out([&] { parse_complete_multipart_upload_result(text); });
  try_out([&] { parse_parts(text); });
  try_out([&] { parse_uploads(text); });
  try_out([&] { parse_create_job_result(text); });
  try_out([&] { parse_describe_job_result(text); });
  try_out([&] { parse_list_jobs_result(text); });
  error_from_response(500, {}, text, "x");
  return 0;
}
