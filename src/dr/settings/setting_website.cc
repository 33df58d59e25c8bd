// The bucket as a website. Redirects that name the source's own endpoint are mapped, or left out.
// Source: docs/protocol.md, Bucket settings (PutBucketWebsite).
#include "dr/settings/kinds.h"
#include "dr/settings/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{
      "WebsiteConfiguration",
      {"RedirectAllRequestsTo", "IndexDocument", "ErrorDocument", "RoutingRules", "Condition", "Redirect",
       "Protocol", "HostName", "HttpErrorCodeReturnedEquals", "KeyPrefixEquals", "ReplaceKeyPrefixWith",
       "ReplaceKeyWith", "HttpRedirectCode"},
      {"RoutingRule"}};
  return value;
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  std::erase_if(root.children,
                [](const XmlElement& one) { return one.name == "RoutingRules" && one.children.empty(); });
  if (root.children.empty()) return std::nullopt;
  bring_into_order(root, form());
  return document_text(root);
}

// "ledger.s3-website-eu-west-1.amazonaws.com", "ledger.s3.eu-west-1.amazonaws.com", and the bucket's own name, which is
// the host of a website with a domain of its own.
bool is_source_host(const SettingContext& context, const std::string& host) {
  const std::string& bucket = context.source.bucket.text();
  return host == bucket || host.starts_with(bucket + ".s3");
}

// False: it names the source, and no mapping says what is meant at the replica.
bool redirected(const SettingContext& context, XmlElement& redirect, std::vector<std::string>& left_out,
                const std::string& what) {
  const std::string host = redirect.text_of("HostName");
  if (host.empty()) return true;
  if (const auto other = mapped(context.policy, host)) {
    redirect.set("HostName", *other);
    return true;
  }
  if (!is_source_host(context, host)) return true;
  left_out.push_back(what + " to " + host + " names the source, and no mapping names its counterpart");
  return false;
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (!source) return result;
  XmlElement root = read_element(*source, form().root);
  XmlElement* all = root.child("RedirectAllRequestsTo");
  if (all != nullptr && !redirected(context, *all, result.left_out, "the redirect of all requests"))
    return result;
  if (XmlElement* rules = root.child("RoutingRules")) {
    std::erase_if(rules->children, [&](XmlElement& rule) {
      XmlElement* redirect = rule.child("Redirect");
      return redirect != nullptr && !redirected(context, *redirect, result.left_out, "a routing rule");
    });
  }
  result.document = normal_form(document_text(root));
  return result;
}

std::string summary(const SettingDocument& document) {
  if (!document) return "not set";
  const XmlElement root = read_element(*document, form().root);
  if (const XmlElement* all = root.child("RedirectAllRequestsTo"))
    return "all to " + all->text_of("HostName");
  std::string text = "index " + root.text_at("IndexDocument", "Suffix");
  if (const XmlElement* rules = root.child("RoutingRules"))
    text += ", " + counted(rules->children.size(), "routing rule", "routing rules");
  return text;
}

}  // namespace

Setting website_setting() {
  return {s3::SettingKind::website,
          "website",
          Follow::clone,
          "the replica answers as the source does; it opens nothing by itself",
          normal_form,
          transform,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
