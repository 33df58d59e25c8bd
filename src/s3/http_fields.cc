#include "s3/http_fields.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "s3/replication_status.h"

namespace s3dr::s3 {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view checksum_prefix = "x-amz-checksum-";
constexpr std::string_view metadata_prefix = "x-amz-meta-";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view without_quotes(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

// Calls `visit` with each piece between commas.
template <class Visitor>
void for_each_listed(std::string_view list, Visitor visit) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    visit(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

[[noreturn]] void unreadable(std::string_view name) {
  throw Error(ErrorKind::corrupt, "the answer's header " + std::string(name) + " cannot be read");
}

// The size of the object: behind the slash of Content-Range if there is one, else Content-Length.
std::uint64_t object_size(const Headers& headers) {
  if (const auto range = headers.get("content-range")) {
    const auto slash = range->find('/');
    const auto size = slash == std::string_view::npos
                          ? std::nullopt
                          : to_number<std::uint64_t>(trim(range->substr(slash + 1)));
    if (!size) unreadable("Content-Range");
    return *size;
  }
  const auto size = to_number<std::uint64_t>(trim(headers.get_or("content-length", "")));
  if (!size) unreadable("Content-Length");
  return *size;
}

}  // namespace

std::string quote_etag(std::string_view etag) {
  return "\"" + std::string(etag) + "\"";
}

std::string unquote_etag(std::string_view text) {
  text = trim(text);
  if (text.starts_with("W/\"")) text.remove_prefix(2);
  return std::string(without_quotes(text));
}

bool EtagCondition::covers(std::string_view etag) const {
  return any || std::find(etags.begin(), etags.end(), etag) != etags.end();
}

EtagCondition parse_etag_condition(std::string_view text) {
  EtagCondition result;
  for_each_listed(text, [&](std::string_view item) {
    item = without_quotes(trim(item));
    if (item == "*") {
      result.any = true;
    } else if (!item.empty()) {
      result.etags.emplace_back(item);
    }
  });
  return result;
}

std::optional<RangeRequest> parse_range(std::string_view text) {
  constexpr std::string_view unit = "bytes=";
  if (!text.starts_with(unit)) return std::nullopt;
  text.remove_prefix(unit.size());
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view left = text.substr(0, dash), right = text.substr(dash + 1);
  RangeRequest result;
  if (left.empty()) {
    result.suffix = to_number<std::uint64_t>(right);
    if (!result.suffix) return std::nullopt;
    return result;
  }
  result.first = to_number<std::uint64_t>(left);
  if (!result.first) return std::nullopt;
  if (right.empty()) return result;
  result.last = to_number<std::uint64_t>(right);
  if (!result.last || *result.last < *result.first) return std::nullopt;
  return result;
}

std::optional<ByteRange> resolve_range(const RangeRequest& request, std::uint64_t size) {
  if (size == 0) return std::nullopt;
  if (request.suffix) {
    if (*request.suffix == 0) return std::nullopt;
    const std::uint64_t length = std::min(*request.suffix, size);
    return ByteRange{size - length, length};
  }
  const std::uint64_t first = request.first.value_or(0);
  if (first >= size) return std::nullopt;
  return ByteRange{first, std::min(request.last.value_or(size - 1), size - 1) - first + 1};
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.offset) + "-" + std::to_string(range.offset + range.length - 1) +
         "/" + std::to_string(size);
}

std::optional<ByteRange> parse_copy_range(std::string_view text) {
  const auto request = parse_range(text);
  if (!request || !request->first || !request->last) return std::nullopt;
  if (*request->last == std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return ByteRange{*request->first, *request->last - *request->first + 1};
}

const std::vector<std::string_view>& system_metadata_names() {
  static const std::vector<std::string_view> names = {"cache-control",
                                                      "content-disposition",
                                                      "content-encoding",
                                                      "content-language",
                                                      "content-type",
                                                      "expires",
                                                      "x-amz-website-redirect-location"};
  return names;
}

bool is_system_metadata(std::string_view header_name) {
  const auto& names = system_metadata_names();
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return equals_ignoring_case(name, header_name); });
}

std::string without_aws_chunked(std::string_view content_encoding) {
  std::string result;
  for_each_listed(content_encoding, [&](std::string_view item) {
    const std::string_view coding = trim(item);
    if (coding.empty() || equals_ignoring_case(coding, "aws-chunked")) return;
    if (result.empty()) {
      result = coding;
    } else {
      result.append(",").append(item);
    }
  });
  return std::string(trim(result));
}

std::optional<std::string> checksum_algorithm_of_header(std::string_view header_name) {
  const std::string name = lower_case(header_name);
  if (!name.starts_with(checksum_prefix)) return std::nullopt;
  std::string algorithm = name.substr(checksum_prefix.size());
  if (algorithm.empty() || algorithm == "type" || algorithm == "mode" || algorithm == "algorithm") {
    return std::nullopt;
  }
  for (char& c : algorithm) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return algorithm;
}

Checksums parse_checksums(const Headers& headers) {
  Checksums result;
  for (const Header& field : headers) {
    if (auto algorithm = checksum_algorithm_of_header(field.name)) result.emplace(*algorithm, field.value);
  }
  return result;
}

std::optional<std::string> user_metadata_name(std::string_view header_name) {
  std::string name = lower_case(header_name);
  if (!name.starts_with(metadata_prefix) || name.size() == metadata_prefix.size()) return std::nullopt;
  return name.substr(metadata_prefix.size());
}

ObjectHead parse_object_head(const Headers& headers) {
  ObjectHead result;
  result.version_id = VersionId(std::string(headers.get_or("x-amz-version-id", "")));
  result.size = object_size(headers);
  result.etag = unquote_etag(headers.get_or("etag", ""));
  const auto modified = from_http_date(headers.get_or("last-modified", ""));
  if (!modified) unreadable("Last-Modified");
  result.last_modified = *modified;
  result.checksums = parse_checksums(headers);
  result.checksum_type = headers.get_or("x-amz-checksum-type", "");
  for (const Header& field : headers) {
    if (is_system_metadata(field.name)) {
      result.system_metadata.emplace(lower_case(field.name), field.value);
    } else if (auto name = user_metadata_name(field.name)) {
      // Several fields of one name are one value with commas (RFC 9110 §5.3).
      const auto [entry, is_new] = result.user_metadata.emplace(std::move(*name), field.value);
      if (!is_new) entry->second += "," + field.value;
    }
  }
  const auto status = parse_replication_status(headers.get_or("x-amz-replication-status", ""));
  if (!status) unreadable("x-amz-replication-status");
  result.replication_status = *status;
  if (const auto count = headers.get("x-amz-tagging-count")) {
    const auto number = to_number<std::uint32_t>(trim(*count));
    if (!number) unreadable("x-amz-tagging-count");
    result.tag_count = *number;
  }
  result.storage_class = headers.get_or("x-amz-storage-class", "STANDARD");
  return result;
}

}  // namespace s3dr::s3
