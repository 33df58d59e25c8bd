// The walk over *tagged ∪ recorded* buckets, one bucket at a time: what every sweep is made of. Tagged
// buckets outside the source region are warned of. `serve` walks it from end to end (control/full_sweep.h); on
// Lambda one invocation goes as far as its time allows and the next one goes on from `position()`
// (lambda/sweep_stretch.h). Looks only; what is found is told to source_bucket_check by the caller.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "functions/context.h"
#include "s3/names.h"

namespace s3dr::functions {

// Where a walk stands. The default one is the start.
struct SweepPosition {
  enum class Half { tagged, recorded };
  Half half = Half::tagged;
  std::string token;     // of the page; empty: the first one
  s3::BucketName after;  // the last bucket of that page that was looked at; empty: none yet
  bool operator==(const SweepPosition&) const = default;
};

struct SweepCount {
  std::uint64_t buckets_seen = 0;
  std::uint64_t tagged = 0;
  std::uint64_t recorded = 0;
  std::uint64_t failed = 0;  // tags not readable: named all the same, so that the function reports it
  std::optional<ErrorKind>
      ended;  // a listing failed with this, which ended its half: the walk is not complete
};

class SweepWalk {
 public:
  explicit SweepWalk(Context context, SweepPosition from = {});

  // The next bucket that has to be looked at, none of them twice; nullopt: the walk is over, or `until` (by
  // Clock::uptime) has passed. Looks at one bucket at least, so that a chain of walks comes to an end. A
  // listing that fails is logged, noted in `count().ended` and ends its half only. Raises cancelled only.
  Task<std::optional<s3::BucketName>> next(milliseconds until = milliseconds::max());
  bool over() const { return over_; }
  // Where another walk goes on behind what next() has looked at.
  const SweepPosition& position() const { return position_; }
  const SweepCount& count() const { return count_; }

 private:
  struct Listed {
    s3::BucketName bucket;
    s3::Region elsewhere;  // empty: in the source region
  };
  struct Page {
    std::vector<Listed> buckets;
    std::string next_token;
  };

  Task<Page> list_buckets();
  Task<Page> list_records();
  Task<> load_page();
  Task<> warn_of(Listed bucket);
  void end_half();

  Context context_;
  SweepPosition position_;
  SweepCount count_;
  std::deque<Listed> page_;  // what is left of it, by name
  std::string next_token_;
  bool loaded_ = false, over_ = false;
  std::set<s3::BucketName> given_;
  std::set<s3::Region> gone_;  // other regions that did not answer
};

}  // namespace s3dr::functions
