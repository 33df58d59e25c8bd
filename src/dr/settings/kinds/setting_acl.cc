// The ACL of the bucket. It is told and not copied: a replica enforces its owner, and there ACLs have no effect. Grants
// that somebody needs belong into the bucket policy. An ACL that gives the owner everything means "not set".
// Source: docs/protocol.md, Bucket settings (PutBucketAcl).
#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{
      "AccessControlPolicy",
      {"AccessControlList", "Grant", "Grantee", "type", "ID", "URI", "EmailAddress", "Permission"},
      {}};
  return value;
}

bool is_owners_own(const XmlElement& grant, const std::string& owner) {
  return !owner.empty() && grant.text_at("Grantee", "ID") == owner &&
         grant.text_of("Permission") == "FULL_CONTROL";
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  const std::string owner = root.text_at("Owner", "ID");
  XmlElement list{"AccessControlList", "", {}};
  if (const XmlElement* grants = root.child("AccessControlList")) {
    for (const XmlElement* grant : grants->all("Grant")) {
      if (is_owners_own(*grant, owner)) continue;
      XmlElement kept = *grant;
      for (XmlElement& part : kept.children) part.remove("DisplayName");
      list.children.push_back(std::move(kept));
    }
  }
  if (list.children.empty()) return std::nullopt;
  root.children = {std::move(list)};
  bring_into_order(root, form());
  return document_text(root);
}

std::vector<XmlElement> grants_of(const SettingDocument& document) {
  if (!document) return {};
  const XmlElement root = read_element(*document, form().root);
  const XmlElement* list = root.child("AccessControlList");
  return list == nullptr ? std::vector<XmlElement>() : list->children;
}

std::string words_of(const XmlElement& grant) {
  const XmlElement* grantee = grant.child("Grantee");
  std::string who = grantee == nullptr ? "" : grantee->text_of("URI");
  if (who.ends_with("/AllUsers")) {
    who = "everybody";
  } else if (who.ends_with("/AuthenticatedUsers")) {
    who = "every AWS account";
  } else if (who.empty() && grantee != nullptr) {
    who = "canonical user " + grantee->text_of("ID");
  }
  return grant.text_of("Permission") + " for " + who;
}

Transformed transform(const SettingContext&, const SettingDocument& source) {
  Transformed result;
  for (const XmlElement& grant : grants_of(source))
    result.left_out.push_back("the grant of " + words_of(grant) +
                              ": ACLs have no effect at a replica, use the bucket policy");
  return result;
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  const auto before = grants_of(present), after = grants_of(wanted);
  const auto is_in = [](const XmlElement& grant, const std::vector<XmlElement>& grants) {
    return std::find(grants.begin(), grants.end(), grant) != grants.end();
  };
  for (const XmlElement& grant : after) {
    if (!is_in(grant, before)) return Strictness::weaker;
  }
  return Strictness::stricter;
}

std::string summary(const SettingDocument& document) {
  std::string text;
  for (const XmlElement& grant : grants_of(document)) text += (text.empty() ? "" : ", ") + words_of(grant);
  return text.empty() ? "private" : text;
}

}  // namespace

Setting acl_setting() {
  return {s3::SettingKind::acl,
          "ACL",
          Follow::clone,
          "told, never copied: a replica enforces its owner, so an ACL would have no effect",
          normal_form,
          transform,
          compare,
          summary};
}

}  // namespace s3dr::dr
