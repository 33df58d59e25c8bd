// The only retry loop. The caller knows which failures may be repeated blindly (docs/architecture.md, Errors
// and retries): reads, idempotent configuration PUTs, and requests that surely were not sent. After an object
// write, a CreateJob or a creation the caller looks first.
#pragma once

#include <chrono>
#include <functional>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/task.h"

namespace s3dr {

// Ordinary configuration. Tests set the delays to zero.
struct RetryPolicy {
  int attempts_max = 4;          // in all, the first one included
  milliseconds delay_base{100};  // before repeat i: uniform in [0, min(cap, base * 2^i)]
  milliseconds delay_cap{5'000};
  milliseconds total_max{30'000};  // no repeat begins after this much time
};

enum class Repeatable {
  always,       // the request may take effect twice without harm
  only_unsent,  // repeat only when it is known not to have arrived
};

// throttled and unavailable may be repeated; outcome_unknown only if Repeatable::always.
bool may_repeat(const Error& error, Repeatable repeatable);

// How long to wait before repeat number `repeat` (0 = first repeat).
milliseconds retry_delay(const RetryPolicy& policy, int repeat, Random& random);

// Calls `attempt` until one of these happens:
// - it returns;
// - its error may not be repeated: the error is rethrown;
// - the policy is exhausted: the last error is rethrown.
// `attempt` returns a new coroutine at each call. It must not itself be a coroutine with captures.
template <class T>
Task<T> with_retry(Clock& clock, Random& random, RetryPolicy policy, Repeatable repeatable,
                   std::function<Task<T>()> attempt) {
  const milliseconds started = clock.uptime();
  for (int repeat = 0;; ++repeat) {
    milliseconds delay{0};
    try {
      co_return co_await attempt();
    } catch (const Error& error) {
      if (repeat + 1 >= policy.attempts_max || !may_repeat(error, repeatable)) throw;
      delay = retry_delay(policy, repeat, random);
      if (clock.uptime() - started + delay >= policy.total_max) throw;  // the repeat would begin too late
    }
    co_await clock.sleep(delay);
  }
}

}  // namespace s3dr
