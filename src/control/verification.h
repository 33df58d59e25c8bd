// One verification run for `serve`, `verify` and `protect --wait`: compares the two sides and writes the
// result into the record by compare-and-swap. It needs permissions of its own, because it reads object data.
// The functions never do.
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
  dr::Record record;  // if recorded: as it is after the run
  bool recorded = false;
  std::string why_not_recorded;  // no permission, not found …; empty when recorded
};

// Needs a record that names a replica. Raises not_found when there is none, and what reading raises: then
// nothing is known and nothing recorded. A run that is limited to a prefix or to level listing is never
// recorded.
Task<VerificationResult> verify_protection(functions::Context context, ports::ObjectStore& source_objects,
                                           ports::ObjectStore& replica_objects, s3::BucketName bucket,
                                           transfer::VerifyOptions options,
                                           std::function<void(const transfer::VerifyProgress&)> progress,
                                           bool accept_losses = false);

// Is a run due? The rule must be live and the backfill complete. Then a run is due in each of these cases:
// - this generation was never verified;
// - the last good run is older than `age_max`;
// - the last run found differences, at least `retry_after` ago.
bool verification_due(const dr::Record& record, Instant now, milliseconds age_max, milliseconds retry_after);

}  // namespace s3dr::control
