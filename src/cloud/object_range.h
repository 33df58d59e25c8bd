// Which bytes of an object a GET asks for: Range header or partNumber. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cloud/object_table.h"

namespace s3dr::cloud {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// "bytes=0-9", "bytes=5-", "bytes=-3". nullopt: not a single byte range, to be ignored (RFC 9110), as S3
// does. Refuses InvalidRange when none of it is within `size` bytes.
std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size);

// One part of a multipart object, as in VersionRow::parts.
struct PartOfObject {
  int number = 0;
  std::uint64_t size = 0;
  std::string checksum;
};
std::vector<PartOfObject> parts_of(const VersionRow& row);  // empty: not a multipart object
std::string parts_to_json(const std::vector<PartOfObject>& parts);

// The bytes of part `number`; an object that is not multipart has one part. Refuses InvalidPartNumber.
ByteRange range_of_part(const VersionRow& row, std::string_view number);

}  // namespace s3dr::cloud
