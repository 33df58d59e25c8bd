// Which bytes of an object a GET asks for (Range header or partNumber), an UploadPartCopy copies. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cloud/objects/object_table.h"
#include "s3/http_fields.h"

namespace s3dr::cloud {

// Of a Range header. nullopt: not a single byte range, to be ignored (RFC 9110), as S3 does. Refuses
// InvalidRange when none of it is within `size` bytes.
std::optional<s3::ByteRange> wanted_range(std::string_view header, std::uint64_t size);
// Of an x-amz-copy-source-range: "bytes=first-last", all of it within `size` bytes. Refuses InvalidArgument.
s3::ByteRange copied_range(std::string_view header, std::uint64_t size);

// One part of a multipart object, as in VersionRow::parts.
struct PartOfObject {
  int number = 0;
  std::uint64_t size = 0;
  std::string checksum;
};
std::vector<PartOfObject> parts_of(const VersionRow& row);  // empty: not a multipart object
std::string parts_to_json(const std::vector<PartOfObject>& parts);

// The bytes of part `number`; an object that is not multipart has one part. Refuses InvalidPartNumber.
s3::ByteRange range_of_part(const VersionRow& row, std::string_view number);

}  // namespace s3dr::cloud
