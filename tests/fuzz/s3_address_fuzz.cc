// Request targets, hosts, copy sources, header fields and tags: any bytes give a value or a refusal.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "s3/http_fields.h"
#include "s3/request_path.h"
#include "s3/tag.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace s3dr::s3;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto newline = text.find('\n');
  const std::string_view host =
      newline == std::string_view::npos ? std::string_view() : text.substr(newline + 1);
  const std::array<std::string, 2> bases = {"s3.us-west-2.localhost", "localhost"};
  try {
    const RequestAddress address = parse_request_address(text.substr(0, newline), subdomain_of(host, bases));
    const BucketName bucket = BucketName::parse(address.bucket);
    const std::string target = object_target("/" + bucket.text(), address.key, address.query);
    if (parse_request_address(target) != address) std::abort();
  } catch (const s3dr::Error&) {
  }
  parse_copy_source(text);
  if (const auto tags = parse_tagging_header(text)) {
    if (parse_tagging_header(to_tagging_header(*tags)) != *tags) std::abort();
    why_invalid(*tags, TagOwner::object);
  }
  if (parse_etag_condition(text).covers("")) {
    if (!parse_etag_condition(text).any) std::abort();
  }
  if (const auto range = parse_range(text)) {
    const auto resolved = resolve_range(*range, 1'000);
    if (resolved &&
        (resolved->length == 0 || resolved->offset >= 1'000 || resolved->length > 1'000 - resolved->offset))
      std::abort();
  }
  if (const auto range = parse_copy_range(text)) {
    if (range->length == 0 || range->offset + range->length < range->offset) std::abort();
  }
  without_aws_chunked(text);
  printable(ObjectKey(std::string(text)));
  BucketName::why_not_new(text);
  try {
    const s3dr::Headers headers = {{"Content-Length", std::string(text)},
                                   {"Last-Modified", std::string(text)}};
    parse_object_head(headers);
  } catch (const s3dr::Error&) {
  }
  return 0;
}
