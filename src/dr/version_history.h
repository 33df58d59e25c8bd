// Compares all versions of one key on both sides: what is missing, extra, reordered, purged or arriving.
// Pure. The data of each version (checksum, metadata, bytes) is compared by transfer/compare_object.h.
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
  extra,      // on the replica only, and not the replica of a version that was purged at the source
  reordered,  // on both sides, at different places of the stack
  marker,     // a delete marker on one side, an object on the other
  size,
  checksum,  // the stored checksums (or, lacking a common one, the ETags) differ
  metadata,  // system or user metadata
  tags,
  last_copy,       // one side had the only copy, and now no GET returns it on either side
  bytes,           // the data differs, or does not read back as it was written
  not_comparable,  // no common checksum and no comparable ETag: only level `bytes` can tell
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
  // Object versions that both sides have, as indices (source, replica). They are to be compared further.
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::uint64_t markers_equal = 0;
  std::uint64_t arriving = 0;             // created after the cut-off
  std::uint64_t expected_divergence = 0;  // markers that the policy does not replicate
  // Indices on the replica side. The original of each one is gone at the source. A version with status
  // REPLICA is purged at source; any other one is a difference of kind `extra`.
  std::vector<std::size_t> maybe_purged;
};

// Both stacks newest first, as listings give them. The order is judged on the versions that both sides have,
// without those created after the cut-off.
StackComparison compare_stacks(const std::vector<s3::ObjectVersion>& source,
                               const std::vector<s3::ObjectVersion>& replica, const HistoryRules& rules);

// Odd keys, over which tools stumble: "//", "." and ".." segments, a leading or trailing '/', '%', '+',
// blanks, control characters, non-ASCII bytes, 1,024 bytes. They are counted in the report, nothing else.
bool is_odd_key(const s3::ObjectKey& key);

}  // namespace s3dr::dr
