#include "transfer/seen_versions.h"

namespace s3dr::transfer {

void SeenVersions::add(const s3::ObjectVersion& version) {
  if (version.is_delete_marker || version.version_id.empty()) return;
  if (count_++ % stride_ != 0) return;
  kept_.push_back({version.key, version.version_id, version.last_modified});
  if (kept_.size() < 2 * dr::seen_versions_max) return;
  for (std::size_t i = 0; i < dr::seen_versions_max; ++i) kept_[i] = kept_[2 * i];
  kept_.resize(dr::seen_versions_max);
  stride_ *= 2;
}

std::vector<dr::SeenVersion> SeenVersions::take() const {
  if (kept_.size() <= dr::seen_versions_max) return kept_;
  std::vector<dr::SeenVersion> result;
  for (std::size_t i = 0; i < dr::seen_versions_max; ++i)
    result.push_back(kept_[i * kept_.size() / dr::seen_versions_max]);
  return result;
}

}  // namespace s3dr::transfer
