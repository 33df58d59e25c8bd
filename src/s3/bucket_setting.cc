#include "s3/bucket_setting.h"

#include <algorithm>
#include <map>

#include "aws/xml.h"

namespace s3dr::s3 {
namespace {

using enum SettingKind;

SettingCall row(SettingKind kind, std::string_view word, std::string_view subresource, std::string_view root,
                std::string_view absent_code, std::string_view get, std::string_view put) {
  SettingCall call;
  call.kind = kind;
  call.word = word;
  call.subresource = subresource;
  call.root = root;
  call.absent_code = absent_code;
  call.get_action = get;
  call.put_action = put;
  call.delete_action = put;
  return call;
}

SettingCall without_delete(SettingCall call, std::string_view unset) {
  call.has_delete = false;
  call.unset = unset;
  call.delete_action = "";
  return call;
}

SettingCall with_delete_action(SettingCall call, std::string_view action) {
  call.delete_action = action;
  return call;
}

SettingCall by_id(SettingCall call) {
  call.by_id = true;
  return call;
}

}  // namespace

const std::vector<SettingCall>& setting_calls() {
  static const std::vector<SettingCall> calls = {
      // The lock itself cannot be turned off. What is put here takes the default retention away.
      without_delete(row(object_lock, "object_lock", "object-lock", "ObjectLockConfiguration",
                         "ObjectLockConfigurationNotFoundError", "s3:GetBucketObjectLockConfiguration",
                         "s3:PutBucketObjectLockConfiguration"),
                     "<ObjectLockEnabled>Enabled</ObjectLockEnabled>"),
      row(ownership_controls, "ownership_controls", "ownershipControls", "OwnershipControls",
          "OwnershipControlsNotFoundError", "s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls"),
      row(public_access_block, "public_access_block", "publicAccessBlock", "PublicAccessBlockConfiguration",
          "NoSuchPublicAccessBlockConfiguration", "s3:GetBucketPublicAccessBlock",
          "s3:PutBucketPublicAccessBlock"),
      row(encryption, "encryption", "encryption", "ServerSideEncryptionConfiguration",
          "ServerSideEncryptionConfigurationNotFoundError", "s3:GetEncryptionConfiguration",
          "s3:PutEncryptionConfiguration"),
      // Unset by the canned ACL `private`, which is a header.
      without_delete(row(acl, "acl", "acl", "AccessControlPolicy", "", "s3:GetBucketAcl", "s3:PutBucketAcl"),
                     ""),
      with_delete_action(row(policy, "policy", "policy", "", "NoSuchBucketPolicy", "s3:GetBucketPolicy",
                             "s3:PutBucketPolicy"),
                         "s3:DeleteBucketPolicy"),
      row(cors, "cors", "cors", "CORSConfiguration", "NoSuchCORSConfiguration", "s3:GetBucketCORS",
          "s3:PutBucketCORS"),
      row(lifecycle, "lifecycle", "lifecycle", "LifecycleConfiguration", "NoSuchLifecycleConfiguration",
          "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
      with_delete_action(row(website, "website", "website", "WebsiteConfiguration",
                             "NoSuchWebsiteConfiguration", "s3:GetBucketWebsite", "s3:PutBucketWebsite"),
                         "s3:DeleteBucketWebsite"),
      without_delete(row(logging, "logging", "logging", "BucketLoggingStatus", "", "s3:GetBucketLogging",
                         "s3:PutBucketLogging"),
                     ""),
      without_delete(row(notification, "notification", "notification", "NotificationConfiguration", "",
                         "s3:GetBucketNotification", "s3:PutBucketNotification"),
                     ""),
      without_delete(row(accelerate, "accelerate", "accelerate", "AccelerateConfiguration", "",
                         "s3:GetAccelerateConfiguration", "s3:PutAccelerateConfiguration"),
                     "<Status>Suspended</Status>"),
      without_delete(row(request_payment, "request_payment", "requestPayment", "RequestPaymentConfiguration",
                         "", "s3:GetBucketRequestPayment", "s3:PutBucketRequestPayment"),
                     "<Payer>BucketOwner</Payer>"),
      by_id(row(intelligent_tiering, "intelligent_tiering", "intelligent-tiering",
                "IntelligentTieringConfiguration", "NoSuchConfiguration",
                "s3:GetIntelligentTieringConfiguration", "s3:PutIntelligentTieringConfiguration")),
      by_id(row(analytics, "analytics", "analytics", "AnalyticsConfiguration", "NoSuchConfiguration",
                "s3:GetAnalyticsConfiguration", "s3:PutAnalyticsConfiguration")),
      by_id(row(metrics, "metrics", "metrics", "MetricsConfiguration", "NoSuchConfiguration",
                "s3:GetMetricsConfiguration", "s3:PutMetricsConfiguration")),
      by_id(row(inventory, "inventory", "inventory", "InventoryConfiguration", "NoSuchConfiguration",
                "s3:GetInventoryConfiguration", "s3:PutInventoryConfiguration")),
      without_delete(row(abac, "abac", "abac", "AbacStatus", "", "s3:GetBucketAbac", "s3:PutBucketAbac"),
                     "<Status>Disabled</Status>"),
  };
  return calls;
}

const SettingCall& call_of(SettingKind kind) {
  return setting_calls().at(static_cast<std::size_t>(kind));
}

std::string_view to_string(SettingKind kind) {
  return call_of(kind).word;
}

std::optional<SettingKind> parse_setting_kind(std::string_view word) {
  const auto found = std::ranges::find(setting_calls(), word, &SettingCall::word);
  if (found == setting_calls().end()) return std::nullopt;
  return found->kind;
}

std::vector<SettingPart> setting_parts(SettingKind kind, std::string_view document) {
  const aws::xml::Document parsed(document);
  std::map<std::string, std::string> by_id;
  aws::xml::for_each_element(parsed.any_root(), [&](pugi::xml_node node, std::string_view name) {
    if (name != call_of(kind).root) return;
    const std::string id = aws::xml::required_text(node, "Id");
    if (!by_id.emplace(id, aws::xml::outer_xml(node)).second) {
      aws::xml::refuse("two configurations have the id " + id);
    }
  });
  std::vector<SettingPart> parts;
  for (auto& [id, xml] : by_id) parts.push_back({id, std::move(xml)});
  return parts;
}

std::string joined_parts(std::vector<SettingPart> parts) {
  std::ranges::sort(parts, {}, &SettingPart::id);
  std::string document = "<Configurations>";
  for (const SettingPart& part : parts) document += part.xml;
  return document + "</Configurations>";
}

}  // namespace s3dr::s3
