// A bucket's lifecycle configuration: its rules as values, their XML, and what S3 refuses. Pure.
// Not here: acting on the rules. Only the embedded cloud does (docs/protocol.md, Lifecycle configuration).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "s3/replication_match.h"
#include "s3/tag.h"

namespace s3dr::s3 {

struct LifecycleFilter {  // empty: every object
  std::optional<std::string> prefix;
  TagSet tags;
  std::optional<std::int64_t> size_greater_than, size_less_than;  // bytes

  std::size_t conditions() const;
  bool operator==(const LifecycleFilter&) const = default;
};

struct LifecycleExpiration {  // one of them
  std::optional<std::int64_t> days;
  std::optional<Instant> date;
  std::optional<bool> expired_object_delete_marker;
  bool operator==(const LifecycleExpiration&) const = default;
};

struct LifecycleTransition {  // days or date
  std::optional<std::int64_t> days;
  std::optional<Instant> date;
  std::string storage_class;
  bool operator==(const LifecycleTransition&) const = default;
};

struct NoncurrentTransition {
  std::int64_t days = 0;
  std::optional<std::int64_t> newer_versions;
  std::string storage_class;
  bool operator==(const NoncurrentTransition&) const = default;
};

struct NoncurrentExpiration {
  std::int64_t days = 0;
  std::optional<std::int64_t> newer_versions;
  bool operator==(const NoncurrentExpiration&) const = default;
};

struct LifecycleRule {
  std::string id;  // empty: none given
  bool enabled = true;
  std::optional<std::string> v1_prefix;   // the first form: <Prefix> of the rule itself
  std::optional<LifecycleFilter> filter;  // the second form
  std::optional<LifecycleExpiration> expiration;
  std::vector<LifecycleTransition> transitions;
  std::vector<NoncurrentTransition> noncurrent_transitions;
  std::optional<NoncurrentExpiration> noncurrent_expiration;
  std::optional<std::int64_t> abort_uploads_after_days;
  bool operator==(const LifecycleRule&) const = default;
};

using LifecycleRules = std::vector<LifecycleRule>;

// Raises Error invalid (MalformedXML) for what S3's schema does not have. An unknown element is refused as
// well: it may be a condition, and without it the rule would delete more.
LifecycleRules parse_lifecycle(std::string_view xml);
std::string write_lifecycle(const LifecycleRules& rules);  // parse_lifecycle(write_lifecycle(x)) == x

// Why S3 would refuse the rules; nullopt: it would not. As it is known of S3: the forms mixed (the first rule
// tells which one it is), equal ids, days below 1, a date that is not midnight, overlapping prefixes of the
// first form, tags or sizes beside an action that cannot have them, a rule without action.
std::optional<Refusal> why_refused(const LifecycleRules& rules);

}  // namespace s3dr::s3
