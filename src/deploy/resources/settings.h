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

struct Settings {
  std::string name_prefix = "s3dr";  // of every name, and the first part of the owner tag
  std::string partition = "aws";
  dr::Place source, destination;  // of the source buckets, and of the replicas
  std::vector<s3::Tag> match_tags{{"dr", "true"}};
  std::string replica_name_template = "{bucket}-dr";
  dr::ReplicaNamespace replica_namespace = dr::ReplicaNamespace::global;
  dr::RuleOptions rule;
  dr::SettingsPolicy bucket_settings;  // what replicas get of the settings of their sources
  dr::StoreProfile store = dr::profile_of(dr::StoreKind::aws);
  std::string replication_role, batch_role;  // names; empty: "<prefix>-replication", "<prefix>-batch"
  std::vector<std::string> pass_roles;       // ARNs of roles that rules of others name
  s3::BucketName control_bucket;             // destination side
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

// The value of the owner tag on everything this deployment makes: "<prefix>/<source region>/<destination
// region>". So two deployments with the same prefix in one account do not change each other's roles.
std::string owner_of(const Settings& settings);
constexpr const char* owner_tag = "s3dr:owner";

bool is_cross_account(const Settings& settings);

// Why nothing can be declared from these settings, as "field: reason"; nullopt: it can. The package may be
// empty, because status and destroy need none.
std::optional<std::string> why_invalid(const Settings& settings);

}  // namespace s3dr::deploy
