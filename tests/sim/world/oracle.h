// Judges by the regions' own tables, not by anything the controller or the client says.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/world/cluster.h"

namespace s3dr::sim {

using VersionSet = std::set<std::pair<std::string, std::string>>;  // (key, version id)

// What is on the source up to `as_of` and is not on the replica just so: data, metadata, tags, order. Empty:
// equal. Also names versions that only the replica has and that replication did not bring. The tags of
// `retagged` may differ: they were changed after `as_of`.
std::vector<std::string> unfaithful(Cluster& cluster, const std::string& source_bucket,
                                    const std::string& replica_bucket, Instant as_of,
                                    const VersionSet& retagged = {});

// What a user did to one bucket, as far as the answers told.
struct Written {
  std::string body;
  bool marker = false;
};
struct Book {
  std::map<std::pair<std::string, std::string>, Written> acknowledged;  // must be there
  VersionSet maybe_deleted;                                             // may be there
  VersionSet unanswered;                          // puts without an answer, (key, body): at most once each
  std::map<std::string, int> unanswered_markers;  // by key: at most so many more
  std::map<std::pair<std::string, std::string>, Instant> retagged;  // the last attempt
};

// Acknowledged versions that are gone, and versions that nobody wrote or that came twice.
std::vector<std::string> misfits(RegionNode& region, const std::string& bucket, Book book);

std::string body_text(RegionNode& region, const std::string& id, std::uint64_t size);
std::set<std::string> bucket_names(RegionNode& region);
std::string replication_xml(RegionNode& region, const std::string& bucket);  // empty: none
// Our rule on the source bucket is there and Enabled.
bool has_live_rule(Cluster& cluster, const s3::BucketName& bucket);
// The same of a configuration that was read already: reading opens the region's database.
bool has_live_rule(const Cluster& cluster, const s3::BucketName& bucket, const std::string& xml);
struct JobRow {
  std::string token, status;
  std::int64_t tasks_failed = 0;
};
std::vector<JobRow> jobs(RegionNode& region);
// The record's text as the control bucket has it; empty: none.
std::string record_text(Cluster& cluster, const std::string& source_bucket);

}  // namespace s3dr::sim
