// Verification: reads the version listings of both sides in key order, merges them and compares every
// version. Reads only. The caller puts the result into the record (docs/architecture.md, Verify). Memory does
// not grow with the bucket.
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

// What each level compares:
//   listing   keys, version ids, order, delete markers, sizes. It reads no object, so it does not know whether a
//             version that the replica alone has was replicated (purged at the source) or put there by hand
//   head      also checksum, metadata and tags of every version: the least that "verified" needs
//   bytes     also every byte
using dr::VerifyLevel;

struct VerifyOptions {
  VerifyLevel level = VerifyLevel::head;
  std::string prefix;
  // The rule's: other keys are not protected, and not compared.
  std::string selected_prefix;
  bool delete_markers_replicate = true;
  std::size_t concurrency = 32;        // versions compared at a time
  std::size_t differences_max = 1000;  // kept for the report; all are counted
  // What earlier runs saw: the only copy is the replica's. One that is gone or hidden now is a difference.
  std::vector<dr::LastCopy> last_copies{};
  // What an earlier run saw at the source.
  std::vector<dr::SeenVersion> seen_versions{};
};

struct VerifyProgress {
  std::uint64_t keys = 0;
  std::uint64_t versions = 0;
  std::uint64_t differences = 0;
};

struct VerifyReport {
  VerifyLevel level = VerifyLevel::head;
  std::string prefix;           // that was asked for
  std::string selected_prefix;  // of all keys that the rule takes; what else the source has was not looked at
  // By our clock, taken before the first listing. Every version that could be listed at the source at that
  // time was looked at.
  // A version may appear later with an older creation time: a multipart upload has the time of its beginning.
  // It is compared when a listing shows it, at the latest by the next run.
  Instant cut_off{};
  Instant finished{};
  std::uint64_t keys = 0;
  std::uint64_t odd_keys = 0;
  std::uint64_t versions = 0;  // object versions of the source up to the cut-off
  std::uint64_t versions_equal = 0;
  std::uint64_t markers_equal = 0;
  std::uint64_t arriving = 0;          // created after the cut-off: neither equal nor different
  std::uint64_t purged_at_source = 0;  // replicas whose original was deleted for good
  std::uint64_t replica_only = 0;  // level listing: on the replica alone, purged at the source or put by hand
  std::uint64_t expected_divergence = 0;  // delete markers that the rule does not replicate
  std::uint64_t bytes_compared = 0;
  std::uint64_t differences_total = 0;
  std::vector<dr::LastCopy> last_copies;       // that this run saw, in key order, dr::last_copies_max at most
  std::vector<dr::SeenVersion> seen_versions;  // a sample of the source's versions, for the next run
  bool met_seen_versions = false;              // one of the options' was there
  std::vector<dr::Difference> differences;     // the first `differences_max`, in key order
  bool equal() const { return differences_total == 0; }
};

// Raises what the ports raise: then nothing is known. Raises invalid when the rule takes no key with the prefix that was
// asked for. A key that differs is read again. It is reported only
// if it still differs, so that a change under way is not a difference.
// `progress` may be empty. It is called now and then.
Task<VerifyReport> verify(Side source, Side replica, VerifyOptions options, Clock& clock,
                          std::function<void(const VerifyProgress&)> progress);

// What goes into the record: the counts of a run, for the generation of the rule that it began with.
dr::Verification to_verification(const VerifyReport& report, std::int64_t generation);

}  // namespace s3dr::transfer
