// Judges by the regions' own tables, not by anything the controller or the client says.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster.h"

namespace s3dr::sim {

// What is on the source up to `as_of` and is not on the replica just so: data, metadata, tags, order. Empty:
// equal. Also names versions that only the replica has and that replication did not bring.
std::vector<std::string> unfaithful(Cluster& cluster, const std::string& source_bucket,
                                    const std::string& replica_bucket, Instant as_of);

// Versions a user was told to be stored: (key, version id) → gone from the source's tables without being
// deleted.
struct Acknowledged {
  std::string bucket, key, version_id;
};
std::vector<std::string> lost(Cluster& cluster, RegionNode& region,
                              const std::vector<Acknowledged>& versions);

std::set<std::string> bucket_names(RegionNode& region);
std::string replication_xml(RegionNode& region, const std::string& bucket);  // empty: none
// Jobs of a bucket: client token → count.
std::map<std::string, int> jobs_by_token(RegionNode& region);
// The record's text as the control bucket has it; empty: none.
std::string record_text(Cluster& cluster, const std::string& source_bucket);

}  // namespace s3dr::sim
