// A bucket's replication configuration as a value. Its XML codec is in s3/xml_bucket.h, what a rule matches
// in s3/replication_match.h, our own rule in dr/replication_rule.h. Source: docs/protocol.md, Replication
// configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "s3/names.h"
#include "s3/tag.h"

namespace s3dr::s3 {

enum class Switch { enabled, disabled };

struct ReplicationDestination {
  std::string bucket_arn;  // "arn:aws:s3:::bucket"
  std::optional<AccountId> account;
  std::string storage_class;               // empty: the source's
  std::string access_control_translation;  // "Destination" or empty
  std::string replica_kms_key_id;
  std::optional<Switch> replication_time;  // with 15 minutes
  std::optional<std::int64_t> replication_time_minutes;
  std::optional<Switch> metrics;
  std::optional<std::int64_t> metrics_event_threshold_minutes;
  bool operator==(const ReplicationDestination&) const = default;
};

struct ReplicationFilter {  // V2: all given parts must match
  std::optional<std::string> prefix;
  TagSet tags;
  bool operator==(const ReplicationFilter&) const = default;
};

struct ReplicationRule {
  std::string id;
  std::optional<std::int64_t> priority;
  std::optional<std::string> v1_prefix;     // rule-level <Prefix>: a V1 rule
  std::optional<ReplicationFilter> filter;  // <Filter>: a V2 rule
  Switch status = Switch::enabled;
  std::optional<Switch> delete_marker_replication;
  std::optional<Switch> existing_object_replication;
  std::optional<Switch> sse_kms_encrypted_objects;
  std::optional<Switch> replica_modifications;
  ReplicationDestination destination;
  // Elements that this program does not know, kept as XML text. So other people's rules survive our PUT.
  std::string unknown_rule_xml;
  std::string unknown_destination_xml;
  // With a rule-level Prefix, or with nothing that only V2 has: then all objects are meant.
  bool is_v1() const {
    const bool says_v2 = filter || priority || delete_marker_replication ||
                         unknown_rule_xml.find("Filter") != std::string::npos;
    return v1_prefix || !says_v2;
  }
  bool operator==(const ReplicationRule&) const = default;
};

struct ReplicationConfiguration {
  std::string role_arn;
  std::vector<ReplicationRule> rules;
  bool operator==(const ReplicationConfiguration&) const = default;
};

// "arn:aws:s3:::name" or (Ceph RGW) a bare name → the bucket's name; nullopt for anything else.
std::optional<BucketName> destination_bucket(const ReplicationDestination& destination);

}  // namespace s3dr::s3
