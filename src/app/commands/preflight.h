// What `protect` makes sure of before it writes anything: the same plan that the functions will make, for the
// world as it would be with the tag set.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/world.h"
#include "base/task.h"
#include "dr/plan.h"

namespace s3dr::app {

struct PreflightOptions {
  std::optional<s3::BucketName> adopt;  // this bucket is to become the replica
  bool new_replica = false;
};

struct Preflight {
  bool already_tagged = false;
  s3::BucketName replica;             // as it will be called
  std::optional<dr::Record> record;   // as it is now
  std::vector<std::string> warnings;  // nothing that keeps us from tagging
};

// Raises what a person has to mend first: not_found (no such bucket), denied (not ours), invalid (another
// region, a replica, one of our own buckets), precondition_failed (conflict, with the way out as advice),
// unsupported, and a store that does not answer. What the caller has no right to see on the destination's
// side is a warning: the controller has rights of its own.
Task<Preflight> preflight(World& world, s3::BucketName bucket, PreflightOptions options);

}  // namespace s3dr::app
