#include "cloud/objects/listing_parameters.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace s3dr::cloud {

std::string parameter(const Request& request, std::string_view name) {
  const std::string* value = request.find(name);
  return value == nullptr ? std::string() : *value;
}

int bounded_number(const Request& request, std::string_view name, int otherwise, int most) {
  const std::string text = parameter(request, name);
  if (text.empty()) return otherwise;
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size())
    throw refuse("InvalidArgument",
                 "Provided " + std::string(name) + " not an integer or within integer range");
  if (value < 0)
    throw refuse("InvalidArgument",
                 "Argument " + std::string(name) + " must be an integer between 0 and 2147483647");
  return std::min(value, most);
}

s3::ListingFrame listing_frame(const Request& request, std::string_view maximum_name) {
  s3::ListingFrame frame;
  frame.bucket = request.bucket_text;
  frame.prefix = parameter(request, "prefix");
  frame.delimiter = parameter(request, "delimiter");
  frame.keys_max = bounded_number(request, maximum_name, listed_max, listed_max);
  const std::string encoding = parameter(request, "encoding-type");
  if (!encoding.empty() && encoding != "url")
    throw refuse("InvalidArgument", "Invalid Encoding Method specified in Request");
  frame.url_encoding = !encoding.empty();
  return frame;
}

std::optional<std::string> behind_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string behind_key(std::string_view key) {
  std::string result(key);
  result += '\0';
  return result;
}

std::optional<std::string> common_prefix(std::string_view key, const s3::ListingFrame& frame) {
  if (frame.delimiter.empty() || key.size() < frame.prefix.size()) return std::nullopt;
  const auto found = key.find(frame.delimiter, frame.prefix.size());
  if (found == std::string_view::npos) return std::nullopt;
  return std::string(key.substr(0, found + frame.delimiter.size()));
}

std::optional<std::string> start_of_listing(const s3::ListingFrame& frame, std::string_view marker) {
  if (marker.empty()) return frame.prefix;
  // A marker that is itself a common prefix stands for everything below it.
  const bool is_rolled_up = marker.starts_with(frame.prefix) && common_prefix(marker, frame) == marker;
  auto start = is_rolled_up ? behind_prefix(std::string(marker)) : std::optional(behind_key(marker));
  if (start && *start < frame.prefix) return frame.prefix;
  return start;
}

}  // namespace s3dr::cloud
