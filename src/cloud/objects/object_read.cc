#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "aws/checksum.h"
#include "base/encoding.h"
#include "cloud/door/answer.h"
#include "cloud/objects/conditions.h"
#include "cloud/objects/lifecycle_run.h"
#include "cloud/objects/metadata.h"
#include "cloud/objects/object_range.h"
#include "cloud/objects/operations.h"
#include "cloud/objects/version_headers.h"
#include "cloud/store/bucket_table.h"

namespace s3dr::cloud {
namespace {

// Query parameters that replace a header of the answer. Only whoever signs the request may use them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> overrides = {{
    {"response-content-type", "Content-Type"},
    {"response-content-language", "Content-Language"},
    {"response-expires", "Expires"},
    {"response-cache-control", "Cache-Control"},
    {"response-content-disposition", "Content-Disposition"},
    {"response-content-encoding", "Content-Encoding"},
}};

void refuse_customer_keys(const Request& request) {
  if (request.headers.has("x-amz-server-side-encryption-customer-algorithm"))
    throw refuse("NotImplemented", "Encryption with customer keys is not implemented.");
}

HttpResponse not_modified(const BucketRow& bucket, const VersionRow& row) {
  HttpResponse response = empty_answer(304);
  add_version_headers(response.headers, bucket, row);
  return response;
}

// A line break in a value would be a header of its own.
bool fits_into_header(std::string_view value) {
  return std::ranges::none_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7F;
  });
}

void add_override_headers(Headers& headers, const Request& request) {
  for (const auto& [parameter, header] : overrides) {
    const std::string* value = request.find(parameter);
    if (value == nullptr) continue;
    if (request.caller.arn.empty())
      throw refuse("InvalidRequest",
                   "Request specific response headers cannot be used for anonymous GET requests.");
    if (!fits_into_header(*value))
      throw refuse("InvalidArgument", std::string(parameter) + " holds control characters.");
    headers.set(std::string(header), *value);
  }
}

// The answer to GET and HEAD without the body.
HttpResponse describe(const Request& request, const BucketRow& bucket, const VersionRow& row) {
  HttpResponse response = empty_answer(200);
  Headers& headers = response.headers;
  add_version_headers(headers, bucket, row);
  headers.set("Accept-Ranges", "bytes");
  headers.set("content-type", "binary/octet-stream");
  add_metadata_headers(headers, metadata_from_json(row.system_metadata),
                       metadata_from_json(row.user_metadata));
  if (!row.tags.empty()) headers.set("x-amz-tagging-count", std::to_string(row.tags.size()));
  add_override_headers(headers, request);
  return response;
}

struct Selected {
  s3::ByteRange range;
  bool partial = false;       // answered with 206
  bool whole = true;          // all bytes of the object, as one
  std::string checksum = {};  // of the part that is asked for; empty: none is known
};

// The bytes that the request asks for. Sets the headers of `response` that go with them. Raises InvalidRange.
Selected select_bytes(const Request& request, const VersionRow& row, HttpResponse& response) {
  Selected selected{{0, row.size}};
  const auto header = request.headers.get("range");
  const std::string* part = request.find("partNumber");
  if (header && part != nullptr)
    throw refuse("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
  if (part != nullptr) {
    const SelectedPart found = selected_part(row, *part);
    // A ranged GET also where the object is its only part (API reference of GetObject, partNumber).
    selected = {found.range, row.size > 0, found.parts_count == 0, found.checksum};
    if (found.parts_count > 0)
      response.headers.set("x-amz-mp-parts-count", std::to_string(found.parts_count));
  } else if (header) {
    if (const auto range = wanted_range(*header, row.size)) selected = {*range, true, false};
  }
  if (!selected.partial) return selected;
  response.status = 206;
  response.headers.set("Content-Range", s3::content_range(selected.range, row.size));
  return selected;
}

HttpResponse read_object(RegionContext& region, const Request& request) {
  refuse_customer_keys(request);
  if (const std::string* part = request.find("partNumber")) part_number(*part);
  const BucketRow bucket = require_bucket(region, request);
  Found found = find_for_reading(region, bucket, request);
  if (!found.row) return std::move(found.refusal);
  const VersionRow& row = *found.row;
  const ReadAnswer answer = evaluate_read(request.headers, "", row);
  if (answer == ReadAnswer::not_modified) return not_modified(bucket, row);
  if (answer == ReadAnswer::failed)
    throw refuse("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  HttpResponse response = describe(request, bucket, row);
  add_expiration_header(region, response.headers, row);
  const Selected selected = select_bytes(request, row, response);
  // The object's checksum covers all bytes. With some of them it must not be sent, because clients would compare it. A
  // part has a checksum of its own.
  if (equals_ignoring_case(request.headers.get_or("x-amz-checksum-mode", ""), "ENABLED")) {
    if (selected.whole)
      add_checksum_headers(response.headers, row);
    else if (!selected.checksum.empty())
      add_checksum_headers(response.headers, row, selected.checksum);
  }
  if (request.method == "HEAD") {
    response.headers.set("Content-Length", std::to_string(selected.range.length));
  } else if (row.body && selected.range.length > 0) {
    response.body = Body(region.bodies.open(*row.body, selected.range.offset, selected.range.length),
                         selected.range.length);
  }
  return response;
}

// A header that is a list may come in several lines, which mean the same as one (RFC 9110, 5.3). "a,b"; empty: there is
// none.
std::string list_header(const Headers& headers, std::string_view name) {
  std::string list;
  for (const Header& field : headers) {
    if (!equals_ignoring_case(field.name, name) || field.value.empty()) continue;
    if (!list.empty()) list += ',';
    list += field.value;
  }
  return list;
}

struct WantedAttributes {
  bool etag = false, checksum = false, parts = false, storage_class = false, size = false;
};

WantedAttributes wanted_attributes(const Request& request) {
  const std::string names = list_header(request.headers, "x-amz-object-attributes");
  if (names.empty())
    throw refuse("InvalidRequest",
                 "The x-amz-object-attributes header specifying the attributes to be retrieved "
                 "is either missing or empty");
  WantedAttributes wanted;
  std::string_view rest = names;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    std::string_view name = rest.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (name == "ETag")
      wanted.etag = true;
    else if (name == "Checksum")
      wanted.checksum = true;
    else if (name == "ObjectParts")
      wanted.parts = true;
    else if (name == "StorageClass")
      wanted.storage_class = true;
    else if (name == "ObjectSize")
      wanted.size = true;
    else
      throw refuse("InvalidArgument", "Invalid attribute name specified.");
  }
  return wanted;
}

std::string element(std::string_view name, std::string_view text) {
  return "<" + std::string(name) + ">" + std::string(text) + "</" + std::string(name) + ">";
}

// A number from `least` to `most` in a header; otherwise what is given for its absence.
int header_number(const Request& request, std::string_view name, int otherwise, int most) {
  const auto text = request.headers.get(name);
  if (!text) return otherwise;
  int number = -1;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc() || end != text->data() + text->size() || number < 0)
    throw refuse("InvalidArgument", std::string(name) + " must be a number that is not negative.");
  return std::min(number, most);
}

