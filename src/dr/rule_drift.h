// How our live rule differs from the one that the policy asks for. Each difference has a type, and the type decides
// what follows:
// - lossy: versions may have been missed. A new generation, with one backfill of what lacks a replica.
// - cosmetic: nothing was missed. The rule is put right: no new generation, no job.
// One table has a row for each field of s3::ReplicationRule, and for the configuration's role. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dr/policy.h"
#include "dr/record.h"
#include "s3/names.h"
#include "s3/replication_configuration.h"

namespace s3dr::dr {

enum class DriftType {
  lossy,
  cosmetic,
  tolerated,  // no drift: S3 may answer it unasked, and to write against that would never end
};
std::string_view to_string(DriftType type);

struct Drift {
  std::string_view field;  // of the table
  DriftType type = DriftType::lossy;
  std::string what;  // for people: "disabled", "metrics off"
  bool operator==(const Drift&) const = default;
};

struct RuleDrift {
  std::vector<Drift> found;  // in the order of the table; empty: the rule is right
  bool empty() const { return found.empty(); }
  bool is_lossy() const;
  bool has(std::string_view field) const;
  // "disabled, metrics off": the lossy ones alone when there are any.
  std::string text() const;
};

// Compares meaning: an empty prefix is no filter, what is left out is Disabled, and any priority that no other rule
// has is right. A rule that is not there is lossy.
RuleDrift rule_drift(const Policy& policy, const s3::BucketName& source, const s3::BucketName& replica,
                     const s3::ReplicationConfiguration& configuration);

// The table, for tests and documents.
struct DriftRow {
  std::string_view field;  // "destination.metrics"
  DriftType less;          // the rule does less than is wanted, or something else
  DriftType more;          // it does more
  std::string_view reason;
};
std::span<const DriftRow> drift_table();

// What the rule is asked to be, for the record. `version` is this program's.
DesiredRule desired_of(const Policy& policy, const s3::BucketName& source, const s3::BucketName& replica);

// Why the backfill of the next generation has to send every version; empty: it may select those whose replication
// status is NONE or FAILED. It may only while COMPLETED means "on our replica" for every version that the rule takes.
// That is so after a whole backfill, if since then
// - no rule of others was live beside ours: S3 has one status for all destinations of a version,
// - the rule had no other destination,
// - it takes no versions that it did not take before,
// - and no comparison contradicts. A pause with differences is how a person asks for all versions.
// docs/protocol.md, Batch replication, says more, and what a backfill by status leaves out.
std::string why_all_versions(const Policy& policy, const Record& record, const RuleDrift& drift,
                             const s3::BucketName& source, const s3::ReplicationConfiguration& configuration);

// The present generation was backfilled by status, and the comparisons since then found differences, none of them
// equality. Changes of tags, for instance, do not show in a status.
bool has_misled(const Record& record);

// Rules that are Enabled: of others, or of another protection of ours.
bool has_live_rules_beside_ours(const Policy& policy, const s3::BucketName& source,
                                const s3::ReplicationConfiguration& configuration);

}  // namespace s3dr::dr
