// The lifecycle configuration of a bucket: checked as S3 checks it, and kept.
// Acting on it: objects/lifecycle_run (docs/protocol.md, Lifecycle configuration).
#include "cloud/buckets/operations.h"
#include "cloud/door/answer.h"
#include "cloud/door/document_body.h"
#include "cloud/events/event_json.h"
#include "cloud/events/event_outbox.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/bucket_update.h"
#include "s3/lifecycle.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t document_bytes_max = 2 * 1024 * 1024;
constexpr std::string_view minimum_size_header = "x-amz-transition-default-minimum-object-size";
constexpr std::string_view minimum_size_default = "all_storage_classes_128K";

// Which objects are too small to move by default. It is kept, and answered with the rules.
std::string minimum_size_of(const Request& request) {
  std::string given(request.headers.get_or(minimum_size_header, minimum_size_default));
  if (given != minimum_size_default && given != "varies_by_storage_class")
    throw refuse("InvalidRequest", "Invalid TransitionDefaultMinimumObjectSize found");
  return given;
}

HttpResponse with_minimum_size(HttpResponse response, std::string size) {
  response.headers.set(std::string(minimum_size_header), std::move(size));
  return response;
}

}  // namespace

Task<HttpResponse> get_bucket_lifecycle(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  auto row = region.database.reader().prepare(
      "SELECT document, minimum_size FROM bucket_lifecycle WHERE bucket = ?");
  row.bind(bucket.id);
  if (!row.step()) throw refuse("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
  co_return with_minimum_size(xml_answer(row.text(0)), row.text(1));
}

Task<HttpResponse> put_bucket_lifecycle(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  co_await read_document(request, document_bytes_max, Integrity::required);
  s3::LifecycleRules rules = s3::parse_lifecycle(request.document);
  if (const auto refusal = s3::why_refused(rules)) throw refuse(refusal->code, refusal->message);
  const std::string size = minimum_size_of(request);
  for (s3::LifecycleRule& rule : rules) {
    if (rule.id.empty()) rule.id = region.random.alphanumeric(48);
  }
  const std::string document = s3::write_lifecycle(rules);
  co_await region.database.write([&](Connection& db) {
    require_row(db, bucket.id);
    db.prepare("INSERT OR REPLACE INTO bucket_lifecycle VALUES (?, ?, ?)")
        .bind(bucket.id, document, size)
        .run();
    record_event(db, region, request,
                 {"PutBucketLifecycle", request_parameters(request), bucket.name.text(), "", ""});
  });
  if (region.wake_lifecycle) region.wake_lifecycle();
  region.wake_events();
  co_return with_minimum_size(empty_answer(200), size);
}

Task<HttpResponse> delete_bucket_lifecycle(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  co_await region.database.write([&](Connection& db) {
    require_row(db, bucket.id);
    db.prepare("DELETE FROM bucket_lifecycle WHERE bucket = ?").bind(bucket.id).run();
    record_event(db, region, request,
                 {"DeleteBucketLifecycle", request_parameters(request), bucket.name.text(), "", ""});
  });
  region.wake_events();
  co_return empty_answer(204);
}

}  // namespace s3dr::cloud
