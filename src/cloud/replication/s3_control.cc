// S3 Control: bucket tags by ARN (atomic per key) and batch jobs (docs/protocol.md, Bucket tags through S3
// Control and Batch replication). The router has made sure that the path is one of those served here.
#include <algorithm>

#include "aws/arn.h"
#include "cloud/answer.h"
#include "cloud/bucket_table.h"
#include "cloud/bucket_update.h"
#include "cloud/document_body.h"
#include "cloud/event_json.h"
#include "cloud/event_outbox.h"
#include "cloud/operations.h"
#include "cloud/request_path.h"
#include "s3/xml_bucket.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t document_bytes_max = 256 * 1024;

void check_account(const Request& request) {
  const auto account = request.headers.get("x-amz-account-id");
  if (!account) throw refuse("InvalidRequest", "Missing required header for this request: x-amz-account-id");
  if (*account != request.account.text()) throw refuse("AccessDenied", "Access Denied");
}

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

// One change of the tags within one transaction, so that two callers with different keys cannot undo each
// other.
template <class Edit>
Task<> edit_tags(RegionContext& region, Request& request, std::int64_t bucket, std::string_view event_name,
                 Edit edit) {
  co_await region.database.write([&](Connection& db) {
    s3::TagSet tags = require_row(db, bucket).tags;
    edit(tags);
    if (const auto why = s3::why_invalid(tags, s3::TagOwner::bucket)) throw refuse("InvalidTag", *why);
    db.prepare("UPDATE bucket SET tags = ? WHERE id = ?").bind(s3::to_tagging_header(tags), bucket).run();
    record_event(db, region, request,
                 {std::string(event_name), request_parameters(request), request.bucket_text, "", ""});
  });
  region.wake_events();
}

Task<HttpResponse> bucket_tags(RegionContext& region, Request& request, std::string arn_text) {
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

}  // namespace

Task<HttpResponse> s3_control(RegionContext& region, Request& request) {
  check_account(request);
  const std::string path = request.key.bytes().substr(control_prefix.size());
  constexpr std::string_view tags = "tags/";
  constexpr std::string_view jobs = "jobs/";
  if (path.starts_with(tags)) co_return co_await bucket_tags(region, request, path.substr(tags.size()));
  if (path.starts_with(jobs)) co_return co_await describe_job(region, request, path.substr(jobs.size()));
  if (request.method == "POST") co_return co_await create_job(region, request);
  co_return co_await list_jobs(region, request);
}

}  // namespace s3dr::cloud
