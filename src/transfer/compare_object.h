// Compares one version that both sides have: stored checksum, metadata and tags (level `head`), or also the
// data itself (level `bytes`).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/task.h"
#include "dr/version_history.h"
#include "ports/object_store.h"
#include "s3/object_version.h"

namespace s3dr::transfer {

struct Side {
  ports::ObjectStore* store = nullptr;
  s3::BucketName bucket;
  // Set once this store has sent x-amz-tagging-count in this run. Before that, a missing header can also mean
  // "no right to see tags" or "never sent": then tags are read. nullptr: tags are always read.
  std::shared_ptr<bool> shows_tag_count{};
};

struct ObjectComparison {
  std::vector<dr::Difference> differences;
  bool gone = false;  // one side no longer has it: read the key again
  std::uint64_t bytes_compared = 0;
};

// The pure part: what two HEAD answers say. ETags count only where the two have no checksum in common. A
// multipart ETag is compared only with one of the same number of parts.
std::vector<dr::Difference> compare_heads(const s3::ObjectKey& key, const s3::ObjectHead& source,
                                          const s3::ObjectHead& replica);

// HEAD on both sides, and the tags, unless the counts of both stores say that there are none. Raises what the
// ports raise: then nothing is known.
Task<ObjectComparison> compare_by_head(Side source, Side replica, s3::ObjectKey key, s3::VersionId version);

// Like compare_by_head, and also reads and compares every byte of both sides, as streams. A body that breaks
// off or does not match its own checksum is a difference of kind `bytes`. The difference names the side.
Task<ObjectComparison> compare_by_bytes(Side source, Side replica, s3::ObjectKey key, s3::VersionId version);

}  // namespace s3dr::transfer
