// With source and destination in two accounts: the statement in the replica's bucket policy that lets the
// source's replication role write there. Without it S3 fails every delivery (docs/protocol/iam.md, Roles
// of replication). We own that one statement, by its Sid; the others are somebody else's. Pure; only
// functions/destination_bucket_check writes the result. Within one account the role's own policies are
// enough.
#pragma once

#include <string>

#include "dr/policy.h"
#include "s3/names.h"

namespace s3dr::dr {

inline constexpr const char* replica_policy_sid = "S3drReplication";

// Is there such a statement at all?
bool needs_replica_policy(const Policy& policy);

// How our statement differs from what it must be, in words ("missing", "another principal"); empty: it is
// right. `document`: the policy's JSON text; nullptr: there is none. `role_arn`: who replicates. Compares
// meaning: a list of one is the same as its one value, and the order of a list says nothing. Raises corrupt
// for a text that is no policy.
std::string replica_policy_difference(const Policy& policy, const s3::BucketName& replica,
                                      const std::string& role_arn, const std::string* document);

// All other statements as they are and in their order, plus ours. Raises corrupt like the above.
std::string with_our_statement(const Policy& policy, const s3::BucketName& replica,
                               const std::string& role_arn, const std::string* document);

}  // namespace s3dr::dr
