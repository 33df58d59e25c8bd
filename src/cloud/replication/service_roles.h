// What S3 does under a role it was handed: replication and batch jobs. Whether the role is trusted and allows
// each step, and by which of S3's failure reasons a missing right is told. The role's own policies are asked
// in the source's region, and the replica bucket's policy, which across accounts must allow as well, in its
// own. An account that has no roles at all is not asked: there the role's name in a configuration is only a
// name, and it opens no other account's bucket.
#pragma once

#include <optional>
#include <string>

#include "cloud/objects/object_table.h"
#include "cloud/replication/batch_table.h"
#include "cloud/replication/replica_message.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// Why the source bucket's replication role may not copy that version into `destination`:
// "AssumeRoleNotPermitted", "SrcGetObjectNotPermitted: ROLE is not authorized to perform: ACTION on resource:
// ARN" …; nullopt: it may.
std::optional<std::string> why_not_replicated(RegionContext& region, const BucketRow& source,
                                              const VersionRow& version, const std::string& destination,
                                              const s3::AccountId& destination_account);

// In whose name a version of `source` is sent to `destination`.
ReplicaSender replica_sender(RegionContext& region, const BucketRow& source, const std::string& destination);

// In the destination's region: why the sender's role may not put that version into the bucket
// ("DstPutObjectNotPermitted: …"); nullopt: it may.
std::optional<std::string> why_not_taken(RegionContext& region, const BucketRow& bucket,
                                         const VersionRow& version, const ReplicaSender& sender);

// Why a job's role may not run it: "InitiateReplicationNotPermitted: …"; nullopt: it may. Objects are asked
// about all at once, as "bucket/*".
std::optional<std::string> why_job_not_run(RegionContext& region, const JobRow& job);

}  // namespace s3dr::cloud
