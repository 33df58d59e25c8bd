// The access control list of a bucket: canned ones, lists in headers, lists as documents; and what a list gives to a
// caller. Who may write into a bucket by its list would own what he writes. Owners of objects are not kept here, so such
// a grant is refused. Lists of objects do not exist here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/store/context.h"

namespace s3dr::cloud {

struct Grant {
  bool to_group = false;
  std::string grantee;  // a canonical user id, or the URI of a group
  std::string permission;
  bool operator==(const Grant&) const = default;
};
using Acl = std::vector<Grant>;

bool has_acl_headers(const Headers& headers);
// What the headers ask for: x-amz-acl or x-amz-grant-*. nullopt: they do not speak of it. `owner`: the canonical id.
// Refuses InvalidArgument, InvalidRequest (both kinds at once), NotImplemented (aws-exec-read).
std::optional<Acl> acl_of_headers(const Headers& headers, const std::string& owner);
// Refuses MalformedACLError, and AccessDenied for another owner.
Acl acl_of_document(const std::string& text, const std::string& owner);
// The inside of an AccessControlPolicy.
std::string acl_document(const Acl& acl, const std::string& owner);

// Of the bucket. Where lists are off, and where none was ever put: the owner's.
Acl bucket_acl(Connection& db, std::int64_t bucket, const std::string& owner);

// Everything to the owner, and nothing to anybody else.
bool gives_only_to(const Acl& acl, const std::string& owner);
// Something to everybody, or to everybody with an account.
bool is_public(const Acl& acl);
// Refuses grantees that do not exist (InvalidArgument), and grants that cannot be kept here (NotImplemented).
void check_grants(RegionContext& region, const Acl& acl, const std::string& owner);

// The actions on the bucket that the list gives to a caller, as "s3:ListBucket". `caller`: canonical id; empty: nobody
// signed. `with_groups`: false, grants to everybody do not count.
std::vector<std::string> actions_given(const Acl& acl, const std::string& caller, bool with_groups);

}  // namespace s3dr::cloud
