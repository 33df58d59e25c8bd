// The header fields of S3 as values: entity tags, conditions, ranges, checksums, metadata. Client and server
// use it. Sources: docs/protocol.md, Objects, RFC 9110 §13 and §14.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "s3/object_version.h"

namespace s3dr::s3 {

std::string quote_etag(std::string_view etag);    // abc → "abc"
std::string unquote_etag(std::string_view text);  // of an answer; also W/"abc" → abc

// If-Match, If-None-Match and their x-amz-copy-source-… twins: a list of entity tags, or "*".
struct EtagCondition {
  bool any = false;                // "*"
  std::vector<std::string> etags;  // without quotes
  // True when `etag` (without quotes) is one of them, or when the condition is "*".
  bool covers(std::string_view etag) const;
  bool operator==(const EtagCondition&) const = default;
};
// Quotes may be missing (several clients leave them out). Never fails: a text that is no entity tag covers no
// object. A weak one (W/"x") covers none either, because S3's are all strong.
EtagCondition parse_etag_condition(std::string_view text);

// One requested range of bytes: "bytes=a-b", "bytes=a-" or "bytes=-n" (then only `suffix` is set).
struct RangeRequest {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;
  std::optional<std::uint64_t> suffix;
  bool operator==(const RangeRequest&) const = default;
};
// nullopt: not such a range (the unit in small letters, no blanks), or several ranges. S3 then sends the
// whole object.
std::optional<RangeRequest> parse_range(std::string_view text);

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};
// The range in an object of `size` bytes, never empty; nullopt: not satisfiable (416 InvalidRange).
std::optional<ByteRange> resolve_range(const RangeRequest& request, std::uint64_t size);
std::string content_range(const ByteRange& range, std::uint64_t size);  // "bytes 0-9/100"; no empty range
// x-amz-copy-source-range: both ends are needed. nullopt: malformed. offset + length does not overflow.
std::optional<ByteRange> parse_copy_range(std::string_view text);

// The system metadata that is stored with an object, in lower case: Content-Type, Content-Encoding,
// Content-Language, Content-Disposition, Cache-Control, Expires and x-amz-website-redirect-location.
const std::vector<std::string_view>& system_metadata_names();
bool is_system_metadata(std::string_view header_name);
// Content-Encoding as it is stored: without "aws-chunked", which belongs to the transfer. Other codings stay
// as they were written.
std::string without_aws_chunked(std::string_view content_encoding);

// x-amz-checksum-crc32c ↔ "CRC32C". nullopt for other fields (also -type, -mode and -algorithm).
std::optional<std::string> checksum_algorithm_of_header(std::string_view header_name);
Checksums parse_checksums(const Headers& headers);

// The name after x-amz-meta-, in lower case; nullopt for other fields.
std::optional<std::string> user_metadata_name(std::string_view header_name);

// What the headers of a HEAD or GET answer say. For a range answer the size is that of the whole object.
// Raises corrupt when Content-Length, Last-Modified, x-amz-tagging-count or x-amz-replication-status cannot
// be read.
ObjectHead parse_object_head(const Headers& headers);

}  // namespace s3dr::s3
