#include <algorithm>
#include <utility>
#include <vector>

#include "cloud/door/answer.h"
#include "cloud/door/document_body.h"
#include "cloud/door/s3_access.h"
#include "cloud/objects/deletion.h"
#include "cloud/objects/object_commit.h"
#include "cloud/objects/operations.h"
#include "cloud/objects/version_headers.h"
#include "cloud/store/bucket_table.h"
#include "s3/xml_object.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t delete_document_bytes_max =
    8 * 1024 * 1024;  // 1000 keys of 1024 bytes, each byte escaped
constexpr std::size_t delete_items_max = 1000;

struct Outcome {
  s3::DeleteResult result;
  std::vector<Deletion> deletions;

  void failed(const s3::DeleteRequest::Item& item, const Error& error) {
    result.failed.push_back({item.key, item.version_id, error.code(), error.message()});
  }
};

void delete_item(Connection& db, const BucketRow& bucket, const s3::DeleteRequest::Item& item,
                 const s3::VersionId& fresh_id, Instant now, Outcome& outcome) {
  try {
    WriteCondition condition;
    if (!item.etag.empty()) {
      Headers headers;
      headers.add("if-match", item.etag);
      condition = delete_condition_of(headers);
    }
    if (item.key.empty()) throw refuse("UserKeyMustBeSpecified", "A key must be specified.");
    const auto version = item.version_id.empty() ? std::nullopt : std::optional(item.version_id);
    Deletion deletion = delete_one(db, bucket, item.key, version, condition, fresh_id, now);
    s3::DeleteResult::Deleted deleted;
    deleted.key = item.key;
    deleted.version_id = item.version_id;
    deleted.delete_marker = deletion.is_marker;
    if (deletion.is_marker) deleted.delete_marker_version_id = deletion.version_id;
    outcome.result.deleted.push_back(std::move(deleted));
    outcome.deletions.push_back(std::move(deletion));
  } catch (const Error& error) {
    // A failure of the database is not the failure of one item: it undoes the whole change.
    if (error.code().empty() || error.kind() == ErrorKind::unavailable) throw;
    outcome.failed(item, error);
  }
}

// The policies are asked for each key.
std::vector<std::optional<Error>> refusals_of(RegionContext& region, const Request& request,
                                              const s3::DeleteRequest& deletes) {
  std::vector<std::optional<Error>> result;
  for (const s3::DeleteRequest::Item& item : deletes.items) {
    S3Subject subject{request.bucket_text, item.key.bytes(), item.version_id.text()};
    subject.in_body = true;
    if (!item.etag.empty()) subject.if_match = item.etag;
    const Access access = bucket_access(
        region, request, item.version_id.empty() ? "s3:DeleteObject" : "s3:DeleteObjectVersion", subject);
    result.push_back(why_refused(region, request, access));
  }
  return result;
}

// No bucket here has a lock, so x-amz-bypass-governance-retention changes nothing: it is passed over, as S3 does in
// a bucket without lock.
void refuse_mfa(const Request& request) {
  if (request.headers.has("x-amz-mfa"))
    throw refuse("NotImplemented", "A header you provided implies functionality that is not implemented.");
}

}  // namespace

Task<HttpResponse> delete_object(RegionContext& region, Request& request) {
  refuse_mfa(request);
  const BucketRow bucket = require_bucket(region, request);
  const auto version = version_id_of(request);
  const WriteCondition condition = delete_condition_of(request.headers);
  const s3::VersionId fresh_id = fresh_version_id(region.random);
  const Deletion deletion = co_await region.database.write([&](Connection& db) {
    const Instant now = region.clock.now();
    return delete_one(db, bucket_in_change(db, bucket.id), request.key, version, condition, fresh_id, now);
  });
  after_deletion(region, {deletion});
  HttpResponse response = empty_answer(204);
  if (!deletion.version_id.empty() && bucket.versioning != s3::Versioning::never_enabled)
    response.headers.set("x-amz-version-id", deletion.version_id.text());
  if (deletion.is_marker) response.headers.set("x-amz-delete-marker", "true");
  co_return response;
}

Task<HttpResponse> delete_objects(RegionContext& region, Request& request) {
  refuse_mfa(request);
  const BucketRow bucket = require_bucket(region, request);
  co_await read_document(request, delete_document_bytes_max, Integrity::required);
  const s3::DeleteRequest deletes = s3::parse_delete_request(request.document);
  if (deletes.items.empty() || deletes.items.size() > delete_items_max)
    throw refuse("MalformedXML",
                 "The XML you provided was not well-formed or did not validate against our published schema");
  const auto refusals = refusals_of(region, request, deletes);
  // A caller who may delete nothing in another account's bucket learns nothing about it.
  const bool none = std::ranges::all_of(refusals, [](const auto& refusal) { return refusal.has_value(); });
  if (none && bucket.account != request.account) throw Error(*refusals.front());
  std::vector<s3::VersionId> fresh_ids;
  for (std::size_t i = 0; i < deletes.items.size(); ++i) fresh_ids.push_back(fresh_version_id(region.random));
  Outcome outcome = co_await region.database.write([&](Connection& db) {
    const Instant now = region.clock.now();
    const BucketRow current = bucket_in_change(db, bucket.id);
    Outcome result;
    for (std::size_t i = 0; i < deletes.items.size(); ++i) {
      const s3::DeleteRequest::Item& item = deletes.items[i];
      if (refusals[i])
        result.failed(item, *refusals[i]);
      else
        delete_item(db, current, item, fresh_ids[i], now, result);
    }
    return result;
  });
  after_deletion(region, outcome.deletions);
  if (deletes.quiet) outcome.result.deleted.clear();
  co_return xml_answer(s3::write_delete_result(outcome.result));
}

}  // namespace s3dr::cloud
