// When a function answers `look_again`: how long until its message is delivered again. The same rule holds
// for the queues of `s3dr serve` (control/work_queue.h) and for a Lambda invocation that waits
// (lambda/handler.h).
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "functions/outcome.h"

namespace s3dr::functions {

// These are settings, so that tests need no waiting.
struct PaceOptions {
  milliseconds retry_base{500};  // before attempt n+1: uniform in [0, min(cap, base * 2^n)]
  milliseconds retry_cap{30'000};
  // A running job is looked at after this time, then after twice as long, and so on, up to what the function
  // asked for. So a short job is noticed at once.
  milliseconds look_base{100};
};

// Counts the failures and looks of one message.
class Pace {
 public:
  // How long to wait after this outcome, whose kind is look_again.
  milliseconds wait_after(const Outcome& outcome, const PaceOptions& options, Random& random);
  int failures() const { return failures_; }  // in a row
  void forget_failures() { failures_ = 0; }

 private:
  int failures_ = 0;
  int looks_ = 0;  // without a failure
};

}  // namespace s3dr::functions
