#include "dr/source_content.h"

namespace s3dr::dr {
namespace {

// A listing does not tell the access tier of INTELLIGENT_TIERING, which may be an archive.
bool may_be_archived(const s3::ObjectVersion& version) {
  return version.storage_class == "GLACIER" || version.storage_class == "DEEP_ARCHIVE" ||
         version.storage_class == "INTELLIGENT_TIERING";
}

}  // namespace

void add_page(SourceContent& content, const s3::VersionPage& page, Instant before, bool delete_markers) {
  for (const s3::ObjectVersion& version : page.versions) {
    if (version.last_modified >= before) continue;
    if (version.is_delete_marker) {
      if (delete_markers) ++content.replicable;
    } else if (may_be_archived(version)) {
      ++content.archived;
    } else {
      ++content.replicable;
    }
  }
}

}  // namespace s3dr::dr
