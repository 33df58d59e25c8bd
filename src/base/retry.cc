#include "base/retry.h"

#include <algorithm>
#include <cstdint>

namespace s3dr {

bool may_repeat(const Error& error, Repeatable repeatable) {
  switch (error.kind()) {
    case ErrorKind::throttled:
    case ErrorKind::unavailable:
      return true;
    case ErrorKind::outcome_unknown:
      return repeatable == Repeatable::always;
    default:
      return false;
  }
}

milliseconds retry_delay(const RetryPolicy& policy, int repeat, Random& random) {
  const std::int64_t doubled = policy.delay_base.count() << std::min(repeat, 20);
  const std::int64_t ceiling = std::min<std::int64_t>(doubled, policy.delay_cap.count());
  if (ceiling <= 0) return milliseconds(0);
  return milliseconds(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(ceiling) + 1)));
}

}  // namespace s3dr
