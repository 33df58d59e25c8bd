// The settings of a bucket that are one document each: how S3 is asked for them. One row a kind, used by the client.
// What a replica gets of them is decided in dr/settings. Tags, versioning and replication have calls of their own.
// Source: docs/protocol.md, Bucket settings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr::s3 {

// In the order in which a copy is made: a later one may need an earlier one (a policy the block of public access).
enum class SettingKind {
  object_lock,
  ownership_controls,
  public_access_block,
  encryption,
  acl,
  policy,
  cors,
  lifecycle,
  website,
  logging,
  notification,
  accelerate,
  request_payment,
  intelligent_tiering,
  analytics,
  metrics,
  inventory,
  abac,
};

struct SettingCall {
  SettingKind kind = SettingKind::policy;
  std::string_view word;         // "public_access_block": in the configuration, in records, in commands
  std::string_view subresource;  // "publicAccessBlock"
  std::string_view root;  // of the document; of the family `by_id`: of one configuration. Empty: it is JSON
  std::string_view absent_code;  // the 404 that means "not set"; empty: the GET always answers
  bool by_id = false;            // many configurations, each put and deleted by its id
  bool has_delete = true;
  std::string_view unset = "";  // without DELETE: what is put into `root` instead
  std::string_view get_action;  // of IAM: "s3:GetBucketPublicAccessBlock"
  std::string_view put_action;
  std::string_view delete_action;  // of IAM; mostly the one of PUT
};

const std::vector<SettingCall>& setting_calls();  // one row a kind, in the order of the kinds
const SettingCall& call_of(SettingKind kind);
std::string_view to_string(SettingKind kind);  // its word
std::optional<SettingKind> parse_setting_kind(std::string_view word);

// The family `by_id` as one document: <Configurations> with one element of the row's root a configuration, in the order
// of their ids. Raises MalformedXML for a text that is no such document.
struct SettingPart {
  std::string id;
  std::string xml;  // stands on its own
  bool operator==(const SettingPart&) const = default;
};
std::vector<SettingPart> setting_parts(SettingKind kind, std::string_view document);
std::string joined_parts(std::vector<SettingPart> parts);

}  // namespace s3dr::s3
