// What `protect` checks before it writes anything. It makes the plan that the functions will make once the
// tag is set.
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
  s3::BucketName replica;             // its future name
  std::vector<std::string> warnings;  // none of them prevents tagging
  // With the tag and the instruction in place, though neither is written.
  dr::ObservedPair seen;
  dr::Plan plan;
};

// Writes what the options ask for into the record, as `protect` does before it tags; nothing without one. Raises what
// functions::request_adopt and request_new_replica raise.
Task<> leave_instruction(World& world, ports::DocumentStore& records, s3::BucketName bucket,
                         PreflightOptions options);

// Raises what a person must fix first:
// - not_found: no such bucket
// - denied: not ours
// - invalid: another region, a replica, one of our own buckets
// - precondition_failed: a conflict, also one that stays with the instruction; the advice says how to solve it
// - unsupported
// - the error of a store that does not answer
// If the caller has no permission to see something on the destination side, that is a warning: the controller
// has permissions of its own.
Task<Preflight> preflight(World& world, s3::BucketName bucket, PreflightOptions options);

}  // namespace s3dr::app
