// The walk of a sweep over *tagged ∪ recorded* buckets, one bucket at a time. It warns of tagged buckets
// outside the source region. With several protections (dr/protections.h) the buckets of the source are listed and
// their tags read once; then the records of each destination place follow.
// - `s3dr serve` walks from end to end (control/full_sweep.h).
// - On Lambda, one invocation goes as far as its time allows; the next one goes on from `position()`
//   (lambda/sweep_stretch.h).
// It only looks. The caller tells source_bucket_check which buckets were found.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "dr/messages/heartbeat.h"
#include "functions/context.h"
#include "s3/names.h"

namespace s3dr::functions {

// Where a walk stands. The default one is the start.
struct SweepPosition {
  enum class Half { tagged, recorded };
  Half half = Half::tagged;
  std::string token;      // of the page; empty: the first one
  s3::BucketName after;   // the last bucket of that page that was looked at; empty: none yet
  std::size_t place = 0;  // whose records; always 0 where there is one protection
  bool operator==(const SweepPosition&) const = default;
};

struct SweepCount {
  std::uint64_t buckets_seen = 0;
  std::uint64_t tagged = 0;
  std::uint64_t recorded = 0;
  // Tags not readable; the bucket is returned anyway, so that the function reports the error.
  std::uint64_t failed = 0;
  std::optional<ErrorKind> ended;  // the failure of a listing that ended its half: the walk is incomplete
  // What the last listing of each side told, for the heartbeat; none: nothing was listed there.
  std::optional<dr::Contact> source, destination;
};

// A bucket to look at, and for which protections: where in the list they are.
struct FoundBucket {
  s3::BucketName bucket;
  std::vector<std::size_t> protections;
};

class SweepWalk {
 public:
  explicit SweepWalk(Context context, SweepPosition from = {});
  // Of all protections of one source, in their order: their contexts have the same source.
  explicit SweepWalk(std::vector<Context> contexts, SweepPosition from = {});

  // The next bucket to look at; no bucket comes twice for the same place. nullopt: the walk is over, or `until` (by
  // Clock::uptime) has passed. It looks at one bucket at least, so that a chain of walks comes to an end; that one may
  // need no visit.
  // A listing that fails is logged and noted in `count().ended`, and ends only its part. Raises cancelled
  // only.
  Task<std::optional<FoundBucket>> next(milliseconds until = milliseconds::max());
  bool over() const { return over_; }
  // Where the next walk goes on: behind the last bucket that next() gave.
  const SweepPosition& position() const { return position_; }
  // Of one destination place, in the order of dr::first_of_each_place: for its heartbeat.
  const SweepCount& count(std::size_t place = 0) const { return counts_[place]; }
  const std::vector<SweepCount>& counts() const { return counts_; }

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
  Task<std::vector<std::size_t>> look_at_tags(s3::BucketName bucket);
  FoundBucket not_given_yet(s3::BucketName bucket, std::vector<std::size_t> protections);
  bool carries_a_match_tag(const s3::TagSet& tags) const;
  void end_half();

  std::vector<Context> contexts_;
  std::vector<std::size_t> place_of_;  // by protection
  std::vector<std::size_t> first_of_;  // by place: its first protection
  SweepPosition position_;
  std::vector<SweepCount> counts_;  // by place
  std::deque<Listed> page_;         // what is left of it, by name
  std::string next_token_;
  bool loaded_ = false, over_ = false;
  std::set<std::pair<s3::BucketName, std::size_t>> given_;  // with the place
  std::set<s3::Region> gone_;                               // other regions that did not answer
};

}  // namespace s3dr::functions
