// The rights of the roles under which S3 works: the replication role and the role of a batch job. Decides
// whether S3 may assume the role, whether the role allows each step, and which of S3's failure reasons
// reports a missing right.
// - The source region asks the role's own policies.
// - The destination region asks the replica bucket's policy. Across accounts it must allow the step as well.
// - If an account has no roles at all, nothing is asked. The role in a configuration is then only a name, and
//   it opens no other account's bucket.
#pragma once

#include <optional>
#include <string>

#include "cloud/objects/object_table.h"
#include "cloud/replication/batch_table.h"
#include "cloud/replication/replica_message.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// Why the source bucket's replication role may not copy that version into `destination`; nullopt: it may.
// Examples:
//   "AssumeRoleNotPermitted"
//   "SrcGetObjectNotPermitted: ROLE is not authorized to perform: ACTION on resource: ARN"
std::optional<std::string> why_not_replicated(RegionContext& region, const BucketRow& source,
                                              const VersionRow& version, const std::string& destination,
                                              const s3::AccountId& destination_account);

// On whose behalf a version of `source` is sent to `destination`.
ReplicaSender replica_sender(RegionContext& region, const BucketRow& source, const std::string& destination);

// Asked in the destination region: why the sender's role may not put that version into the bucket
// ("DstPutObjectNotPermitted: …"); nullopt: it may.
std::optional<std::string> why_not_taken(RegionContext& region, const BucketRow& bucket,
                                         const VersionRow& version, const ReplicaSender& sender);

// Why a job's role may not run the job: "InitiateReplicationNotPermitted: …"; nullopt: it may. The right is
// asked once for all objects, as "bucket/*".
std::optional<std::string> why_job_not_run(RegionContext& region, const JobRow& job);

}  // namespace s3dr::cloud
