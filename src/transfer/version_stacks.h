// Reads the versions of a bucket key by key, in key order. Holds one listing page and the versions of one
// key, so memory does not grow with the bucket.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "ports/object_store.h"
#include "s3/names.h"
#include "s3/object_version.h"

namespace s3dr::transfer {

struct VersionStack {
  s3::ObjectKey key;
  std::vector<s3::ObjectVersion> versions;  // newest first
};

class VersionStacks {
 public:
  // `versions_per_key_max` bounds memory: a key with more raises invalid ("too many versions of one key").
  VersionStacks(ports::ObjectStore& store, s3::BucketName bucket, std::string prefix,
                std::size_t versions_per_key_max = 100'000);

  // All versions of the next key; nullopt at the end. Raises what the port raises. Raises corrupt when the
  // listing is not in key order, because a listing that jumps back would hide keys.
  Task<std::optional<VersionStack>> next();
  // When the store answered the first page, by the store's own clock. nullopt before next(), and where the
  // store does not say.
  std::optional<Instant> served_at() const { return served_at_; }

 private:
  Task<const s3::ObjectVersion*> peek();  // nullptr: the end

  ports::ObjectStore& store_;
  s3::BucketName bucket_;
  s3::VersionListOptions options_;
  std::size_t versions_per_key_max_;
  s3::VersionPage page_;
  std::size_t position_ = 0;
  bool started_ = false;
  std::optional<Instant> served_at_;
  std::optional<s3::ObjectKey> last_key_;
};

// All versions of one key, read afresh; empty when the key has none.
Task<VersionStack> read_stack(ports::ObjectStore& store, s3::BucketName bucket, s3::ObjectKey key);

}  // namespace s3dr::transfer
