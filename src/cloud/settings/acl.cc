#include "cloud/settings/acl.h"

#include <algorithm>
#include <utility>

#include "aws/xml.h"
#include "base/http_message.h"
#include "cloud/settings/bucket_settings.h"
#include "cloud/settings/document_schema.h"
#include "cloud/store/owner_id.h"

namespace s3dr::cloud {
namespace {

namespace xml = aws::xml;

constexpr std::string_view all_users = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view authenticated_users = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
constexpr std::string_view log_delivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";

Grant to_owner(const std::string& owner) {
  return {false, owner, "FULL_CONTROL"};
}

Grant to_group(std::string_view group, std::string_view permission) {
  return {true, std::string(group), std::string(permission)};
}

// S3 User Guide, Canned ACL. The two of objects mean nothing for a bucket.
Acl canned_acl(std::string_view word, const std::string& owner) {
  Acl acl = {to_owner(owner)};
  if (word == "private" || word == "bucket-owner-read" || word == "bucket-owner-full-control") return acl;
  if (word == "public-read" || word == "public-read-write") acl.push_back(to_group(all_users, "READ"));
  if (word == "public-read-write") acl.push_back(to_group(all_users, "WRITE"));
  if (word == "authenticated-read") acl.push_back(to_group(authenticated_users, "READ"));
  if (word == "log-delivery-write") {
    acl.push_back(to_group(log_delivery, "WRITE"));
    acl.push_back(to_group(log_delivery, "READ_ACP"));
  }
  if (word == "aws-exec-read") throw refuse("NotImplemented", "aws-exec-read: there is no EC2 here.");
  if (acl.size() == 1) throw refuse("InvalidArgument", "The canned ACL is not valid.");
  return acl;
}

[[noreturn]] void refuse_acl() {
  throw refuse("MalformedACLError",
               "The XML you provided was not well-formed or did not validate against our published schema");
}

[[noreturn]] void refuse_email() {
  throw refuse("UnresolvableGrantByEmailAddress",
               "The e-mail address you provided does not match any account on record.");
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// One of `id="…"`, `uri="…"`; the quotes may be missing.
Grant grant_of_header(std::string_view item, std::string_view permission) {
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos) throw refuse("InvalidArgument", "Argument format not recognized");
  const std::string type = lower_case(trimmed(item.substr(0, equals)));
  std::string_view value = trimmed(item.substr(equals + 1));
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
    value = value.substr(1, value.size() - 2);
  if (value.empty()) throw refuse("InvalidArgument", "Argument format not recognized");
  if (type == "emailaddress") refuse_email();
  if (type != "id" && type != "uri") throw refuse("InvalidArgument", "Argument format not recognized");
  return {type == "uri", std::string(value), std::string(permission)};
}

void add_grants(Acl& acl, std::string_view list, std::string_view permission) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    acl.push_back(grant_of_header(list.substr(0, end), permission));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

Grant grant_of_element(pugi::xml_node element) {
  const auto grantee = xml::child(element, "Grantee");
  std::string type;
  for (const pugi::xml_attribute attribute : grantee.attributes()) {
    const std::string_view name = attribute.name();
    if (name == "type" || name.ends_with(":type")) type = attribute.value();
  }
  if (type == "AmazonCustomerByEmail") refuse_email();
  Grant grant{type == "Group", xml::child_text(grantee, type == "Group" ? "URI" : "ID"),
              xml::child_text(element, "Permission")};
  constexpr std::string_view permissions[] = {"FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"};
  const bool known = std::ranges::find(permissions, grant.permission) != std::end(permissions);
  if ((type != "Group" && type != "CanonicalUser") || grant.grantee.empty() || !known) refuse_acl();
  return grant;
}

// What a permission on a bucket stands for (S3 User Guide, Access control list overview). Without the rights to write:
// nobody else can be given them here.
std::vector<std::string_view> actions_of(std::string_view permission) {
  if (permission == "READ")
    return {"s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"};
  if (permission == "READ_ACP") return {"s3:GetBucketAcl"};
  if (permission == "WRITE_ACP") return {"s3:PutBucketAcl"};
  return {};
}

}  // namespace

bool has_acl_headers(const Headers& headers) {
  return std::ranges::any_of(headers, [](const Header& field) {
    const std::string name = lower_case(field.name);
    return name == "x-amz-acl" || name.starts_with("x-amz-grant-");
  });
}

std::optional<Acl> acl_of_headers(const Headers& headers, const std::string& owner) {
  constexpr std::pair<std::string_view, std::string_view> grants[] = {
      {"x-amz-grant-full-control", "FULL_CONTROL"},
      {"x-amz-grant-read", "READ"},
      {"x-amz-grant-read-acp", "READ_ACP"},
      {"x-amz-grant-write", "WRITE"},
      {"x-amz-grant-write-acp", "WRITE_ACP"}};
  const auto canned = headers.get("x-amz-acl");
  Acl acl;
  for (const auto& [name, permission] : grants) {
    const auto list = headers.get(name);
    if (list && canned)
      throw refuse("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed");
    if (list) add_grants(acl, *list, permission);
  }
  if (canned) return canned_acl(*canned, owner);
  if (acl.empty()) return std::nullopt;
  return acl;
}

Acl acl_of_document(const std::string& text, const std::string& owner) {
  Acl acl;
  try {
    const xml::Document document(text);
    const pugi::xml_node root = document.root("AccessControlPolicy");
    const auto given_owner = xml::child(root, "Owner");
    if (!given_owner || xml::child_text(given_owner, "ID").empty()) refuse_acl();
    const auto list = xml::child(root, "AccessControlList");
    if (!list) refuse_acl();
    xml::for_each_element(list, [&](pugi::xml_node element, std::string_view name) {
      if (name != "Grant") refuse_acl();
      acl.push_back(grant_of_element(element));
    });
    if (xml::child_text(given_owner, "ID") != owner) throw refuse("AccessDenied", "Access Denied");
  } catch (const Error& error) {
    if (error.code() != "MalformedXML") throw;
    refuse_acl();
  }
  return acl;
}

std::string acl_document(const Acl& acl, const std::string& owner) {
  std::string out = "<Owner><ID>" + owner + "</ID></Owner><AccessControlList>";
  for (const Grant& grant : acl) {
    const std::string field = grant.to_group ? "URI" : "ID";
    out += R"(<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type=")" +
           std::string(grant.to_group ? "Group" : "CanonicalUser") + "\"><" + field + ">";
    xml::append_escaped(out, grant.grantee);
    out += "</" + field + "></Grantee><Permission>" + grant.permission + "</Permission></Grant>";
  }
  return out + "</AccessControlList>";
}

