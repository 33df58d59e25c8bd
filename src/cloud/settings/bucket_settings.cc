#include "cloud/settings/bucket_settings.h"

namespace s3dr::cloud {
namespace {

bool contains(const std::optional<std::string>& inside, std::string_view text) {
  return inside && inside->find(text) != std::string::npos;
}

}  // namespace

std::optional<std::string> find_setting(Connection& db, std::int64_t bucket, std::string_view subresource,
                                        std::string_view id) {
  auto row =
      db.prepare("SELECT document FROM bucket_setting WHERE bucket = ? AND subresource = ? AND id = ?");
  row.bind(bucket, subresource, id);
  if (!row.step()) return std::nullopt;
  return row.text(0);
}

void put_setting(Connection& db, std::int64_t bucket, std::string_view subresource, std::string_view id,
                 std::string_view inside) {
  db.prepare("INSERT OR REPLACE INTO bucket_setting VALUES (?, ?, ?, ?)")
      .bind(bucket, subresource, id, inside)
      .run();
}

bool remove_setting(Connection& db, std::int64_t bucket, std::string_view subresource, std::string_view id) {
  const bool present = find_setting(db, bucket, subresource, id).has_value();
  db.prepare("DELETE FROM bucket_setting WHERE bucket = ? AND subresource = ? AND id = ?")
      .bind(bucket, subresource, id)
      .run();
  return present;
}

std::size_t count_settings(Connection& db, std::int64_t bucket, std::string_view subresource) {
  auto row = db.prepare("SELECT count(*) FROM bucket_setting WHERE bucket = ? AND subresource = ?");
  row.bind(bucket, subresource);
  row.step();
  return static_cast<std::size_t>(row.integer(0));
}

std::vector<SettingRow> list_settings(Connection& db, std::int64_t bucket, std::string_view subresource,
                                      std::string_view after, int count_max) {
  std::vector<SettingRow> result;
  auto rows = db.prepare(
      "SELECT id, document FROM bucket_setting WHERE bucket = ? AND subresource = ? AND id > ? ORDER BY id "
      "LIMIT ?");
  rows.bind(bucket, subresource, after, count_max);
  while (rows.step()) result.push_back({rows.text(0), rows.text(1)});
  return result;
}

PublicAccessBlock public_access_block_of(Connection& db, std::int64_t bucket) {
  const auto inside = find_setting(db, bucket, "publicAccessBlock");
  return {contains(inside, "<BlockPublicAcls>true<"), contains(inside, "<IgnorePublicAcls>true<"),
          contains(inside, "<BlockPublicPolicy>true<"), contains(inside, "<RestrictPublicBuckets>true<")};
}

bool uses_acls(Connection& db, std::int64_t bucket) {
  return !contains(find_setting(db, bucket, "ownershipControls"), ">BucketOwnerEnforced<");
}

bool has_object_lock(Connection& db, std::int64_t bucket) {
  return find_setting(db, bucket, "object-lock").has_value();
}

bool requester_pays(Connection& db, std::int64_t bucket) {
  return contains(find_setting(db, bucket, "requestPayment"), ">Requester<");
}

bool judges_by_tags(Connection& db, std::int64_t bucket) {
  return contains(find_setting(db, bucket, "abac"), ">Enabled<");
}

void put_new_bucket_settings(Connection& db, std::int64_t bucket, std::string_view ownership,
                             bool object_lock) {
  put_setting(
      db, bucket, "publicAccessBlock", "",
      "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
      "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>");
  put_setting(db, bucket, "ownershipControls", "",
              "<Rule><ObjectOwnership>" +
                  std::string(ownership.empty() ? std::string_view("BucketOwnerEnforced") : ownership) +
                  "</ObjectOwnership></Rule>");
  if (object_lock)
    put_setting(db, bucket, "object-lock", "", "<ObjectLockEnabled>Enabled</ObjectLockEnabled>");
}

}  // namespace s3dr::cloud
