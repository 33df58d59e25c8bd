// The access control list of a bucket. Off by default: then it can be read, and only the owner's own list can be put.
// What a list gives to others: cloud/settings/acl.h.
#include "cloud/buckets/operations.h"
#include "cloud/door/answer.h"
#include "cloud/door/document_body.h"
#include "cloud/events/event_json.h"
#include "cloud/events/event_outbox.h"
#include "cloud/settings/acl.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/settings/document_schema.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/bucket_update.h"
#include "cloud/store/owner_id.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t document_bytes_max = 64 * 1024;

Acl wanted_acl(const Request& request, const std::string& owner) {
  const bool in_headers = has_acl_headers(request.headers);
  if (in_headers && !request.document.empty())
    throw refuse("UnexpectedContent", "This request does not support content");
  if (in_headers) return acl_of_headers(request.headers, owner).value_or(Acl());
  if (request.document.empty())
    throw refuse("MissingSecurityHeader", "Your request was missing a required header");
  return acl_of_document(request.document, owner);
}

[[noreturn]] void refuse_lists() {
  throw refuse("AccessControlListNotSupported", "The bucket does not allow ACLs");
}

// With lists off, what gives everything to the owner and nothing to others is taken. The canned `private` is not: S3
// User Guide, Troubleshooting of Object Ownership, and reports of users of Terraform.
void refuse_canned(const Headers& headers) {
  if (headers.get_or("x-amz-acl", "bucket-owner-full-control") != "bucket-owner-full-control") refuse_lists();
}

}  // namespace

Task<HttpResponse> get_bucket_acl(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const std::string owner = owner_id(bucket.account);
  const Acl acl = bucket_acl(region.database.reader(), bucket.id, owner);
  co_return xml_answer(whole_document("AccessControlPolicy", acl_document(acl, owner)));
}

Task<HttpResponse> put_bucket_acl(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const std::string owner = owner_id(bucket.account);
  co_await read_document(request, document_bytes_max, Integrity::optional);
  if (!uses_acls(region.database.reader(), bucket.id)) refuse_canned(request.headers);
  const Acl acl = wanted_acl(request, owner);
  co_await region.database.write([&](Connection& db) {
    require_row(db, bucket.id);
    if (!uses_acls(db, bucket.id) && !gives_only_to(acl, owner)) refuse_lists();
    if (is_public(acl) && public_access_block_of(db, bucket.id).block_acls)
      throw refuse("AccessDenied", "Access Denied");
    check_grants(region, acl, owner);
    if (gives_only_to(acl, owner)) {
      remove_setting(db, bucket.id, "acl");
    } else {
      put_setting(db, bucket.id, "acl", "", acl_document(acl, owner));
    }
    record_event(db, region, request,
                 {std::string(request.event_name), request_parameters(request), bucket.name.text(), "", ""});
  });
  region.wake_events();
  co_return empty_answer(200);
}

}  // namespace s3dr::cloud
