// What a source bucket holds for a backfill, as far as listings tell. A batch job that found nothing says the same words
// for an empty bucket and for one with archived objects only (docs/protocol.md, Batch replication); the listing tells
// them apart. Pure; functions/observe.h reads the pages.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "s3/object_version.h"

namespace s3dr::dr {

struct SourceContent {
  std::uint64_t replicable = 0;  // versions that a job would have had to find
  std::uint64_t archived = 0;    // versions in a class that S3 does not replicate, or that may be archived
  bool cut_off = false;          // there are more pages than were read
  bool operator==(const SourceContent&) const = default;
};

// Adds one page. Only versions that were there before `before` count (by the store's clock): the live rule replicates
// the later ones. Delete markers count when the rule replicates them.
void add_page(SourceContent& content, const s3::VersionPage& page, Instant before, bool delete_markers);

}  // namespace s3dr::dr
