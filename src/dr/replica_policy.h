// The replica's bucket policy, as one document that one executor writes (functions/destination_bucket_check):
// - the statements of others, byte for byte and in their order
// - what was cloned from the source (dr/settings/kinds/setting_policy.h)
// - S3drReplication, with two accounts only: lets the source's replication role write. Without it S3 fails every
//   delivery (docs/protocol/iam.md, Roles of replication). Within one account the role's own policies are enough.
// - S3drFence: nobody else changes objects. Replication passes, because S3 asks s3:ReplicateObject for it, another
//   action. S3drFenceSettings: nobody else sets what would destroy them. S3drTls: nobody comes without TLS.
// Ours are found by their Sid. The bucket policy itself is not fenced: administrators of the account can lift the fence
// (docs/security.md). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dr/policy.h"
#include "dr/record.h"
#include "dr/settings/kinds/setting_policy.h"
#include "s3/names.h"

namespace s3dr::dr {

// Without our statement no replica arrives.
bool needs_replica_policy(const Policy& policy);
// Is the replica's policy ours to look after? nullptr: there is no record.
bool wants_replica_policy(const Policy& policy, const Record* record);

// nullopt: left as it is.
struct ReplicaPolicyWish {
  bool replication = false;
  std::string role_arn;  // that replicates
  std::optional<bool> fence;
  bool tls = false;                           // with the fence only
  StoreKind store = StoreKind::aws;           // whose actions the fence names
  std::vector<std::string> exempt_role_arns;  // may write to a fenced replica
  std::string executor_role_arn;              // may change its settings. Empty: they are not fenced
  std::optional<SettingDocument> cloned;      // as policy_setting() transforms it
};
ReplicaPolicyWish replica_policy_wish(const Policy& policy, const Record* record, std::string role_arn);

struct ReplicaPolicyChange {
  std::string closed;      // how S3drReplication is not as it must be: "missing", "another principal"
  std::string difference;  // of all of ours: "S3drFence missing". Empty: it is right
  std::string document;    // the policy as it should be; empty: there should be none
  std::vector<std::string> left_out;  // of what was to be cloned, with the reason
};

// `present`: the policy's JSON text; nullptr: there is none. Compares meaning: a list of one equals its one value, and
// the order of a list does not count. Raises corrupt for a text that is not a policy.
ReplicaPolicyChange replica_policy_change(const std::string& partition, const s3::BucketName& replica,
                                          const ReplicaPolicyWish& wish, const std::string* present);

}  // namespace s3dr::dr
