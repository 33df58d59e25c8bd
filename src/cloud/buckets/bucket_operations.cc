// Creates, finds and deletes buckets. A name is claimed in the global plane before the bucket's row is
// written, and released after the row is removed. A crash in between leaves a claim without a row. The next
// creation of that bucket completes or releases it, and so does the repair at start
// (cloud/process/start_repair.h).
#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "cloud/buckets/in_progress.h"
#include "cloud/buckets/operations.h"
#include "cloud/buckets/tag_rules.h"
#include "cloud/door/answer.h"
#include "cloud/door/authorizer.h"
#include "cloud/door/document_body.h"
#include "cloud/door/s3_access.h"
#include "cloud/events/event_json.h"
#include "cloud/events/event_outbox.h"
#include "cloud/settings/acl.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/owner_id.h"
#include "s3/xml_bucket.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t create_body_bytes_max = 64 * 1024;
constexpr int buckets_page_max = 10'000;

std::string arn_of(const s3::BucketName& bucket) {
  return "arn:aws:s3:::" + bucket.text();
}

// What the headers say about a new bucket.
struct NewSettings {
  std::string ownership;  // empty: not stated
  bool object_lock = false;
  std::optional<Acl> acl;
};

NewSettings new_settings(const Request& request) {
  NewSettings settings;
  settings.ownership = request.headers.get_or("x-amz-object-ownership", "");
  constexpr std::string_view ownerships[] = {"", "BucketOwnerEnforced", "BucketOwnerPreferred",
                                             "ObjectWriter"};
  if (std::ranges::find(ownerships, settings.ownership) == std::end(ownerships))
    throw refuse("InvalidArgument", "Invalid x-amz-object-ownership header: " + settings.ownership);
  const std::string_view lock = request.headers.get_or("x-amz-bucket-object-lock-enabled", "false");
  settings.object_lock = equals_ignoring_case(lock, "true");
  if (!settings.object_lock && !equals_ignoring_case(lock, "false"))
    throw refuse("InvalidArgument", "Invalid x-amz-bucket-object-lock-enabled header.");
  settings.acl = acl_of_headers(request.headers, owner_id(request.account));
  return settings;
}