// The parts are listed only for multipart objects with a checksum for each part.
// Their number is always given.
std::string parts_element(const Request& request, const VersionRow& row) {
  constexpr int page_max = 1'000, number_max = 10'000;
  const auto parts = parts_of(row);
  if (parts.empty()) return {};
  const int marker = header_number(request, "x-amz-part-number-marker", 0, number_max);
  const int most = header_number(request, "x-amz-max-parts", page_max, page_max);
  std::string listed;
  int count = 0, last = 0;
  bool more = false;
  for (std::size_t i = static_cast<std::size_t>(marker); i < parts.size(); ++i) {
    if (parts[i].checksum.empty()) continue;
    more = count == most;
    if (more) break;
    ++count;
    last = static_cast<int>(i) + 1;
    listed += "<Part>" + element("PartNumber", std::to_string(last)) +
              element("Size", std::to_string(parts[i].size)) +
              element("Checksum" + row.checksum_algorithm, parts[i].checksum) + "</Part>";
  }
  return "<ObjectParts>" + element("PartsCount", std::to_string(parts.size())) +
         element("PartNumberMarker", std::to_string(marker)) +
         element("NextPartNumberMarker", std::to_string(last)) + element("MaxParts", std::to_string(most)) +
         element("IsTruncated", more ? "true" : "false") + listed + "</ObjectParts>";
}

}  // namespace

Task<HttpResponse> get_object(RegionContext& region, Request& request) {
  co_return read_object(region, request);
}

Task<HttpResponse> head_object(RegionContext& region, Request& request) {
  co_return read_object(region, request);
}

Task<HttpResponse> get_object_attributes(RegionContext& region, Request& request) {
  refuse_customer_keys(request);
  const BucketRow bucket = require_bucket(region, request);
  const WantedAttributes wanted = wanted_attributes(request);
  Found found = find_for_reading(region, bucket, request);
  if (!found.row) co_return std::move(found.refusal);
  const VersionRow& row = *found.row;
  // Nothing below needs escaping: hex, base64 and numbers.
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<GetObjectAttributesResponse xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  if (wanted.etag) xml += element("ETag", row.etag);
  if (wanted.checksum)
    xml += element("Checksum", element("Checksum" + row.checksum_algorithm, row.checksum_value) +
                                   element("ChecksumType", row.checksum_type));
  if (wanted.parts) xml += parts_element(request, row);
  if (wanted.storage_class) xml += element("StorageClass", row.storage_class);
  if (wanted.size) xml += element("ObjectSize", std::to_string(row.size));
  xml += "</GetObjectAttributesResponse>";
  HttpResponse response = xml_answer(std::move(xml));
  response.headers.set("Last-Modified", to_http_date(row.created));
  if (bucket.versioning != s3::Versioning::never_enabled)
    response.headers.set("x-amz-version-id", row.version_id.text());
  co_return response;
}

}  // namespace s3dr::cloud
