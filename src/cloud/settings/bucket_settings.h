// The rows of settings, and what those mean that other operations ask about. Plain functions over a Connection; callers
// wrap writes in Database::write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/store/context.h"

namespace s3dr::cloud {

// The inside of the document, in normal form. `id`: of a kind that has ids.
std::optional<std::string> find_setting(Connection& db, std::int64_t bucket, std::string_view subresource,
                                        std::string_view id = "");
void put_setting(Connection& db, std::int64_t bucket, std::string_view subresource, std::string_view id,
                 std::string_view inside);
bool remove_setting(Connection& db, std::int64_t bucket, std::string_view subresource,
                    std::string_view id = "");  // false: there was none
std::size_t count_settings(Connection& db, std::int64_t bucket, std::string_view subresource);

struct SettingRow {
  std::string id, inside;
};
// The first `count_max` ones after an id, in order of their ids.
std::vector<SettingRow> list_settings(Connection& db, std::int64_t bucket, std::string_view subresource,
                                      std::string_view after, int count_max);

// --- what they mean -------------------------------------------------------------------------------------------

struct PublicAccessBlock {
  bool block_acls = false;    // a PUT of a public access control list is refused
  bool ignore_acls = false;   // grants to everybody count for nothing
  bool block_policy = false;  // a PUT of a public policy is refused
  bool restrict = false;      // a public policy opens nothing to other accounts
};
PublicAccessBlock public_access_block_of(Connection& db, std::int64_t bucket);

// False: access control lists are off (BucketOwnerEnforced).
bool uses_acls(Connection& db, std::int64_t bucket);
bool has_object_lock(Connection& db, std::int64_t bucket);
bool requester_pays(Connection& db, std::int64_t bucket);
bool judges_by_tags(Connection& db, std::int64_t bucket);  // attribute-based access control is on

// As S3 makes a bucket since April 2023: all public access is blocked, and lists are off.
// `ownership`: x-amz-object-ownership; empty: the default.
void put_new_bucket_settings(Connection& db, std::int64_t bucket, std::string_view ownership,
                             bool object_lock);

}  // namespace s3dr::cloud