// A new bucket blocks public access, and unless it says otherwise it has no lists.
void check_acl(RegionContext& region, const Request& request, const NewSettings& settings) {
  const std::string owner = owner_id(request.account);
  if (!settings.acl || gives_only_to(*settings.acl, owner)) return;
  if (settings.ownership.empty() || settings.ownership == "BucketOwnerEnforced")
    throw refuse("InvalidBucketAclWithObjectOwnership",
                 "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
  if (is_public(*settings.acl))
    throw refuse("InvalidBucketAclWithBlockPublicAccessError",
                 "Bucket cannot have public ACLs set with BlockPublicAccess enabled");
  check_grants(region, *settings.acl, owner);
}

void put_settings(Connection& db, std::int64_t bucket, const std::string& owner,
                  const NewSettings& settings) {
  put_new_bucket_settings(db, bucket, settings.ownership, settings.object_lock);
  if (settings.acl && !gives_only_to(*settings.acl, owner))
    put_setting(db, bucket, "acl", "", acl_document(*settings.acl, owner));
}

// Which names may be made today, in which namespace (docs/protocol.md, Buckets).
s3::BucketName new_name(const s3::Region& region, const Request& request) {
  const std::string& text = request.bucket_text;
  const auto told = request.headers.get("x-amz-bucket-namespace");
  const std::string name_space(told.value_or("global"));
  if (name_space != "global" && name_space != "account-regional")
    throw refuse("InvalidArgument", "x-amz-bucket-namespace: " + name_space + " is not a namespace.");
  if (name_space == "global") {
    if (text.ends_with("-an")) {
      throw refuse(told ? "InvalidNamespaceHeader" : "MissingNamespaceHeader",
                   "A bucket of the account-regional namespace needs the header x-amz-bucket-namespace.");
    }
    return s3::BucketName::parse_new(text);
  }
  if (!text.ends_with("-an"))
    throw refuse("InvalidNamespaceHeader",
                 "The name is of the global namespace, and the header of another one.");
  const std::string ending = s3::account_regional_ending(request.account, region);
  if (!text.ends_with(ending)) {
    throw refuse("InvalidBucketNamespace",
                 "The name of a bucket of the account-regional namespace must end with " + ending + ".");
  }
  if (const auto why = s3::why_not_new_account_regional(text, request.account, region))
    throw refuse("InvalidBucketName", "The specified bucket is not valid: " + *why);
  return s3::BucketName::parse(text);
}

// docs/protocol.md, Buckets: us-east-1 takes no constraint, every other region its own name.
void check_location(const s3::Region& region, const std::string& constraint) {
  if (region.text() == "us-east-1") {
    if (constraint.empty()) return;
    if (constraint == "us-east-1") {
      throw refuse("InvalidLocationConstraint", "The specified location-constraint is not valid");
    }
  } else if (constraint == region.text() || (constraint == "EU" && region.text() == "eu-west-1")) {
    return;
  }
  throw refuse(
      "IllegalLocationConstraintException",
      "The " + (constraint.empty() ? "unspecified" : constraint) +
          " location constraint is incompatible for the region specific endpoint this request was sent to.");
}

// While the result lives, no other request creates or deletes a bucket of that name.
InProgress in_flux(RegionContext& region, const s3::BucketName& name) {
  if (region.buckets_in_flux.contains(name.text())) {
    throw refuse("OperationAborted",
                 "A conflicting conditional operation is currently in progress against this resource. Please "
                 "try again.");
  }
  return InProgress(region.buckets_in_flux, name.text());
}

[[noreturn]] void refuse_existing(const BucketOwner& holder, const s3::AccountId& caller) {
  if (holder.account == caller) {
    throw refuse("BucketAlreadyOwnedByYou",
                 "Your previous request to create the named bucket succeeded and you already own it.");
  }
  throw refuse(
      "BucketAlreadyExists",
      "The requested bucket name is not available. The bucket namespace is shared by all users of the "
      "system. Please select a different name and try again.");
}

// Needs: the name is in flux, and this region has no row of that name. So a claim of this region was left by
// a crash. No caller was told about it, and it is released.
void claim_name(RegionContext& region, const s3::BucketName& name, const BucketOwner& owner,
                Instant created) {
  if (region.global.claim_bucket(name, owner, created)) return;
  const auto holder = region.global.find_bucket(name);
  if (holder && holder->region != owner.region) refuse_existing(*holder, owner.account);
  if (holder) region.global.release_bucket(name, *holder);
  if (region.global.claim_bucket(name, owner, created)) return;
  throw refuse("OperationAborted", "Another bucket of that name is being created. Please try again.");
}

HttpResponse created_answer(const s3::BucketName& name) {
  HttpResponse response = empty_answer(200);
  response.headers.add("Location", "/" + name.text());
  response.headers.add("x-amz-bucket-arn", arn_of(name));
  return response;
}

ManagementEvent event_of(const Request& request, std::string_view name) {
  return {std::string(name), request_parameters(request), request.bucket_text, "", ""};
}

bool has_rows(Connection& db, std::string_view sql, std::int64_t bucket) {
  auto rows = db.prepare(sql);
  rows.bind(bucket);
  return rows.step();
}

// Unfinished uploads keep no bucket: they end with it, as on S3. Returns the ids of their parts' bodies.
std::vector<std::string> delete_rows(Connection& db, std::int64_t bucket) {
  if (has_rows(db, "SELECT 1 FROM object_version WHERE bucket = ? LIMIT 1", bucket)) {
    throw refuse("BucketNotEmpty",
                 "The bucket you tried to delete is not empty. You must delete all versions in the bucket.");
  }
  std::vector<std::string> bodies;
  {
    auto rows = db.prepare(
        "SELECT part.body FROM upload JOIN part ON part.upload = upload.id WHERE upload.bucket = ? AND "
        "part.body IS "
        "NOT NULL");
    rows.bind(bucket);
    while (rows.step()) bodies.push_back(rows.text(0));
  }
  db.prepare("DELETE FROM upload WHERE bucket = ?").bind(bucket).run();
  db.prepare("DELETE FROM job_failure WHERE job IN (SELECT id FROM job WHERE bucket = ?)").bind(bucket).run();
  db.prepare("DELETE FROM job_task WHERE job IN (SELECT id FROM job WHERE bucket = ?)").bind(bucket).run();
  db.prepare("DELETE FROM job WHERE bucket = ?").bind(bucket).run();
  db.prepare("DELETE FROM bucket WHERE id = ?").bind(bucket).run();
  return bodies;
}

int page_size(const Request& request) {
  const std::string* text = request.find("max-buckets");
  if (text == nullptr) return buckets_page_max;
  int count = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
  if (error != std::errc() || end != text->data() + text->size() || count < 1 || count > buckets_page_max) {
    throw refuse("InvalidArgument", "max-buckets must be between 1 and 10000");
  }
  return count;
}

// The token is the last name of the previous page.
std::string after_name(const Request& request) {
  const std::string* token = request.find("continuation-token");
  if (token == nullptr) return "";
  auto name = from_base64(*token);
  if (!name || s3::BucketName::why_impossible(*name)) {
    throw refuse("InvalidArgument", "The continuation token provided is incorrect");
  }
  return std::move(*name);
}

// Refuses the filter for another region, as AWS does. At the endpoint of us-east-1 any region may be given.
ClaimFilter claim_filter(const RegionContext& region, const Request& request) {
  const auto text = [&](const char* parameter) {
    const std::string* value = request.find(parameter);
    return value != nullptr ? *value : std::string();
  };
  ClaimFilter filter{request.account, text("bucket-region"), after_name(request), text("prefix"),
                     page_size(request) + 1};
  const std::string& here = region.options.region.text();
  if (!filter.region.empty() && filter.region != here && here != "us-east-1") {
    throw refuse("InvalidArgument",
                 "bucket-region " + filter.region + " is to be asked at that region's endpoint");
  }
  return filter;
}

std::vector<s3::BucketSummary> buckets_here(RegionContext& region, const ClaimFilter& filter) {
  std::vector<s3::BucketSummary> result;
  const s3::Region& here = region.options.region;
  auto rows = region.database.reader().prepare(
      "SELECT name, created_ms FROM bucket WHERE account = ? AND ? IN ('', ?) AND name > ? "
      "AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?");
  rows.bind(filter.account.text(), filter.region, here.text(), filter.after, filter.prefix, filter.prefix,
            filter.count_max);
  while (rows.step())
    result.push_back({s3::BucketName::parse(rows.text(0)), Instant(milliseconds(rows.integer(1))), here});
  return result;
}

}  // namespace

