// Hex, base64, percent-encoding and the time formats of the protocol. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace s3dr {

std::string to_hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);  // strict: padding required, no blanks

// AWS URI encoding: A-Z a-z 0-9 - . _ ~ stay, every other byte becomes %XX in upper case (docs/protocol.md,
// Signing).
enum class Slash { keep, encode };
std::string uri_encode(std::string_view bytes, Slash slash = Slash::encode);
// Undoes percent-encoding; nullopt for a broken escape. `plus_is_space` is for form bodies and x-amz-tagging
// only.
std::optional<std::string> uri_decode(std::string_view text, bool plus_is_space = false);

std::string to_iso8601(Instant instant);                     // "2026-08-01T10:15:00.000Z"
std::string to_iso8601_seconds(Instant instant);             // "2026-08-01T10:15:00Z"
std::optional<Instant> from_iso8601(std::string_view text);  // with or without fraction, 'Z' only
std::string to_amz_date(Instant instant);                    // "20260801T101500Z"
std::optional<Instant> from_amz_date(std::string_view text);
std::string to_http_date(Instant instant);  // "Sat, 01 Aug 2026 10:15:00 GMT"
std::optional<Instant> from_http_date(std::string_view text);

// Takes the same time wherever the texts differ. For signatures and shared secrets.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace s3dr
