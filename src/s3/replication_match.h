// Which rules of a replication configuration apply to an object (docs/protocol.md, Replication configuration
// and Replication semantics). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "s3/names.h"
#include "s3/replication_configuration.h"
#include "s3/tag.h"

namespace s3dr::s3 {

struct MatchedRule {
  std::string rule_id;
  std::string destination_bucket_arn;
  bool replicates_delete_markers = false;
};

// The enabled rules that match, at most one for each destination. The higher priority number wins; V1 rules
// have no priority. `object_tags` are those that the object has at PUT time.
std::vector<MatchedRule> match_rules(const ReplicationConfiguration& configuration, const ObjectKey& key,
                                     const TagSet& object_tags);

// Why S3 would refuse the configuration, as {code, message}; nullopt: it would not. Examples: no rules,
// duplicate ids or priorities, V1 and V2 mixed, a filter with two conditions outside And, delete markers with
// tag filters, more than 1000 rules.
struct Refusal {
  std::string code, message;
};
std::optional<Refusal> why_refused(const ReplicationConfiguration& configuration);

}  // namespace s3dr::s3