Task<HttpResponse> create_bucket(RegionContext& region, Request& request) {
  const NewSettings settings = new_settings(request);
  check_acl(region, request, settings);
  const auto name = new_name(region.options.region, request);
  co_await read_document(request, create_body_bytes_max, Integrity::optional);
  const auto configuration = s3::parse_create_bucket_request(request.document);
  if (request.document.find("<Location>") != std::string::npos) {
    throw refuse("NotImplemented", "Directory buckets are not implemented.");
  }
  check_location(region.options.region, configuration.location_constraint);
  check_tags(configuration.tags, s3::TagOwner::bucket);
  if (!configuration.tags.empty())
    require_access(region, asker_of(request),
                   new_bucket_access(region, request, "s3:TagResource", name.text()));

  const InProgress alone = in_flux(region, name);
  const BucketOwner owner{region.options.region, request.account};
  if (const auto row = find_bucket(region.database.reader(), name.text())) {
    const bool repeatable = region.options.region.text() == "us-east-1" && configuration.tags.empty();
    if (row->account == request.account && repeatable) co_return created_answer(name);
    refuse_existing({region.options.region, row->account}, request.account);
  }
  const Instant created = region.clock.now();
  claim_name(region, name, owner, created);
  const auto insert = [&](Connection& db) {
    const auto versioning = settings.object_lock ? s3::Versioning::enabled : s3::Versioning::never_enabled;
    db.prepare("INSERT INTO bucket (name, account, created_ms, versioning, tags) VALUES (?, ?, ?, ?, ?)")
        .bind(name.text(), request.account.text(), created.time_since_epoch().count(),
              static_cast<int>(versioning), s3::to_tagging_header(configuration.tags))
        .run();
    put_settings(db, find_bucket(db, name.text())->id, owner_id(request.account), settings);
    record_event(db, region, request, event_of(request, "CreateBucket"));
  };
  try {
    co_await region.database.write(insert);
  } catch (...) {  // a full disk
    region.global.release_bucket(name, owner);
    throw;
  }
  region.wake_events();
  co_return created_answer(name);
}

Task<HttpResponse> head_bucket(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  HttpResponse response = empty_answer(200);
  response.headers.add("x-amz-bucket-region", region.options.region.text());
  response.headers.add("x-amz-bucket-arn", arn_of(bucket.name));
  response.headers.add("x-amz-access-point-alias", "false");
  co_return response;
}

Task<HttpResponse> get_bucket_location(RegionContext& region, Request& request) {
  require_bucket(region, request);
  co_return xml_answer(s3::write_location_result(region.options.region));
}

Task<HttpResponse> delete_bucket(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const InProgress alone = in_flux(region, bucket.name);
  const std::vector<std::string> bodies = co_await region.database.write([&](Connection& db) {
    record_event(db, region, request, event_of(request, "DeleteBucket"));
    return delete_rows(db, bucket.id);
  });
  region.wake_events();
  for (const std::string& body : bodies) region.bodies.remove(body);
  region.global.release_bucket(bucket.name, {region.options.region, bucket.account});
  co_return empty_answer(204);
}

// An account lists its buckets of all regions. Those of this region come from its own rows. The others come
// from the global plane, which answers even when their region is lost.
Task<HttpResponse> list_buckets(RegionContext& region, Request& request) {
  const ClaimFilter filter = claim_filter(region, request);
  const bool with_region =
      std::ranges::any_of(request.query, [](const aws::QueryParameter& item) { return item.name != "x-id"; });
  s3::BucketPage page;
  page.buckets = buckets_here(region, filter);
  for (ClaimedBucket& claim : region.global.find_buckets_elsewhere(region.options.region, filter))
    page.buckets.push_back({std::move(claim.name), claim.created, std::move(claim.owner.region)});
  std::ranges::sort(page.buckets, {}, &s3::BucketSummary::name);
  const auto count_max =
      static_cast<std::size_t>(filter.count_max - 1);  // one more tells that there are more
  if (page.buckets.size() > count_max) {
    page.buckets.erase(page.buckets.begin() + static_cast<std::ptrdiff_t>(count_max), page.buckets.end());
    page.continuation_token = to_base64(page.buckets.back().name.text());
  }
  co_return xml_answer(
      s3::write_list_buckets_result(page, filter.prefix, owner_id(request.account), with_region));
}

}  // namespace s3dr::cloud
