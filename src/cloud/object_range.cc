#include "cloud/object_range.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace s3dr::cloud {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error not_satisfiable() {
  return refuse("InvalidRange", "The requested range is not satisfiable").with_status(416);
}

}  // namespace

std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return std::nullopt;
  header.remove_prefix(unit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first_text = header.substr(0, dash);
  const std::string_view last_text = header.substr(dash + 1);
  const auto first = parse_number(first_text);
  const auto last = parse_number(last_text);
  if (first_text.empty()) {
    if (!last) return std::nullopt;
    if (*last == 0 || size == 0) throw not_satisfiable();
    const std::uint64_t length = std::min(*last, size);
    return ByteRange{size - length, length};
  }
  if (!first || (!last_text.empty() && !last) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) throw not_satisfiable();
  const std::uint64_t end = last && *last < size - 1 ? *last + 1 : size;
  return ByteRange{*first, end - *first};
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

ByteRange range_of_part(const VersionRow& row, std::string_view number) {
  const auto wanted = parse_number(number);
  if (!wanted || *wanted < 1 || *wanted > 10'000)
    throw refuse("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
  const auto parts = parts_of(row);
  if (parts.empty() && *wanted == 1) return {0, row.size};
  std::uint64_t offset = 0;
  // Parts are counted by their place in the object, not by the number they were uploaded with.
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i + 1 == *wanted) return {offset, parts[i].size};
    offset += parts[i].size;
  }
  throw refuse("InvalidPartNumber", "The requested partnumber is not satisfiable").with_status(416);
}

}  // namespace s3dr::cloud
