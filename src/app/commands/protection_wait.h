// `protect --wait` and `unprotect --wait`: follows the record until it says what is waited for. Verifies with
// the caller's credentials as soon as there is something to verify.
#pragma once

#include <optional>
#include <string>

#include "app/output.h"
#include "app/world.h"
#include "base/task.h"
#include "control/verification.h"

namespace s3dr::app {

struct WaitOptions {
  milliseconds timeout{1'800'000};
  milliseconds poll{500};                 // between two looks at the record
  milliseconds silence_max{15'000};       // without any change for this long: somebody should know why
  milliseconds verify_pause{2'000};       // after a run that found differences
  milliseconds verify_pause_max{30'000};  // verify_pause is doubled each time, up to this
};

struct WaitResult {
  bool reached = false;
  std::string why_not;                                  // when it was not
  std::optional<dr::Record> record;                     // as it was read last
  std::optional<control::VerificationResult> verified;  // our last run, if there was one
  milliseconds took{0};
};

// Waits until the first of these:
// - The replica was verified and the record says so. The run may be ours or the controller's, but must not be
//   in the record when this call first reads it.
// - A person must act.
// - The time is over. If the record store could not be reached until then, its error is raised.
Task<WaitResult> wait_until_verified(World& world, s3::BucketName bucket, WaitOptions options,
                                     Progress& progress);

// Waits until the record says that the protection is paused, or until there is no protection.
Task<WaitResult> wait_until_paused(World& world, s3::BucketName bucket, WaitOptions options,
                                   Progress& progress);

}  // namespace s3dr::app
