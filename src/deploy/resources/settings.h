// What a deployment should be: two sides, names, sizes. Everything that deploy/ declares follows from these
// values. Nothing here is observed. The command builds them from s3dr.yaml and its options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dr/policy.h"
#include "dr/rule_options.h"
#include "dr/store_profile.h"
#include "s3/names.h"
#include "s3/tag.h"

namespace s3dr::deploy {

// One protection: what is asked for, and where its replicas and records are.
struct Protection {
  std::string name{dr::default_protection_name};
  dr::Place destination;
  std::vector<s3::Tag> match_tags{{"dr", "true"}};
  std::string replica_name_template = "{bucket}-dr";
  dr::ReplicaNamespace replica_namespace = dr::ReplicaNamespace::global;
  dr::RuleOptions rule;
  dr::SettingsPolicy bucket_settings;  // what replicas get of the settings of their sources
  s3::BucketName control_bucket;       // at the destination
};

// What a deployment has to know of a protection.
Protection protection_of(const dr::Policy& policy);

struct Settings {
  std::string name_prefix = "s3dr";  // of every name, and the first part of the owner tag
  std::string partition = "aws";
  dr::Place source;  // of the source buckets
  // All of the source, in the order of the configuration; at least one. Valid together (dr/protections.h).
  std::vector<Protection> protections{Protection{}};
  dr::StoreProfile store = dr::profile_of(dr::StoreKind::aws);
  std::string replication_role, batch_role;  // names; empty: "<prefix>-replication", "<prefix>-batch"
  std::vector<std::string> pass_roles;       // ARNs of roles that rules of others name
  s3::BucketName reports_bucket;             // source side

  std::string package;                  // the bytes of the zip with `bootstrap`
  std::string architecture = "x86_64";  // or "arm64"
  int memory_mib = 256;
  int timeout_seconds = 300;
  int log_retention_days = 30;
  int sweep_minutes = 5;
  bool alarms = true;
  bool create_trail = false;

  // For the embedded cloud and other stand-ins for AWS: the functions get them as S3DR_ENDPOINTS and
  // S3DR_CA_PEM.
  std::string endpoints_json, ca_pem;
};

// The destination places, each of them once, in the order of the protections. What stands in a place stands there
// once, however many protections lead there.
std::vector<dr::Place> destinations_of(const Settings& settings);
// The protections that lead to the place; none for a place that is not among destinations_of.
std::vector<Protection> protections_to(const Settings& settings, const dr::Place& destination);

// The value of the owner tag on what this deployment makes at the source: "<prefix>/<source region>/<region of the
// first destination>". So two deployments with the same prefix in one account do not change each other's roles.
std::string owner_of(const Settings& settings);
// The same for what it makes for one destination. It does not depend on the other ones.
std::string owner_of(const Settings& settings, const dr::Place& destination);
// Everything with one of these values belongs to this deployment: other protections may have come first once.
std::vector<std::string> owners_of(const Settings& settings);
constexpr const char* owner_tag = "s3dr:owner";

// The destination is in another account than the source.
bool is_cross_account(const Settings& settings, const dr::Place& destination);
// Any of the destinations is.
bool is_cross_account(const Settings& settings);

// Why nothing can be declared from these settings, as "field: reason"; nullopt: it can. The package may be
// empty, because status and destroy need none.
std::optional<std::string> why_invalid(const Settings& settings);

}  // namespace s3dr::deploy
