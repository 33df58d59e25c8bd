// Judges a run by the regions' own tables.
// It does not rely on anything that the controller or the client says.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/world/cluster.h"

namespace s3dr::sim {

using VersionSet = std::set<std::pair<std::string, std::string>>;  // (key, version id)

// The versions created on the source up to `as_of` that are not equal on the replica (data, metadata, tags,
// order), and the versions on the replica that replication did not bring. Empty: equal.
// The tags of the versions in `retagged` may differ: they were changed after `as_of`.
// `protection`: whose replica it is, by where it is in the cluster's list.
std::vector<std::string> unfaithful(Cluster& cluster, const std::string& source_bucket,
                                    const std::string& replica_bucket, Instant as_of,
                                    const VersionSet& retagged = {}, std::size_t protection = 0);

// What a user did to one bucket, as far as the answers say.
struct Written {
  std::string body;
  bool marker = false;
};
struct Book {
  // (key, version id) → what was written. These must be there.
  std::map<std::pair<std::string, std::string>, Written> acknowledged;
  VersionSet maybe_deleted;                       // these may be there
  VersionSet unanswered;                          // puts without an answer, (key, body): at most once each
  std::map<std::string, int> unanswered_markers;  // by key: at most this many more delete markers
  // (key, version id) → the time of the last attempt to change its tags.
  std::map<std::pair<std::string, std::string>, Instant> retagged;
};

// Acknowledged versions that are missing, versions that nobody wrote, and versions that were written twice.
std::vector<std::string> misfits(RegionNode& region, const std::string& bucket, Book book);

std::string body_text(RegionNode& region, const std::string& id, std::uint64_t size);
std::set<std::string> bucket_names(RegionNode& region);
std::string replication_xml(RegionNode& region, const std::string& bucket);  // empty: none
// Whether our rule is on the source bucket and is Enabled.
bool has_live_rule(Cluster& cluster, const s3::BucketName& bucket, std::size_t protection = 0);
// The same for a configuration that was read already, because reading it opens the region's database.
bool has_live_rule(const Cluster& cluster, const s3::BucketName& bucket, const std::string& xml,
                   std::size_t protection = 0);
struct JobRow {
  std::string token, status;
  std::int64_t tasks_failed = 0;
};
std::vector<JobRow> jobs(RegionNode& region);
// The numbers that a region keeps of its queues and jobs and that do not equal their rows. Empty: all do.
std::vector<std::string> miscounted(RegionNode& region);
// The text of the record in the control bucket; empty: none.
std::string record_text(Cluster& cluster, const std::string& source_bucket);

}  // namespace s3dr::sim
