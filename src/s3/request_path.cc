#include "s3/request_path.h"

#include <algorithm>
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

// "<bucket>.<base>" → bucket; empty when no base domain fits.
std::string bucket_of_host(std::string_view host, const std::vector<std::string>& base_domains) {
  const std::string name = lower_case(host_name(host));
  for (const std::string& base : base_domains) {
    const std::string suffix = "." + lower_case(base);
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      return name.substr(0, name.size() - suffix.size());
    }
  }
  return "";
}

std::string with_query(std::string path, const Query& query) {
  if (!query.empty()) path += "?" + query.encode();
  return path;
}

}  // namespace

std::optional<Query> Query::parse(std::string_view raw_query) {
  Query result;
  while (!raw_query.empty()) {
    const auto end = raw_query.find('&');
    const std::string_view part = raw_query.substr(0, end);
    raw_query.remove_prefix(end == std::string_view::npos ? raw_query.size() : end + 1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    QueryParameter parameter;
    parameter.has_value = equals != std::string_view::npos;
    auto name = uri_decode(part.substr(0, equals), true);
    auto value = uri_decode(parameter.has_value ? part.substr(equals + 1) : std::string_view(), true);
    if (!name || !value) return std::nullopt;
    parameter.name = std::move(*name);
    parameter.value = std::move(*value);
    result.parameters_.push_back(std::move(parameter));
  }
  return result;
}

const std::string* Query::find(std::string_view name) const {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                  [&](const QueryParameter& parameter) { return parameter.name == name; });
  return found == parameters_.end() ? nullptr : &found->value;
}

std::string Query::get_or(std::string_view name, std::string_view otherwise) const {
  const std::string* value = find(name);
  return value != nullptr ? *value : std::string(otherwise);
}

void Query::add(std::string name, std::string value) {
  parameters_.push_back({std::move(name), std::move(value), true});
}

void Query::add_flag(std::string name) {
  parameters_.push_back({std::move(name), "", false});
}

std::string Query::encode() const {
  std::string result;
  for (const QueryParameter& parameter : parameters_) {
    if (!result.empty()) result += '&';
    result += uri_encode(parameter.name);
    if (parameter.has_value) result += "=" + uri_encode(parameter.value);
  }
  return result;
}

SplitTarget split_target(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

RequestAddress parse_request_address(std::string_view target, std::string_view host,
                                     const std::vector<std::string>& base_domains) {
  if (!target.starts_with('/')) refuse("it does not begin with '/'");
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '#') refuse("a byte that must be percent-encoded");
  }
  const SplitTarget split = split_target(target);
  RequestAddress result;
  auto query = Query::parse(split.query);
  if (!query) refuse("a broken percent-escape in the query");
  result.query = std::move(*query);
  std::string_view path = split.path.substr(1);
  result.bucket = bucket_of_host(host, base_domains);
  result.virtual_hosted = !result.bucket.empty();
  if (!result.virtual_hosted) {
    const auto slash = path.find('/');
    if (slash == 0) refuse("an empty bucket name");
    result.bucket = decode_path(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  result.key = ObjectKey(decode_path(path));
  return result;
}

std::string service_target(const Query& query) {
  return with_query("/", query);
}

std::string bucket_target(const BucketName& bucket, const Query& query) {
  return with_query("/" + bucket.text(), query);
}

std::string object_target(const BucketName& bucket, const ObjectKey& key, const Query& query) {
  if (key.empty()) return bucket_target(bucket, query);
  return with_query("/" + bucket.text() + "/" + uri_encode(key.bytes(), Slash::keep), query);
}

std::optional<CopySource> parse_copy_source(std::string_view header) {
  constexpr std::string_view version_mark = "?versionId=";
  if (header.starts_with('/')) header.remove_prefix(1);
  CopySource result;
  // The last one: a key whose '?' was sent unencoded still ends before it.
  if (const auto mark = header.rfind(version_mark); mark != std::string_view::npos) {
    auto version_id = uri_decode(header.substr(mark + version_mark.size()));
    if (!version_id || version_id->empty()) return std::nullopt;
    result.version_id = VersionId(std::move(*version_id));
    header = header.substr(0, mark);
  }
  // Some clients encode the slash between bucket and key as well.
  auto decoded = uri_decode(header);
  if (!decoded) return std::nullopt;
  const auto slash = decoded->find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == decoded->size()) return std::nullopt;
  result.bucket = decoded->substr(0, slash);
  result.key = ObjectKey(decoded->substr(slash + 1));
  return result;
}

std::string to_copy_source(const BucketName& bucket, const ObjectKey& key, const VersionId& version_id) {
  std::string result = "/" + bucket.text() + "/" + uri_encode(key.bytes(), Slash::keep);
  if (!version_id.empty()) result += "?versionId=" + uri_encode(version_id.text());
  return result;
}

}  // namespace s3dr::s3
