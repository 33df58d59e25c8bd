// The query parameters that every listing shares, and the positions from which one goes on. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/store/context.h"
#include "s3/xml_object.h"

namespace s3dr::cloud {

inline constexpr int listed_max = 1000;

// prefix, delimiter, encoding-type and the parameter that bounds the page ("max-keys", "max-uploads").
// Refuses InvalidArgument.
s3::ListingFrame listing_frame(const Request& request, std::string_view maximum_name);
// A number from 0 to 2^31-1, at most `most`; `otherwise` where it is missing or empty.
int bounded_number(const Request& request, std::string_view name, int otherwise, int most);
std::string parameter(const Request& request, std::string_view name);  // "" where it is missing

// The smallest key behind every key that begins with `prefix`; nullopt: there is none.
std::optional<std::string> behind_prefix(std::string prefix);
// The smallest key greater than `key`.
std::string behind_key(std::string_view key);
// What the delimiter rolls `key` up to; nullopt: the key stands for itself.
std::optional<std::string> common_prefix(std::string_view key, const s3::ListingFrame& frame);
// Where a listing begins: at the prefix, or behind a marker of the last page, which may be a common prefix.
// nullopt: nothing can follow.
std::optional<std::string> start_of_listing(const s3::ListingFrame& frame, std::string_view marker);

}  // namespace s3dr::cloud
