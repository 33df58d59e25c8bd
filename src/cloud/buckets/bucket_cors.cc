// What browsers ask of a bucket: whether a page of another origin may send a request, and what it may read of the answer.
// The rules are a setting (cloud/settings/cors_rules.h).
#include <algorithm>
#include <utility>

#include "cloud/buckets/operations.h"
#include "cloud/door/answer.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/settings/cors_rules.h"
#include "cloud/store/bucket_table.h"

namespace s3dr::cloud {
namespace {

constexpr std::string_view methods[] = {"GET", "HEAD", "PUT", "POST", "DELETE"};

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string given(list.substr(0, end));
    std::string_view name = given;
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty() && !is_header_name(name))
      throw refuse("BadRequest",
                   "Access-Control-Request-Headers \"" + given + "\" contains invalid character.");
    if (!name.empty()) names.emplace_back(name);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

}  // namespace

Task<HttpResponse> answer_preflight(RegionContext& region, Request& request) {
  const std::string origin(request.headers.get_or("origin", ""));
  if (origin.empty()) throw refuse("BadRequest", "Insufficient information. Origin request header needed.");
  const std::string_view method = request.headers.get_or("access-control-request-method", "");
  if (std::ranges::find(methods, method) == std::end(methods))
    throw refuse("BadRequest", "Invalid Access-Control-Request-Method: " +
                                   (method.empty() ? std::string("null") : std::string(method)));
  auto asked_headers = names_in(request.headers.get_or("access-control-request-headers", ""));
  const BucketRow bucket = require_bucket(region, request);
  const auto configuration = find_setting(region.database.reader(), bucket.id, "cors");
  if (!configuration) throw refuse("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.");
  const auto headers = cors_headers(*configuration, {origin, std::string(method), std::move(asked_headers)});
  if (!headers)
    throw refuse(
        "AccessForbidden",
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
        "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are "
        "not whitelisted by the resource's CORS spec.");
  HttpResponse response = empty_answer(200);
  for (const Header& header : *headers) response.headers.set(header.name, header.value);
  co_return response;
}

void add_cors_headers(RegionContext& region, const Request& request, HttpResponse& response) {
  const std::string origin(request.headers.get_or("origin", ""));
  if (origin.empty() || request.bucket_text.empty() || request.method == "OPTIONS") return;
  const auto bucket = find_bucket(region.database.reader(), request.bucket_text);
  if (!bucket) return;
  const auto configuration = find_setting(region.database.reader(), bucket->id, "cors");
  if (!configuration) return;
  const auto headers = cors_headers(*configuration, {origin, request.method, {}});
  if (!headers) return;
  for (const Header& header : *headers) response.headers.set(header.name, header.value);
}

}  // namespace s3dr::cloud
