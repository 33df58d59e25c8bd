// One deletion within a change, by a request or by a lifecycle rule, and its clean-up.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/objects/conditions.h"
#include "cloud/objects/object_table.h"

namespace s3dr::cloud {

struct Deletion {
  s3::VersionId version_id;  // of the removed version or the new marker; empty in an unversioned bucket
  bool is_marker = false;    // a marker was made, or a marker was removed
  bool made_marker = false;
  std::optional<std::string> removed_body;
  bool queued_replication = false;
};

// One key or one version. Every refusal comes before the first change. Call within Database::write.
Deletion delete_one(Connection& db, const BucketRow& bucket, const s3::ObjectKey& key,
                    const std::optional<s3::VersionId>& version, const WriteCondition& condition,
                    const s3::VersionId& fresh_id, Instant now, Replicates replicates = Replicates::by_rules);

// Removes bodies and wakes replication, after the commit.
void after_deletion(RegionContext& region, const std::vector<Deletion>& deletions);

}  // namespace s3dr::cloud
