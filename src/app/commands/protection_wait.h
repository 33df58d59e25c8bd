// `protect --wait` and `unprotect --wait`: follows the record until it says what is waited for, and verifies
// with the caller's credentials as soon as there is something to verify.
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
  milliseconds poll{500};            // between two looks at the record
  milliseconds silence_max{15'000};  // without any change: no controller seems to run
  milliseconds verify_pause{2'000};  // after a run that found differences, doubled each time …
  milliseconds verify_pause_max{30'000};
};

struct WaitResult {
  bool reached = false;
  std::string why_not;                                  // when it was not
  std::optional<dr::Record> record;                     // as it was read last
  std::optional<control::VerificationResult> verified;  // our last run, if there was one
  milliseconds took{0};
};

// Until the replica was verified by a run that was not in the record when this call first read it, ours or
// the controller's, and stands so in the record; until a person has to act; or until the time is over. Raises
// what the record store raises when it stays out of reach until the time is over.
Task<WaitResult> wait_until_verified(World& world, s3::BucketName bucket, WaitOptions options,
                                     Progress& progress);

// Until the record says that the protection is paused, or that there is none.
Task<WaitResult> wait_until_paused(World& world, s3::BucketName bucket, WaitOptions options,
                                   Progress& progress);

}  // namespace s3dr::app
