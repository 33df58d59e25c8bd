// Static website hosting. Hosting opens nothing: that is done by the policy and the block of public access.
// Source: docs/protocol.md, Bucket settings (PutBucketWebsite).
#include <algorithm>
#include <set>

#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{
      "WebsiteConfiguration",
      {"RedirectAllRequestsTo", "HostName", "Protocol", "IndexDocument", "Suffix", "ErrorDocument", "Key",
       "RoutingRules", "RoutingRule", "Condition", "HttpErrorCodeReturnedEquals", "KeyPrefixEquals",
       "Redirect", "HttpRedirectCode", "ReplaceKeyPrefixWith", "ReplaceKeyWith"},
      {"RoutingRule"}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  if (root.children.empty()) return std::nullopt;
  bring_into_order(root, form());
  return document_text(root);
}

// A host of the source itself: "<bucket>.s3-website-eu-west-1.amazonaws.com", "<bucket>.s3.amazonaws.com", and the bucket's
// own name, which is the host of a site with a domain of its own.
bool is_of_source(const SettingContext& context, const std::string& host) {
  const std::string& bucket = context.source.bucket.text();
  return host == bucket || host.starts_with(bucket + ".s3");
}

// The hosts in it; `false` from `visit` leaves the element out that holds the host.
bool visit_hosts(XmlElement& element, const SettingContext& context, std::vector<std::string>& left_out) {
  for (XmlElement& child : element.children) {
    if (child.name != "HostName") continue;
    if (const auto other = mapped(context.policy, child.text)) {
      child.text = *other;
    } else if (is_of_source(context, child.text)) {
      left_out.push_back("a redirect to " + child.text +
                         ", a host of the source: name its counterpart in settings.mappings");
      return false;
    }
  }
  bool all = true;
  std::erase_if(element.children, [&](XmlElement& child) {
    const bool stays = visit_hosts(child, context, left_out);
    const bool is_whole = child.name == "RoutingRule" || child.name == "RedirectAllRequestsTo";
    if (!stays && !is_whole) all = false;
    return !stays && is_whole;
  });
  return all;
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (!source) return result;
  XmlElement root = read_element(*source, form().root);
  visit_hosts(root, context, result.left_out);
  std::erase_if(root.children, [](const XmlElement& child) {
    return child.name == "RoutingRules" && child.children.empty();
  });
  if (root.children.empty()) return result;
  bring_into_order(root, form());
  result.document = document_text(root);
  return result;
}

void collect_hosts(const XmlElement& element, std::set<std::string>& hosts) {
  if (element.name == "HostName") hosts.insert(element.text);
  for (const XmlElement& child : element.children) collect_hosts(child, hosts);
}

std::set<std::string> hosts_of(const SettingDocument& document) {
  std::set<std::string> hosts;
  if (document) collect_hosts(read_element(*document, form().root), hosts);
  return hosts;
}

// A new host is where the visitors of the site would be sent.
Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  const auto before = hosts_of(present), after = hosts_of(wanted);
  if (!std::ranges::includes(before, after)) return Strictness::weaker;
  return before == after ? Strictness::neutral : Strictness::stricter;
}

std::string summary(const SettingDocument& document) {
  if (!document) return "not set";
  const XmlElement root = read_element(*document, form().root);
  if (root.child("RedirectAllRequestsTo") != nullptr)
    return "redirects to " + root.text_at("RedirectAllRequestsTo", "HostName");
  std::string text = "index " + root.text_at("IndexDocument", "Suffix");
  if (const XmlElement* rules = root.child("RoutingRules"))
    text += ", " + counted(rules->children.size(), "routing rule", "routing rules");
  return text;
}

}  // namespace

Setting website_setting() {
  return {
      s3::SettingKind::website,
      "website",
      Follow::clone,
      "a site that moves over needs the same; it opens nothing by itself; a redirect to a new host is held",
      normal_form,
      transform,
      compare,
      summary};
}

}  // namespace s3dr::dr
