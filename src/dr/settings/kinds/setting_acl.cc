// The bucket's access control list. With the owner alone in it, it says what "not set" says; so S3 answers too when the
// bucket's ownership is enforced. Source: docs/protocol.md, Bucket settings (PutBucketAcl).
#include <algorithm>
#include <set>
#include <utility>

#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view root_name = "AccessControlPolicy";
constexpr std::string_view public_groups[] = {"http://acs.amazonaws.com/groups/global/AllUsers",
                                              "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"};

struct Grant {
  std::string word;  // how it is named: "ID", "URI", "EmailAddress"
  std::string who;
  std::string permission;
  auto operator<=>(const Grant&) const = default;
  bool is_public() const { return std::ranges::find(public_groups, who) != std::end(public_groups); }
};

struct Acl {
  std::string owner;
  std::set<Grant> grants;
  Grant own() const { return {"ID", owner, "FULL_CONTROL"}; }
  bool allows(const Grant& grant) const {
    return grants.contains(grant) || grants.contains({grant.word, grant.who, "FULL_CONTROL"});
  }
};

Acl acl_of(std::string_view document) {
  Acl result;
  const XmlElement root = read_element(document, root_name);
  result.owner = root.text_at("Owner", "ID");
  const XmlElement* list = root.child("AccessControlList");
  if (list == nullptr) return result;
  for (const XmlElement* grant : list->all("Grant")) {
    const XmlElement* grantee = grant->child("Grantee");
    if (grantee == nullptr) continue;
    for (const std::string_view word : {"ID", "URI", "EmailAddress"}) {
      if (const XmlElement* who = grantee->child(word)) {
        result.grants.insert({std::string(word), who->text, grant->text_of("Permission")});
        break;
      }
    }
  }
  return result;
}

SettingDocument document_of(const Acl& acl) {
  if (acl.grants == std::set<Grant>{acl.own()}) return std::nullopt;
  XmlElement list{"AccessControlList", "", {}};
  for (const Grant& grant : acl.grants) {
    list.children.push_back(
        {"Grant",
         "",
         {{"Grantee", "", {{grant.word, grant.who, {}}}}, {"Permission", grant.permission, {}}}});
  }
  return document_text(
      {std::string(root_name), "", {{"Owner", "", {{"ID", acl.owner, {}}}}, std::move(list)}});
}

SettingDocument normal_form(std::string_view document) {
  return document_of(acl_of(document));
}

std::string words_of(const Grant& grant) {
  std::string who = "canonical user " + grant.who;
  if (grant.word != "ID") who = grant.who;
  if (grant.who == public_groups[0]) who = "everybody";
  if (grant.who == public_groups[1]) who = "every AWS account";
  return grant.permission + " for " + who;
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (!source) return result;
  Acl acl = acl_of(*source);
  if (context.replica_owner.empty()) {
    for (const Grant& grant : acl.grants) {
      if (grant != acl.own())
        result.left_out.push_back("the grant of " + words_of(grant) +
                                  ": ACLs have no effect at a replica, use the bucket policy");
    }
    return result;
  }
  std::set<Grant> grants;
  for (Grant grant : acl.grants) {
    if (grant.who == acl.owner) grant.who = context.replica_owner;
    grants.insert(std::move(grant));
  }
  acl = {context.replica_owner, std::move(grants)};
  Acl closed = acl;
  std::erase_if(closed.grants, [](const Grant& grant) { return grant.is_public(); });
  if (closed.grants != acl.grants) result.later = document_of(acl);
  result.document = document_of(closed);
  return result;
}

// Not set: the owner alone, whoever that is.
Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  Acl a = present ? acl_of(*present) : Acl();
  Acl b = wanted ? acl_of(*wanted) : Acl();
  if (!present) a = {b.owner, {b.own()}};
  if (!wanted) b = {a.owner, {a.own()}};
  const auto more = [](const Acl& one, const Acl& other) {
    return std::ranges::any_of(one.grants, [&](const Grant& grant) { return !other.allows(grant); });
  };
  return by_reach(more(b, a), more(a, b));
}

std::string summary(const SettingDocument& document) {
  if (!document) return "private";
  const Acl acl = acl_of(*document);
  std::string text;
  for (const Grant& grant : acl.grants) {
    if (grant != acl.own()) text += (text.empty() ? "" : ", ") + words_of(grant);
  }
  return text.empty() ? "nothing for the owner" : text;
}

}  // namespace

std::string owner_in_acl(std::string_view document) {
  return acl_of(document).owner;
}

Setting acl_setting() {
  return {s3::SettingKind::acl,
          "ACL",
          Follow::clone,
          "grants by name go along; those to everybody wait for a failover, because nobody reads a replica "
          "before",
          normal_form,
          transform,
          compare,
          summary};
}

}  // namespace s3dr::dr
