#include "functions/pace.h"

#include <algorithm>
#include <limits>

#include "base/retry.h"

namespace s3dr::functions {

milliseconds Pace::wait_after(const Outcome& outcome, const PaceOptions& options, Random& random) {
  if (outcome.error) {
    const RetryPolicy backoff{std::numeric_limits<int>::max(), options.retry_base, options.retry_cap,
                              milliseconds::max()};
    return std::max(outcome.after, retry_delay(backoff, failures_++, random));
  }
  failures_ = 0;
  const milliseconds soon = options.look_base * (1 << std::min(looks_++, 20));
  return std::min(outcome.after, soon);
}

}  // namespace s3dr::functions
