// Compares one version that both sides have: stored checksum, metadata and tags (level `head`), or the data
// itself (level `bytes`).
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
  // Whether this store has shown x-amz-tagging-count during the run. Until then its absence may as well mean
  // "no right to see tags" or "never sent", so tags are asked for. nullptr: always asked for.
  std::shared_ptr<bool> shows_tag_count{};
};

struct ObjectComparison {
  std::vector<dr::Difference> differences;
  bool gone = false;  // a side no longer has it: the key has to be looked at again
  std::uint64_t bytes_compared = 0;
};

// Pure part: what two HEAD answers say. An ETag counts only where there is no common checksum; a multipart
// ETag only against one of the same number of parts.
std::vector<dr::Difference> compare_heads(const s3::ObjectKey& key, const s3::ObjectHead& source,
                                          const s3::ObjectHead& replica);

// HEAD on both sides, tags unless both stores' counts say that there are none. Raises what the ports raise
// (nothing may be concluded then).
Task<ObjectComparison> compare_by_head(Side source, Side replica, s3::ObjectKey key, s3::VersionId version);

// compare_by_head, and every byte of both sides, streamed. A body that does not match its own checksum or
// breaks off as corrupt is a difference of kind `bytes` that names the side.
Task<ObjectComparison> compare_by_bytes(Side source, Side replica, s3::ObjectKey key, s3::VersionId version);

}  // namespace s3dr::transfer
