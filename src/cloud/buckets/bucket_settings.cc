// The settings that are one document each: the same three operations for all of them, and the list of those with ids.
// What they are: cloud/settings/setting_kinds.h. Acted upon are ownership, block of public access, payer, attribute-based
// access control, cross-origin rules and the lock's hold on versioning. All else is kept and shown
// (docs/protocol/bucket-settings.md).
#include "cloud/settings/bucket_settings.h"
#include "aws/xml.h"
#include "base/encoding.h"
#include "cloud/buckets/operations.h"
#include "cloud/door/answer.h"
#include "cloud/door/document_body.h"
#include "cloud/events/event_json.h"
#include "cloud/events/event_outbox.h"
#include "cloud/settings/setting_kinds.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/bucket_update.h"

namespace s3dr::cloud {
namespace {

namespace xml = aws::xml;

constexpr int page_size = 100;
constexpr std::size_t given_id_length = 48;

ManagementEvent event_of(const Request& request) {
  return {std::string(request.event_name), request_parameters(request), request.bucket_text, "", ""};
}

// The token is the last id of the page before.
std::string after_id(const Request& request) {
  const std::string* token = request.find("continuation-token");
  if (token == nullptr || token->empty()) return "";
  const auto id = from_base64(*token);
  if (!id) throw refuse("InvalidArgument", "The continuation token provided is incorrect");
  return *id;
}

HttpResponse list(RegionContext& region, const Request& request, const BucketRow& bucket,
                  const SettingKind& kind) {
  auto rows =
      list_settings(region.database.reader(), bucket.id, kind.subresource, after_id(request), page_size + 1);
  const bool more = rows.size() > page_size;
  if (more) rows.pop_back();
  std::string inside;
  const std::string root(kind.document.name);
  for (const SettingRow& row : rows) inside += "<" + root + ">" + row.inside + "</" + root + ">";
  inside += more ? "<IsTruncated>true</IsTruncated>" : "<IsTruncated>false</IsTruncated>";
  if (const std::string* token = request.find("continuation-token"); token != nullptr && !token->empty()) {
    inside += "<ContinuationToken>";
    xml::append_escaped(inside, *token);
    inside += "</ContinuationToken>";
  }
  if (more) inside += "<NextContinuationToken>" + to_base64(rows.back().id) + "</NextContinuationToken>";
  return xml_answer(whole_document(kind.list_root, inside));
}

// Empty for a kind without ids.
std::string id_of(const Request& request, const SettingKind& kind) {
  if (!kind.has_ids()) return "";
  const std::string* id = request.find("id");
  if (id == nullptr || id->empty())
    throw refuse("InvalidArgument", "Missing required parameter for this operation: id");
  return *id;
}

}  // namespace

Task<HttpResponse> get_bucket_setting(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const SettingKind& kind = setting_kind_of(request);
  if (kind.has_ids() && request.find("id") == nullptr) co_return list(region, request, bucket, kind);
  const auto kept = find_setting(region.database.reader(), bucket.id, kind.subresource, id_of(request, kind));
  if (!kept && !kind.absent_code.empty()) throw refuse(kind.absent_code, kind.absent_message);
  co_return xml_answer(whole_document(kind.document.name, kept ? *kept : kind.absent));
}

Task<HttpResponse> put_bucket_setting(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const SettingKind& kind = setting_kind_of(request);
  co_await read_document(request, kind.bytes_max,
                         kind.digest_required ? Integrity::required : Integrity::optional);
  const std::string id = id_of(request, kind);
  if (request.document.empty()) throw refuse("MissingRequestBodyError", "Request Body is empty");
  const xml::Document document(request.document);
  const pugi::xml_node root = document.root(kind.document.name);
  const std::string inside =
      normal_form(root, kind.document, [&region] { return region.random.alphanumeric(given_id_length); });
  co_await region.database.write([&](Connection& db) {
    const BucketRow row = require_row(db, bucket.id);
    if (kind.check != nullptr) kind.check({region, db, row, id, root});
    if (inside.empty()) {
      remove_setting(db, bucket.id, kind.subresource, id);
    } else {
      put_setting(db, bucket.id, kind.subresource, id, inside);
    }
    record_event(db, region, request, event_of(request));
  });
  region.wake_events();
  co_return empty_answer(kind.has_ids() ? 204 : 200);
}

// Of a kind with ids, what is not there cannot be deleted. All others may be deleted again.
Task<HttpResponse> delete_bucket_setting(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const SettingKind& kind = setting_kind_of(request);
  const std::string id = id_of(request, kind);
  co_await region.database.write([&](Connection& db) {
    require_row(db, bucket.id);
    const bool removed = remove_setting(db, bucket.id, kind.subresource, id);
    if (!removed && kind.has_ids()) throw refuse(kind.absent_code, kind.absent_message);
    record_event(db, region, request, event_of(request));
  });
  region.wake_events();
  co_return empty_answer(204);
}

}  // namespace s3dr::cloud
