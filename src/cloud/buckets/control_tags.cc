// S3 Control: the tags of a bucket, by its ARN. Each key is changed on its own; the other tags stay
// (docs/protocol.md, Bucket tags through S3 Control).
#include <algorithm>

#include "aws/arn.h"
#include "cloud/buckets/operations.h"
#include "cloud/door/answer.h"
#include "cloud/door/control_request.h"
#include "cloud/door/document_body.h"
#include "cloud/events/event_json.h"
#include "cloud/events/event_outbox.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/bucket_update.h"
#include "s3/xml_bucket.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t document_bytes_max = 256 * 1024;

void set_tags(s3::TagSet& tags, const s3::TagSet& added) {
  for (const s3::Tag& tag : added) {
    const auto present =
        std::find_if(tags.begin(), tags.end(), [&](const s3::Tag& other) { return other.key == tag.key; });
    if (present != tags.end()) {
      present->value = tag.value;
    } else {
      tags.push_back(tag);
    }
  }
}

// Changes the tags within one transaction,
// so that two callers with different keys do not undo each other's change.
template <class Edit>
Task<> edit_tags(RegionContext& region, Request& request, std::int64_t bucket, std::string_view event_name,
                 Edit edit) {
  co_await region.database.write([&](Connection& db) {
    const BucketRow row = require_row(db, bucket);
    s3::TagSet tags = row.tags;
    edit(tags);
    if (const auto why = s3::why_invalid(tags, s3::TagOwner::bucket)) throw refuse("InvalidTag", *why);
    db.prepare("UPDATE bucket SET tags = ? WHERE id = ?").bind(s3::to_tagging_header(tags), bucket).run();
    record_event(db, region, request,
                 {std::string(event_name), request_parameters(request), request.bucket_text, "", ""});
    record_tag_change(db, region, request, {row.account, row.name.text(), row.tags, tags});
  });
  region.wake_events();
}

}  // namespace

Task<HttpResponse> control_tags(RegionContext& region, Request& request) {
  check_control_account(request);
  const std::string arn_text = control_path(request).substr(std::string_view("tags/").size());
  const auto arn = aws::parse_arn(arn_text);
  const auto name = aws::bucket_of_arn(arn_text);
  if (!arn || !name || arn->resource != *name) {
    throw refuse("NotImplemented", "Only general purpose buckets have tags here.");
  }
  request.bucket_text = *name;
  const BucketRow bucket = require_bucket(region, request);
  if (request.method == "GET") co_return xml_answer(s3::write_list_tags_for_resource_result(bucket.tags));
  if (request.method == "POST") {
    co_await read_document(request, document_bytes_max, Integrity::optional);
    const s3::TagSet added = s3::parse_tag_resource_request(request.document);
    if (const auto why = s3::why_invalid(added, s3::TagOwner::bucket)) throw refuse("InvalidTag", *why);
    co_await edit_tags(region, request, bucket.id, "TagResource",
                       [&added](s3::TagSet& tags) { set_tags(tags, added); });
    co_return empty_answer(204);
  }
  if (request.find("tagKeys") == nullptr) throw refuse("InvalidRequest", "tagKeys is missing");
  co_await edit_tags(region, request, bucket.id, "UntagResource", [&request](s3::TagSet& tags) {
    for (const aws::QueryParameter& parameter : request.query) {
      if (parameter.name == "tagKeys") {
        std::erase_if(tags, [&](const s3::Tag& tag) { return tag.key == parameter.value; });
      }
    }
  });
  co_return empty_answer(204);
}

}  // namespace s3dr::cloud
