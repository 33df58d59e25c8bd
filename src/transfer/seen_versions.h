// A few versions of a listing, spread over it, whatever its length: what a record keeps to tell a source from another
// bucket of its name (dr/record.h, seen_versions). Deterministic, with flat memory.
#pragma once

#include <cstdint>
#include <vector>

#include "dr/record.h"
#include "s3/object_version.h"

namespace s3dr::transfer {

class SeenVersions {
 public:
  // In the order of the listing. Delete markers are passed over.
  void add(const s3::ObjectVersion& version);
  // At most dr::seen_versions_max, in the order of the listing.
  std::vector<dr::SeenVersion> take() const;

 private:
  std::vector<dr::SeenVersion> kept_;  // every stride_-th
  std::uint64_t count_ = 0, stride_ = 1;
};

}  // namespace s3dr::transfer