Acl bucket_acl(Connection& db, std::int64_t bucket, const std::string& owner) {
  if (uses_acls(db, bucket)) {
    if (const auto inside = find_setting(db, bucket, "acl"))
      return acl_of_document(whole_document("AccessControlPolicy", *inside), owner);
  }
  return {to_owner(owner)};
}

bool gives_only_to(const Acl& acl, const std::string& owner) {
  return acl == Acl{to_owner(owner)};
}

bool is_public(const Acl& acl) {
  return std::ranges::any_of(acl, [](const Grant& grant) {
    return grant.to_group && (grant.grantee == all_users || grant.grantee == authenticated_users);
  });
}

void check_grants(RegionContext& region, const Acl& acl, const std::string& owner) {
  std::vector<std::string> known;
  for (const s3::AccountId& account : region.global.accounts()) known.push_back(owner_id(account));
  for (const Grant& grant : acl) {
    if (!grant.to_group && std::ranges::find(known, grant.grantee) == known.end())
      throw refuse("InvalidArgument", "Invalid id");
    const bool group_known =
        grant.grantee == all_users || grant.grantee == authenticated_users || grant.grantee == log_delivery;
    if (grant.to_group && !group_known) throw refuse("InvalidArgument", "Invalid group uri");
    const bool to_another = grant.grantee != owner && grant.grantee != log_delivery;
    if (to_another && (grant.permission == "WRITE" || grant.permission == "FULL_CONTROL"))
      throw refuse("NotImplemented",
                   "Access control lists that let others write into a bucket are not implemented.");
  }
  if (std::ranges::find(acl, to_owner(owner)) == acl.end())
    throw refuse("NotImplemented",
                 "Access control lists without FULL_CONTROL for the owner are not implemented.");
}

std::vector<std::string> actions_given(const Acl& acl, const std::string& caller, bool with_groups) {
  std::vector<std::string> actions;
  for (const Grant& grant : acl) {
    const bool to_everybody = grant.to_group && (grant.grantee == all_users ||
                                                 (grant.grantee == authenticated_users && !caller.empty()));
    const bool to_caller = !grant.to_group && !caller.empty() && grant.grantee == caller;
    if (!to_caller && !(to_everybody && with_groups)) continue;
    for (const std::string_view action : actions_of(grant.permission)) actions.emplace_back(action);
  }
  return actions;
}

}  // namespace s3dr::cloud
