// Looks for buckets that somebody wanted to be protected and of which there is no record: for `status`. Asks
// the source's store itself, so that it is right when no controller runs. Reads only.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/status/health.h"
#include "app/world.h"
#include "base/error.h"
#include "base/task.h"
#include "s3/names.h"

namespace s3dr::app {

struct UnrecordedBucket {
  s3::BucketName bucket;
  s3::Region region;
  Unrecorded kind = Unrecorded::not_seen_yet;
  std::string detail;  // the tag that is near, the region, why it cannot be read
};

struct UnrecordedSearch {
  std::vector<UnrecordedBucket> buckets;  // by name
  // The list itself was not to be had: nothing is known of tagged buckets without a record.
  std::optional<Error> failure;
};

// Every bucket of the account but `recorded`, our own and replicas; one read each, some at a time. Raises
// cancelled only.
Task<UnrecordedSearch> find_unrecorded(World& world, std::set<s3::BucketName> recorded);

// The same for one bucket; nullopt: it is not there, or nobody asked for its protection. `gone`: regions that
// did not answer; each costs one wait, not one for each of its buckets. Raises cancelled only.
Task<std::optional<UnrecordedBucket>> look_for_unrecorded(World& world, s3::BucketName bucket,
                                                          s3::Region region, std::set<s3::Region>& gone);

}  // namespace s3dr::app
