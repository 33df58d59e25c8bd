// The readers of base/encoding.h and Endpoint::parse: no input crashes them, and what they accept they write
// back.
#include <cstdint>
#include <string_view>

#include "base/encoding.h"
#include "base/error.h"
#include "base/http_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace s3dr;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  S3DR_CHECK(from_hex(to_hex(text)) == text);
  S3DR_CHECK(from_base64(to_base64(text)) == text);
  S3DR_CHECK(uri_decode(uri_encode(text)) == text);
  S3DR_CHECK(uri_decode(uri_encode(text, Slash::keep)) == text);

  if (const auto bytes = from_hex(text)) S3DR_CHECK(equals_ignoring_case(to_hex(*bytes), text));
  if (const auto bytes = from_base64(text)) S3DR_CHECK(to_base64(*bytes) == text);
  static_cast<void>(uri_decode(text));
  static_cast<void>(uri_decode(text, true));
  if (const auto instant = from_iso8601(text)) S3DR_CHECK(from_iso8601(to_iso8601(*instant)) == instant);
  if (const auto instant = from_amz_date(text)) S3DR_CHECK(from_amz_date(to_amz_date(*instant)) == instant);
  if (const auto instant = from_http_date(text))
    S3DR_CHECK(from_http_date(to_http_date(*instant)) == instant);
  try {
    const Endpoint endpoint = Endpoint::parse(text);
    S3DR_CHECK(Endpoint::parse(endpoint.url()) == endpoint);
  } catch (const Error& error) {
    S3DR_CHECK(error.kind() == ErrorKind::invalid);
  }
  return 0;
}
