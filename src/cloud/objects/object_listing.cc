#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/encoding.h"
#include "cloud/door/answer.h"
#include "cloud/objects/listing_parameters.h"
#include "cloud/objects/operations.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/owner_id.h"
#include "s3/xml_object.h"

namespace s3dr::cloud {
namespace {

// After this many rows other work gets its turn. A long run of deleted keys has many rows and yields no key.
constexpr int rows_per_turn = 1000;
constexpr std::string_view token_head =
    "s3dr1-";  // continuation tokens: this and the base64 of where to go on

Task<> let_others_run() {
  const auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(executor, boost::asio::use_awaitable);
}

// A page of current objects. `next`: where the following page begins.
struct Gathered {
  s3::ObjectPage page;
  std::optional<std::string> next;
  std::string last;  // the last key or common prefix given
};

// Continues `gathered` from `position` by at most rows_per_turn rows. Returns where to continue; nullopt:
// done.
std::optional<std::string> gather_objects(Connection& db, std::int64_t bucket, const s3::ListingFrame& frame,
                                          std::string position, Gathered& gathered) {
  auto row = db.prepare(
      "SELECT key, is_marker, created_ms, etag, size, storage_class, checksum_algorithm, checksum_type "
      "FROM object_version WHERE bucket = ? AND is_latest = 1 AND key >= ? ORDER BY key");
  row.bind(bucket, Statement::Blob{position});
  for (int looked_at = 0; looked_at < rows_per_turn; ++looked_at) {
    if (!row.step()) return std::nullopt;
    std::string key = row.text(0);
    if (!key.starts_with(frame.prefix)) return std::nullopt;
    position = behind_key(key);
    if (row.integer(1) != 0) continue;
    auto rolled_up = common_prefix(key, frame);
    const std::size_t count = gathered.page.objects.size() + gathered.page.common_prefixes.size();
    if (count == static_cast<std::size_t>(frame.keys_max)) {
      gathered.page.is_truncated = true;
      gathered.next = std::move(key);
      return std::nullopt;
    }
    if (rolled_up) {
      gathered.last = *rolled_up;
      gathered.page.common_prefixes.push_back(*rolled_up);
      return behind_prefix(std::move(*rolled_up));  // seeks: what is below is not looked at
    }
    s3::ListedObject object;
    object.last_modified = Instant(milliseconds(row.integer(2)));
    object.etag = row.text(3);
    object.size = static_cast<std::uint64_t>(row.integer(4));
    object.storage_class = row.text(5);
    if (const std::string algorithm = row.text(6); !algorithm.empty())
      object.checksum_algorithms = {algorithm};
    object.checksum_type = row.text(7);
    gathered.last = key;
    object.key = s3::ObjectKey(std::move(key));
    gathered.page.objects.push_back(std::move(object));
  }
  return position;
}

Task<Gathered> list_objects(RegionContext& region, std::int64_t bucket, s3::ListingFrame frame,
                            std::optional<std::string> position) {
  Gathered gathered;
  if (frame.keys_max == 0) co_return gathered;
  for (int turn = 1; position; ++turn) {
    position = gather_objects(region.database.reader(), bucket, frame, std::move(*position), gathered);
    if (turn % 16 == 0) co_await let_others_run();
  }
  co_return gathered;
}

std::string token_for(std::string_view position) {
  return std::string(token_head) + to_base64(position);
}

std::string position_of_token(std::string_view token) {
  if (token.starts_with(token_head)) {
    if (auto position = from_base64(token.substr(token_head.size()))) return std::move(*position);
  }
  throw refuse("InvalidArgument", "The continuation token provided is incorrect");
}

struct VersionPosition {
  std::string key;  // versions of this key older than (created, sequence), then every key behind it
  std::optional<std::pair<std::int64_t, std::int64_t>> below;  // none: the whole key as well
};

s3::ObjectVersion listed_version(const Statement& row, s3::ObjectKey key) {
  s3::ObjectVersion version;
  version.key = std::move(key);
  version.version_id = s3::VersionId(row.text(1));
  version.last_modified = Instant(milliseconds(row.integer(2)));
  version.is_latest = row.integer(4) != 0;
  version.is_delete_marker = row.integer(5) != 0;
  if (version.is_delete_marker) return version;
  version.size = static_cast<std::uint64_t>(row.integer(6));
  version.etag = row.text(7);
  version.storage_class = row.text(8);
  if (const std::string algorithm = row.text(9); !algorithm.empty())
    version.checksum_algorithms = {algorithm};
  version.checksum_type = row.text(10);
  return version;
}

#define S3DR_LISTED_VERSION                                                                         \
  "SELECT key, version_id, created_ms, sequence, is_latest, is_marker, size, etag, storage_class, " \
  "checksum_algorithm, checksum_type FROM object_version "

// False: the page is full.
bool add_version(s3::VersionPage& page, const s3::ListingFrame& frame, const Statement& row,
                 std::string key) {
  if (page.versions.size() + page.common_prefixes.size() == static_cast<std::size_t>(frame.keys_max)) {
    page.is_truncated = true;
    return false;
  }
  page.versions.push_back(listed_version(row, s3::ObjectKey(std::move(key))));
  page.next_key_marker = page.versions.back().key;
  page.next_version_id_marker = page.versions.back().version_id;
  return true;
}

// Continues `page` from `position` to the next common prefix. Returns where to continue; nullopt: done.
std::optional<VersionPosition> gather_versions(Connection& db, std::int64_t bucket,
                                               const s3::ListingFrame& frame, VersionPosition position,
                                               s3::VersionPage& page) {
  if (position.below) {
    auto row = db.prepare(S3DR_LISTED_VERSION
                          "WHERE bucket = ?1 AND key = ?2 AND (created_ms, sequence) < (?3, ?4) "
                          "ORDER BY created_ms DESC, sequence DESC");
    row.bind(bucket, Statement::Blob{position.key}, position.below->first, position.below->second);
    while (row.step())
      if (!add_version(page, frame, row, row.text(0))) return std::nullopt;
    position.key = behind_key(position.key);
  }
  auto row = db.prepare(S3DR_LISTED_VERSION
                        "WHERE bucket = ? AND key >= ? ORDER BY key, created_ms DESC, sequence DESC");
  row.bind(bucket, Statement::Blob{position.key});
  while (row.step()) {
    std::string key = row.text(0);
    if (!key.starts_with(frame.prefix)) return std::nullopt;
    const auto rolled_up = common_prefix(key, frame);
    if (!rolled_up) {
      if (!add_version(page, frame, row, std::move(key))) return std::nullopt;
      continue;
    }
    if (page.versions.size() + page.common_prefixes.size() == static_cast<std::size_t>(frame.keys_max)) {
      page.is_truncated = true;
      return std::nullopt;
    }
    page.common_prefixes.push_back(*rolled_up);
    page.next_key_marker = s3::ObjectKey(*rolled_up);
    page.next_version_id_marker = s3::VersionId();
    auto next = behind_prefix(*rolled_up);
    if (!next) return std::nullopt;
    return VersionPosition{std::move(*next), std::nullopt};
  }
  return std::nullopt;
}

// The position of version-id-marker. If that version was deleted since, the key is listed again from its
// newest version, so that nothing is left out.
std::optional<VersionPosition> start_of_versions(Connection& db, std::int64_t bucket,
                                                 const s3::ListingFrame& frame,
                                                 const s3::ObjectKey& key_marker,
                                                 const s3::VersionId& version_marker) {
  const bool within_key =
      key_marker.bytes().starts_with(frame.prefix) && !common_prefix(key_marker.bytes(), frame);
  if (!version_marker.empty() && within_key) {
    VersionPosition position{key_marker.bytes(), std::nullopt};
    auto row = db.prepare(
        "SELECT created_ms, sequence FROM object_version WHERE bucket = ? AND key = ? AND version_id = ?");
    row.bind(bucket, Statement::Blob{key_marker.bytes()}, version_marker.text());
    if (row.step()) position.below.emplace(row.integer(0), row.integer(1));
    return position;
  }
  auto start = start_of_listing(frame, key_marker.bytes());
  if (!start) return std::nullopt;
  return VersionPosition{std::move(*start), std::nullopt};
}

}  // namespace

Task<HttpResponse> list_objects_v1(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const s3::ListingFrame frame = listing_frame(request, "max-keys");
  const std::string marker = parameter(request, "marker");
  Gathered gathered = co_await list_objects(region, bucket.id, frame, start_of_listing(frame, marker));
  if (gathered.page.is_truncated) gathered.page.next = gathered.last;
  co_return xml_answer(
      s3::write_list_objects_v1_result(frame, marker, gathered.page, owner_id(bucket.account)));
}

Task<HttpResponse> list_objects_v2(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const s3::ListingFrame frame = listing_frame(request, "max-keys");
  const std::string start_after = parameter(request, "start-after");
  const std::string* token = request.find("continuation-token");
  if (token != nullptr && token->empty())
    throw refuse("InvalidArgument", "The continuation token provided is incorrect");
  std::optional<std::string> position;
  if (token != nullptr) {
    position = std::max(position_of_token(*token), frame.prefix);
  } else {
    position = start_of_listing(frame, start_after);
  }
  Gathered gathered = co_await list_objects(region, bucket.id, frame, std::move(position));
  if (gathered.next) gathered.page.next = token_for(*gathered.next);
  const bool with_owner = parameter(request, "fetch-owner") == "true";
  co_return xml_answer(s3::write_list_objects_v2_result(frame, token == nullptr ? "" : *token, start_after,
                                                        gathered.page,
                                                        with_owner ? owner_id(bucket.account) : ""));
}

Task<HttpResponse> list_object_versions(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const s3::ListingFrame frame = listing_frame(request, "max-keys");
  const s3::ObjectKey key_marker(parameter(request, "key-marker"));
  const s3::VersionId version_marker(parameter(request, "version-id-marker"));
  if (!version_marker.empty() && key_marker.empty())
    throw refuse("InvalidArgument", "A version-id marker cannot be specified without a key marker.");
  s3::VersionPage page;
  std::optional<VersionPosition> position;
  if (frame.keys_max > 0)
    position = start_of_versions(region.database.reader(), bucket.id, frame, key_marker, version_marker);
  for (int turn = 1; position; ++turn) {
    position = gather_versions(region.database.reader(), bucket.id, frame, std::move(*position), page);
    if (turn % 16 == 0) co_await let_others_run();
  }
  if (!page.is_truncated) {
    page.next_key_marker = s3::ObjectKey();
    page.next_version_id_marker = s3::VersionId();
  }
  co_return xml_answer(
      s3::write_list_versions_result(frame, key_marker, version_marker, page, owner_id(bucket.account)));
}

}  // namespace s3dr::cloud
