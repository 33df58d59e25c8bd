// What a bucket's lifecycle rules do to one version or one upload. Pure; lifecycle_run does it.
// Sources: S3 User Guide, "Lifecycle configuration elements", "How Amazon S3 handles conflicts in lifecycle
// configurations", "How S3 Lifecycle interacts with other bucket configurations".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "s3/lifecycle.h"
#include "s3/names.h"
#include "s3/replication_status.h"

namespace s3dr::cloud {

struct LifecycleSubject {
  s3::ObjectKey key;
  s3::TagSet tags;
  std::uint64_t size = 0;
  bool is_marker = false;
  bool only_version = false;  // of its key
  s3::ReplicationStatus replication = s3::ReplicationStatus::none;
  Instant created{};
  std::optional<Instant> noncurrent_since;  // nullopt: it is the current version
  std::int64_t newer_noncurrent = 0;        // noncurrent versions above it, delete markers not counted
};

enum class LifecycleAction {
  none,
  expire,  // as a DELETE of the key: a delete marker, or the end of the object where there are no versions
  remove   // this version for good
};

// Transitions are not acted on: this cloud has no storage class but STANDARD.
LifecycleAction lifecycle_action(const s3::LifecycleRules& rules, const LifecycleSubject& subject,
                                 Instant now);

struct LifecycleExpiry {
  Instant at{};
  std::string rule_id;
};
// When the current version expires, by the rule that does it first. nullopt: never, or it is a delete marker.
std::optional<LifecycleExpiry> lifecycle_expiry(const s3::LifecycleRules& rules,
                                                const LifecycleSubject& subject);

bool aborts_upload(const s3::LifecycleRules& rules, const s3::ObjectKey& key, Instant initiated, Instant now);

}  // namespace s3dr::cloud
