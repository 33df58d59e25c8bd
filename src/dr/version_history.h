// Compares the version stacks of one key on both sides: what is missing, extra, reordered, purged, still
// arriving. Pure; the data behind each version (checksum, metadata, bytes) is compared by
// transfer/compare_object.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "s3/object_version.h"

namespace s3dr::dr {

enum class DifferenceKind {
  missing,    // on the source, not on the replica
  extra,      // on the replica only, and not a replicated version whose original was purged
  reordered,  // both have it, at another place of the stack
  marker,     // a delete marker on one side, an object on the other
  size,
  checksum,  // the stored checksums (or, lacking a common one, the ETags) differ
  metadata,  // system or user metadata
  tags,
  last_copy,       // its original was purged, and now no GET of the replica gives it either
  bytes,           // the data itself differs or cannot be read back as it was written
  not_comparable,  // no common checksum and no comparable ETag: level `bytes` can tell
};
std::string_view to_string(DifferenceKind kind);

struct Difference {
  DifferenceKind kind = DifferenceKind::missing;
  s3::ObjectKey key;
  s3::VersionId version_id;
  std::string detail;  // one line for people
  bool operator==(const Difference&) const = default;
};

struct HistoryRules {
  Instant cut_off{};                     // versions created later count as arriving, not as missing
  bool delete_markers_replicate = true;  // false: markers missing on the replica are expected divergence
};

struct StackComparison {
  std::vector<Difference> differences;
  // Indices (source, replica) of object versions present on both sides, to be compared further.
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::uint64_t markers_equal = 0;
  std::uint64_t arriving = 0;             // created after the cut-off
  std::uint64_t expected_divergence = 0;  // markers that the policy does not replicate
  std::vector<std::size_t>
      maybe_purged;  // replica-side indices whose original is gone: `purged at source` if the
                     // version's status is REPLICA, a difference of kind `extra` otherwise
};

// Both stacks newest first, as listings give them. Reordering is judged on the versions both sides have,
// those created after the cut-off left out.
StackComparison compare_stacks(const std::vector<s3::ObjectVersion>& source,
                               const std::vector<s3::ObjectVersion>& replica, const HistoryRules& rules);

// Keys that tools are known to stumble over: "//", "." and ".." segments, a leading or trailing '/', '%',
// '+', blanks, control characters, non-ASCII bytes, 1,024 bytes. For the report only.
bool is_odd_key(const s3::ObjectKey& key);

}  // namespace s3dr::dr
