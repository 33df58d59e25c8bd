// The documents of tests/data/settings, one a kind, as AWS returns them, and the bucket pair they are for.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/error.h"
#include "dr/settings/kinds/kinds.h"

namespace s3dr::dr::test {

inline std::string file_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no file " + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string fixture(const std::string& folder, s3::SettingKind kind) {
  const std::string name = folder + "/settings/" + std::string(s3::to_string(kind));
  return file_text(name + (kind == s3::SettingKind::policy ? ".json" : ".xml"));
}

// The text with one place changed. Fails when the place is not there.
inline std::string edited(std::string text, const std::string& from, const std::string& to) {
  const std::size_t place = text.find(from);
  if (place == std::string::npos) throw std::runtime_error("not in the fixture: " + from);
  return text.replace(place, from.size(), to);
}

constexpr const char* key_of_source =
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
constexpr const char* key_of_replica = "arn:aws:kms:eu-central-1:111122223333:key/9876";
constexpr const char* owner_of_source = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

struct BucketPair {
  SettingsPolicy policy;
  s3::AccountId replica_account = s3::AccountId::parse("111122223333");
  std::string replica_name = "harbor-ledger-dr";
  std::string replica_owner;

  SettingContext context() const {
    return {
        .policy = policy,
        .source = {s3::AccountId::parse("111122223333"), s3::Region::parse("eu-west-1"),
                   s3::BucketName::parse("harbor-ledger")},
        .replica = {replica_account, s3::Region::parse("eu-central-1"), s3::BucketName::parse(replica_name)},
        .replication_role_arn = "arn:aws:iam::111122223333:role/replication",
        .replica_owner = replica_owner};
  }
};

// With a counterpart of most that the fixtures name, but not of all.
inline BucketPair mapped_pair() {
  BucketPair pair;
  pair.policy.mappings = {
      {key_of_source, key_of_replica},
      {"arn:aws:sns:eu-west-1:111122223333:*", "arn:aws:sns:eu-central-1:111122223333:*-dr"},
      {"harbor-logs", "harbor-logs-dr"}};
  return pair;
}

// Every name is its own counterpart.
inline BucketPair same_everywhere() {
  BucketPair pair;
  pair.policy.mappings = {{"*", "*"}};
  return pair;
}

}  // namespace s3dr::dr::test
