#include "cloud/objects/object_range.h"

#include <boost/json.hpp>
#include <charconv>

namespace s3dr::cloud {
namespace {

constexpr int part_number_max = 10'000;

}  // namespace

std::optional<s3::ByteRange> wanted_range(std::string_view header, std::uint64_t size) {
  const auto asked = s3::parse_range(header);
  if (!asked) return std::nullopt;
  const auto range = s3::resolve_range(*asked, size);
  if (!range) throw refuse("InvalidRange", "The requested range is not satisfiable").with_status(416);
  return range;
}

s3::ByteRange copied_range(std::string_view header, std::uint64_t size) {
  const auto range = s3::parse_copy_range(header);
  if (!range)
    throw refuse(
        "InvalidArgument",
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
        "the zero-based offsets of the first and last bytes to copy");
  if (range->offset + range->length > size)
    throw refuse("InvalidArgument",
                 "Range specified is not valid for source object of size: " + std::to_string(size));
  return *range;
}

std::vector<PartOfObject> parts_of(const VersionRow& row) {
  std::vector<PartOfObject> result;
  if (row.parts.empty()) return result;
  try {
    for (const auto& item : boost::json::parse(row.parts).as_array()) {
      const auto& part = item.as_object();
      PartOfObject one;
      one.number = part.at("number").to_number<int>();
      one.size = part.at("size").to_number<std::uint64_t>();
      one.checksum = std::string(part.at("checksum").as_string());
      result.push_back(std::move(one));
    }
  } catch (const std::exception& failure) {
    throw Error(ErrorKind::corrupt,
                std::string("the part list of an object cannot be read: ") + failure.what());
  }
  return result;
}

std::string parts_to_json(const std::vector<PartOfObject>& parts) {
  boost::json::array list;
  for (const PartOfObject& part : parts) {
    boost::json::object item;
    item["number"] = part.number;
    item["size"] = part.size;
    item["checksum"] = part.checksum;
    list.push_back(std::move(item));
  }
  return boost::json::serialize(list);
}

int part_number(std::string_view text) {
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || number < 1 || number > part_number_max)
    throw refuse("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
  return number;
}

SelectedPart selected_part(const VersionRow& row, std::string_view number) {
  const auto wanted = static_cast<std::size_t>(part_number(number));
  const auto parts = parts_of(row);
  if (parts.empty() && wanted == 1) return {{0, row.size}, 0, ""};
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i + 1 == wanted) return {{offset, parts[i].size}, parts.size(), parts[i].checksum};
    offset += parts[i].size;
  }
  throw refuse("InvalidPartNumber", "The requested partnumber is not satisfiable").with_status(416);
}

}  // namespace s3dr::cloud
