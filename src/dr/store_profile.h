// What each kind of store asks for: waits before the next step and limits. One table, one row a kind. The policy holds
// the row in use, so that every decision in dr/ takes it as an argument; the configuration may override a value.
// Sources for AWS: docs/protocol.md, Waits and limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace s3dr::dr {

enum class StoreKind {
  aws,
  embedded_cloud,  // s3dr-cloud: what it accepts holds at once
  other,           // a store that names no waits
};

struct StoreProfile {
  StoreKind kind = StoreKind::other;
  // From the moment versioning is first enabled. What is written meanwhile may count as unversioned, so the backfill
  // begins after it.
  milliseconds after_first_versioning{0};
  milliseconds after_new_rule{0};  // before a job that generates its manifest from the rule
  milliseconds after_new_job{0};   // before a job that was just created must be known to whoever asks for it
  milliseconds cut_off_settling{0};  // before what was written up to a cut-off is complete in a listing
  milliseconds fence{0};             // before a changed bucket policy holds for everybody
  int active_jobs_max = 6;           // replication jobs of one account in one region
  bool jobs_end_at_once = true;      // worth waiting for within an invocation; else the sweep looks again
  bool operator==(const StoreProfile&) const = default;
};

// One value of a profile, for people. Durations in milliseconds; a flag is 0 or 1.
struct StoreValue {
  enum class Unit { duration, count, flag };
  std::string_view
      name;  // below `store` in the configuration: "waits.fence". A flag comes with the kind alone
  Unit unit = Unit::count;
  std::int64_t in_use = 0;
  std::int64_t of_kind = 0;  // in the row of its kind
  bool is_overridden() const { return in_use != of_kind; }
};
// Every value, in the order of the struct above.
std::vector<StoreValue> values_of(const StoreProfile& profile);

// The row of the table.
StoreProfile profile_of(StoreKind kind);

// Where no kind is named: AWS, or with endpoints of one's own a store that names no waits.
StoreProfile default_profile(bool own_endpoints);

// For a function's environment, and back. Raises invalid for what is no profile.
std::string to_json(const StoreProfile& profile);
StoreProfile parse_store_profile(std::string_view json);

std::string_view to_string(StoreKind kind);  // "aws", "embedded-cloud", "other"
std::optional<StoreKind> parse_store_kind(std::string_view text);

}  // namespace s3dr::dr
