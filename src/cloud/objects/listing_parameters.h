// The query parameters that all listings share, and the key from which a listing continues. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/store/context.h"
#include "s3/xml_object.h"

namespace s3dr::cloud {

inline constexpr int listed_max = 1000;

// prefix, delimiter, encoding-type and the parameter for the page's size:
// `maximum_name` ("max-keys", "max-uploads"). Refuses InvalidArgument.
s3::ListingFrame listing_frame(const Request& request, std::string_view maximum_name);
// A number from 0 to 2^31-1. Returns at most `most`, and `otherwise` when the parameter is missing or empty.
// Refuses InvalidArgument.
int bounded_number(const Request& request, std::string_view name, int otherwise, int most);
std::string parameter(const Request& request, std::string_view name);  // "": missing

// The smallest key that is greater than every key with this prefix; nullopt: there is none.
std::optional<std::string> behind_prefix(std::string prefix);
// The smallest key greater than `key`.
std::string behind_key(std::string_view key);
// The common prefix that the delimiter makes of `key`; nullopt: the key is listed itself.
std::optional<std::string> common_prefix(std::string_view key, const s3::ListingFrame& frame);
// The key where a listing begins: the prefix, or the first key after the last page's marker. The marker may
// be a common prefix. nullopt: nothing can follow.
std::optional<std::string> start_of_listing(const s3::ListingFrame& frame, std::string_view marker);

}  // namespace s3dr::cloud
