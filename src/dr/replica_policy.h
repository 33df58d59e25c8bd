// Used when source and destination are in two accounts. One statement in the replica's bucket policy lets the
// source's replication role write there. Without it S3 fails every delivery (docs/protocol/iam.md, Roles of
// replication). Within one account the role's own policies are enough.
// We own that one statement, found by its Sid. All other statements belong to others. Pure:
// functions/destination_bucket_check writes the result.
#pragma once

#include <string>

#include "dr/policy.h"
#include "s3/names.h"

namespace s3dr::dr {

inline constexpr const char* replica_policy_sid = "S3drReplication";

// Does this policy (the operator's) need the statement at all?
bool needs_replica_policy(const Policy& policy);

// How our statement differs from what it must be, in words ("missing", "another principal"); empty: it is
// right. `document`: the policy's JSON text; nullptr: there is none. `role_arn`: the role that replicates.
// Compares meaning: a list of one equals its one value, and the order of a list does not count. Raises
// corrupt for a text that is not a policy.
std::string replica_policy_difference(const Policy& policy, const s3::BucketName& replica,
                                      const std::string& role_arn, const std::string* document);

// All other statements unchanged and in their order, plus ours. Raises corrupt for a text that is not a
// policy.
std::string with_our_statement(const Policy& policy, const s3::BucketName& replica,
                               const std::string& role_arn, const std::string* document);

}  // namespace s3dr::dr
