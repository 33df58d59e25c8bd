// Verification: streams both sides' version listings in key order, merge-joins them and compares every
// version. Reads only; the result goes into the record by whoever asked (docs/architecture.md, Verify).
// Memory does not grow with the bucket.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "dr/record.h"
#include "dr/version_history.h"
#include "ports/object_store.h"
#include "transfer/compare_object.h"

namespace s3dr::transfer {

// listing: keys, version ids, order, markers, sizes · head: and checksum, metadata and tags of every version,
// the least that "verified" needs · bytes: and every byte.
using dr::VerifyLevel;

struct VerifyOptions {
  VerifyLevel level = VerifyLevel::head;
  std::string prefix;
  bool delete_markers_replicate = true;
  std::size_t concurrency = 32;        // versions compared at a time
  std::size_t differences_max = 1000;  // kept for the report; all are counted
  // What earlier runs saw: the only copy is the replica's. One that is gone or hidden now is a difference.
  std::vector<dr::LastCopy> last_copies{};
};

struct VerifyProgress {
  std::uint64_t keys = 0;
  std::uint64_t versions = 0;
  std::uint64_t differences = 0;
};

struct VerifyReport {
  VerifyLevel level = VerifyLevel::head;
  std::string prefix;
  // By our clock, taken before the first listing: every version that could be listed at the source then was
  // looked at. One that appears later with an older creation time (a multipart upload's is that of its
  // beginning) is compared when a listing shows it, and by the next run at the latest.
  Instant cut_off{};
  Instant finished{};
  std::uint64_t keys = 0;
  std::uint64_t odd_keys = 0;
  std::uint64_t versions = 0;  // object versions of the source up to the cut-off
  std::uint64_t versions_equal = 0;
  std::uint64_t markers_equal = 0;
  std::uint64_t arriving = 0;             // created after the cut-off: neither equal nor different
  std::uint64_t purged_at_source = 0;     // replicas whose original was deleted for good
  std::uint64_t expected_divergence = 0;  // delete markers that the rule does not replicate
  std::uint64_t bytes_compared = 0;
  std::uint64_t differences_total = 0;
  std::vector<dr::LastCopy> last_copies;    // that this run saw, in key order, dr::last_copies_max at most
  std::vector<dr::Difference> differences;  // the first `differences_max`, in key order
  bool equal() const { return differences_total == 0; }
};

// Raises what the ports raise; then nothing is known. A difference is reported only after the key was read
// again and still differs, so that changes under way are not mistaken for one. `progress` may be empty; it is
// called now and then.
Task<VerifyReport> verify(Side source, Side replica, VerifyOptions options, Clock& clock,
                          std::function<void(const VerifyProgress&)> progress);

// What goes into the record: the counts of a run, for the generation of the rule that it began with.
dr::Verification to_verification(const VerifyReport& report, std::int64_t generation);

}  // namespace s3dr::transfer
