// Bucket policies: checks one as S3 does, and keeps it. How a request is judged by it:
// cloud/door/s3_access.h. Which condition keys it may use: cloud/door/policy_keys.h.
#include <algorithm>

#include "aws/arn.h"
#include "aws/policy/policy.h"
#include "base/http_message.h"
#include "cloud/buckets/operations.h"
#include "cloud/door/answer.h"
#include "cloud/door/document_body.h"
#include "cloud/door/policy_keys.h"
#include "cloud/door/principals.h"
#include "cloud/events/event_json.h"
#include "cloud/events/event_outbox.h"
#include "cloud/settings/access_in_force.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/settings/document_schema.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/bucket_update.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t policy_bytes_max = 20 * 1024;

// A policy may let another account into a bucket, but not to the policy itself.
BucketRow require_own_bucket(RegionContext& region, const Request& request) {
  BucketRow bucket = require_bucket(region, request);
  if (bucket.account != request.account)
    throw refuse("MethodNotAllowed", "The specified method is not allowed against this resource.");
  return bucket;
}

void check(RegionContext& region, const BucketRow& bucket, const aws::Policy& policy) {
  const std::string arn = aws::bucket_arn("aws", bucket.name.text());
  for (const aws::PolicyStatement& statement : policy.statements) {
    for (const std::string& action : statement.actions) {
      if (action != "*" && !lower_case(action).starts_with("s3:"))
        throw refuse("MalformedPolicy", "Policy has invalid action");
    }
    for (const std::string& resource : statement.resources) {
      const bool of_bucket = resource == arn || resource.starts_with(arn + "/") || resource == arn + "*";
      if (!of_bucket) throw refuse("MalformedPolicy", "Policy has invalid resource");
    }
  }
  if (missing_principal(region.global, policy))
    throw refuse("MalformedPolicy", "Invalid principal in policy");
  check_keys_of_bucket_policy(policy);
}

[[noreturn]] void refuse_public(const Request& request) {
  throw refuse(
      "AccessDenied",
      "User: " + request.caller.arn + " is not authorized to perform: s3:PutBucketPolicy on resource: " +
          aws::bucket_arn("aws", request.bucket_text) +
          " because public policies are blocked by the BlockPublicPolicy block public access setting.");
}

ManagementEvent event_of(const Request& request, std::string_view name) {
  return {std::string(name), request_parameters(request), request.bucket_text, "", ""};
}

}  // namespace

Task<HttpResponse> get_bucket_policy(RegionContext& region, Request& request) {
  const BucketRow bucket = require_own_bucket(region, request);
  auto row = region.database.reader().prepare("SELECT document FROM bucket_policy WHERE bucket = ?");
  row.bind(bucket.id);
  if (!row.step()) throw refuse("NoSuchBucketPolicy", "The bucket policy does not exist");
  HttpResponse response;
  response.headers.set("Content-Type", "application/json");
  response.body = Body(row.text(0));
  co_return response;
}

Task<HttpResponse> put_bucket_policy(RegionContext& region, Request& request) {
  const BucketRow bucket = require_own_bucket(region, request);
  co_await read_document(request, policy_bytes_max, Integrity::optional);
  bool open = false;
  try {
    const aws::Policy policy = aws::parse_policy(request.document, aws::PolicyUse::resource);
    check(region, bucket, policy);
    open = is_public(policy);
  } catch (const Error& error) {
    if (error.code() != "MalformedPolicyDocument") throw;
    throw refuse("MalformedPolicy", error.message());
  }
  co_await region.database.write([&](Connection& db) {
    require_row(db, bucket.id);
    if (open && public_access_block_of(db, bucket.id).block_policy) refuse_public(request);
    db.prepare(
          "INSERT INTO bucket_policy VALUES (?, ?) ON CONFLICT (bucket) DO UPDATE SET document = "
          "excluded.document")
        .bind(bucket.id, request.document)
        .run();
    record_event(db, region, request, event_of(request, "PutBucketPolicy"));
  });
  region.wake_events();
  co_return empty_answer(204);
}

Task<HttpResponse> delete_bucket_policy(RegionContext& region, Request& request) {
  const BucketRow bucket = require_own_bucket(region, request);
  co_await region.database.write([&](Connection& db) {
    db.prepare("DELETE FROM bucket_policy WHERE bucket = ?").bind(bucket.id).run();
    record_event(db, region, request, event_of(request, "DeleteBucketPolicy"));
  });
  region.wake_events();
  co_return empty_answer(204);
}

Task<HttpResponse> get_bucket_policy_status(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  auto row = region.database.reader().prepare("SELECT document FROM bucket_policy WHERE bucket = ?");
  row.bind(bucket.id);
  if (!row.step()) throw refuse("NoSuchBucketPolicy", "The bucket policy does not exist");
  const bool open = is_public(aws::parse_policy(row.text(0), aws::PolicyUse::resource));
  co_return xml_answer(
      whole_document("PolicyStatus", open ? "<IsPublic>true</IsPublic>" : "<IsPublic>false</IsPublic>"));
}

}  // namespace s3dr::cloud
