// Verification runs of `serve`, `verify` and `protect --wait`: compares the two sides and takes the result
// into the record by compare-and-swap. With rights of its own: it reads object data, which the functions
// never do.
#pragma once

#include <functional>
#include <optional>

#include "base/task.h"
#include "dr/record.h"
#include "functions/context.h"
#include "ports/object_store.h"
#include "transfer/verify.h"

namespace s3dr::control {

struct VerificationResult {
  transfer::VerifyReport report;
  dr::Record record;  // as it is after the run, when it was recorded
  bool recorded = false;
  std::string why_not_recorded;  // no right, not found …; empty when recorded
};

// Needs a record that names a replica. Raises not_found when there is none, and what reading raises: then
// nothing is concluded and nothing recorded. A prefix-limited or listing-level run is never recorded.
Task<VerificationResult> verify_protection(functions::Context context, ports::ObjectStore& source_objects,
                                           ports::ObjectStore& replica_objects, s3::BucketName bucket,
                                           transfer::VerifyOptions options,
                                           std::function<void(const transfer::VerifyProgress&)> progress,
                                           bool accept_losses = false);

// Is a run due? Rule live, backfill complete, and: never verified in this generation, or the last good run is
// older than `age_max`, or the last run found differences at least `retry_after` ago.
bool verification_due(const dr::Record& record, Instant now, milliseconds age_max, milliseconds retry_after);

}  // namespace s3dr::control
