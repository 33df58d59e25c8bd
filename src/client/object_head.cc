#include "client/object_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "aws/checksum.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::client {
namespace {

constexpr std::string_view user_metadata_prefix = "x-amz-meta-";
constexpr std::array<std::string_view, 7> system_metadata_names = {"content-type",
                                                                   "content-encoding",
                                                                   "content-language",
                                                                   "content-disposition",
                                                                   "cache-control",
                                                                   "expires",
                                                                   "x-amz-website-redirect-location"};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

s3::ReplicationStatus replication_status_of(std::string_view text) {
  if (text == "PENDING") return s3::ReplicationStatus::pending;
  if (text == "COMPLETED" || text == "COMPLETE") return s3::ReplicationStatus::completed;  // both are seen
  if (text == "FAILED") return s3::ReplicationStatus::failed;
  if (text == "REPLICA") return s3::ReplicationStatus::replica;
  return s3::ReplicationStatus::none;
}

}  // namespace

std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

s3::ObjectHead object_head_of(const Headers& headers, const std::string& resource) {
  s3::ObjectHead head;
  const auto length = headers.get("Content-Length");
  if (!length || !read_number(*length, head.size)) {
    throw Error(ErrorKind::corrupt, "the answer has no usable Content-Length").with_resource(resource);
  }
  head.version_id = s3::VersionId(std::string(headers.get_or("x-amz-version-id", "null")));
  head.etag = unquoted(headers.get_or("ETag", ""));
  head.last_modified = from_http_date(headers.get_or("Last-Modified", "")).value_or(Instant{});
  head.checksum_type = headers.get_or("x-amz-checksum-type", "");
  head.replication_status = replication_status_of(headers.get_or("x-amz-replication-status", ""));
  head.storage_class = headers.get_or("x-amz-storage-class", "STANDARD");  // left out for STANDARD
  read_number(headers.get_or("x-amz-tagging-count", "0"), head.tag_count);
  for (const Header& field : headers) {
    const std::string name = lower_case(field.name);
    if (name.starts_with(user_metadata_prefix)) {
      auto [entry, is_new] =
          head.user_metadata.emplace(name.substr(user_metadata_prefix.size()), field.value);
      if (!is_new) entry->second += "," + field.value;  // as S3 itself joins repeated names
    } else if (std::find(system_metadata_names.begin(), system_metadata_names.end(), name) !=
               system_metadata_names.end()) {
      head.system_metadata.emplace(name, field.value);
    } else if (const auto algorithm = aws::checksum_of_header(name)) {
      head.checksums.emplace(std::string(aws::s3_name(*algorithm)), field.value);
    }
  }
  return head;
}

}  // namespace s3dr::client
