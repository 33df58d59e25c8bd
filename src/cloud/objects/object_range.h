// Which bytes of an object a GET returns (Range header or partNumber) and an UploadPartCopy copies. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/objects/object_table.h"
#include "s3/http_fields.h"

namespace s3dr::cloud {

// The range of a Range header. nullopt: it is not one single byte range; S3 ignores it then (RFC 9110).
// Refuses InvalidRange when no byte of it is within `size` bytes.
std::optional<s3::ByteRange> wanted_range(std::string_view header, std::uint64_t size);
// The range of an x-amz-copy-source-range: "bytes=first-last". Refuses InvalidArgument, also for a range that
// is not wholly within `size` bytes.
s3::ByteRange copied_range(std::string_view header, std::uint64_t size);

// One part of a multipart object, as VersionRow::parts keeps it.
struct PartOfObject {
  int number = 0;
  std::uint64_t size = 0;
  std::string checksum;
};
std::vector<PartOfObject> parts_of(const VersionRow& row);  // empty: not a multipart object
std::string parts_to_json(const std::vector<PartOfObject>& parts);

// A part's number in a request. Refuses InvalidArgument for what is not a number from 1 to 10,000.
int part_number(std::string_view text);
// Part `number` of an object. Parts are counted by their place in the object, not by the number they were uploaded
// with. An object that is not multipart has one part. Refuses InvalidPartNumber.
struct SelectedPart {
  s3::ByteRange range;
  std::size_t parts_count = 0;  // 0: not a multipart object
  std::string checksum;         // of the object's algorithm; empty: none was kept
};
SelectedPart selected_part(const VersionRow& row, std::string_view number);

}  // namespace s3dr::cloud
