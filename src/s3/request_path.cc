#include "s3/request_path.h"

#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/http_message.h"

namespace s3dr::s3 {
namespace {

[[noreturn]] void refuse(const char* why) {
  throw Error(ErrorKind::invalid, std::string("the request target cannot be understood: ") + why)
      .with_code("InvalidURI")
      .with_status(400);
}

std::string decode_path(std::string_view encoded) {
  auto decoded = uri_decode(encoded);
  if (!decoded) refuse("a broken percent-escape");
  return std::move(*decoded);
}

// The host of a Host header, without port.
std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

}  // namespace

std::string subdomain_of(std::string_view host, std::span<const std::string> base_domains) {
  const std::string name = lower_case(host_name(host));
  for (const std::string& base : base_domains) {
    if (name == base) return "";
    const std::string suffix = "." + base;
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return "";
}

RequestAddress parse_request_address(std::string_view target, std::string_view hosted_bucket) {
  if (!target.starts_with('/')) refuse("it does not begin with '/'");
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '#') refuse("a byte that must be percent-encoded");
  }
  const aws::TargetParts parts = aws::split_target(target);
  RequestAddress result;
  auto query = aws::parse_query(parts.query);
  if (!query) refuse("a broken percent-escape in the query");
  result.query = std::move(*query);
  std::string_view path = parts.path.substr(1);
  result.bucket = hosted_bucket;
  if (hosted_bucket.empty()) {
    const auto slash = path.find('/');
    if (slash == 0) refuse("an empty bucket name");
    result.bucket = decode_path(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  result.key = ObjectKey(decode_path(path));
  return result;
}

std::string object_target(std::string_view bucket_path, const ObjectKey& key,
                          const aws::QueryParameters& query) {
  std::string path(bucket_path);
  if (!key.empty() || path.empty()) path += "/" + uri_encode(key.bytes(), Slash::keep);
  return aws::with_query(std::move(path), query);
}

std::expected<CopySource, CopySourceFault> parse_copy_source(std::string_view header) {
  constexpr std::string_view version_mark = "?versionId=";
  CopySource result;
  // The last one: a key whose '?' was sent unencoded still ends before it.
  if (const auto mark = header.rfind(version_mark); mark != std::string_view::npos) {
    auto version_id = uri_decode(header.substr(mark + version_mark.size()));
    if (!version_id || version_id->empty()) return std::unexpected(CopySourceFault::bad_version_id);
    result.version_id = VersionId(std::move(*version_id));
    header = header.substr(0, mark);
  }
  // Some clients encode the slashes around the bucket as well.
  const auto decoded = uri_decode(header);
  if (!decoded) return std::unexpected(CopySourceFault::no_bucket_and_key);
  std::string_view path = *decoded;
  if (path.starts_with('/')) path.remove_prefix(1);
  const auto slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == path.size())
    return std::unexpected(CopySourceFault::no_bucket_and_key);
  result.bucket = path.substr(0, slash);
  result.key = ObjectKey(std::string(path.substr(slash + 1)));
  return result;
}

}  // namespace s3dr::s3
