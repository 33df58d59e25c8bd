// What a replica gets of one setting of its source. One file and one row a kind: kinds/.
// Pure. `settle.h` decides what is written; the executor of destination_bucket_check writes it.
// After the first clone only what is stricter, or says nothing about access and data, follows by itself: whoever holds
// the source would otherwise reach the replica through us.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dr/settings/settings_policy.h"
#include "s3/bucket_setting.h"
#include "s3/names.h"

namespace s3dr::dr {

// What `wanted` would make of the replica.
enum class Strictness {
  equal,
  stricter,  // less access, longer retention, more encryption
  neutral,   // says nothing about access, retention or encryption
  weaker,    // in any part
};

// What a transformation may look at.
struct SettingSide {
  s3::AccountId account;
  s3::Region region;
  s3::BucketName bucket;
};
struct SettingContext {
  const SettingsPolicy& policy;
  std::string partition = "aws";
  SettingSide source, replica;
  std::string replication_role_arn;  // that writes to the replica
  std::string replica_owner = {};    // its canonical id, if ACLs have an effect there; empty: they have none
};

// The source's document as the replica should have it.
struct Transformed {
  std::optional<std::string> document;  // nullopt: not set over there
  std::vector<std::string> left_out;    // what could not be had, each with its reason, in words
  std::optional<std::string> later;     // what waits for a failover; the whole document as it should be then
  std::vector<std::string> hints;       // what its owner should know; nothing is missing
};

// A document here is in normal form: texts are equal if, and only if, they mean the same. nullopt: not set, or as S3
// answers for a bucket whose owner never set it.
using SettingDocument = std::optional<std::string>;

struct Setting {
  s3::SettingKind kind = s3::SettingKind::policy;
  std::string_view name;  // for people: "block of public access"
  Follow follow = Follow::clone;
  std::string_view why;  // the reason for `follow`
  // The normal form of what the store answered; nullopt for what means "not set". Raises invalid or corrupt.
  SettingDocument (*normal_form)(std::string_view document) = nullptr;
  Transformed (*transform)(const SettingContext& context, const SettingDocument& source) = nullptr;
  Strictness (*compare)(const SettingDocument& present, const SettingDocument& wanted) = nullptr;
  // In a few words, for a table: "AES256, bucket key", "2 rules". Of normal form.
  std::string (*summary)(const SettingDocument& document) = nullptr;
  bool cannot_be_undone = false;  // a change waits for a person, whatever it is
};

}  // namespace s3dr::dr
