// What the operator asks for of the settings of replicas: a part of dr/policy.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "s3/bucket_setting.h"

namespace s3dr::dr {

// What is done with a kind of setting. The configuration may name another one a protection and kind.
enum class Follow {
  clone,        // copied at first; later what is not weaker follows, what is weaker is held
  stricter,     // only ever what makes the replica stricter
  on_failover,  // kept in the record, set when the replica becomes the active side
  warn,         // a difference is told, nothing is written
  ignore,
};
std::string_view to_string(Follow follow);  // "on_failover"
std::optional<Follow> parse_follow(std::string_view word);

// A resource of the source's region → its counterpart of the replica's: a key, topic, queue, function, log bucket.
// `from` may hold one `*`; what it stood for replaces the `*` in `to`.
struct ResourceMapping {
  std::string from, to;
  bool operator==(const ResourceMapping&) const = default;
};

struct SettingsPolicy {
  std::map<s3::SettingKind, Follow>
      follow;  // only what differs from the table's default (dr/settings/setting.h)
  std::vector<ResourceMapping> mappings;  // the first one that matches counts
  bool repair = true;  // what was changed by hand at the replica is put right; false: it is kept, and told
  bool harden = true;  // the replica's bucket policy fences it (dr/replica_policy.h): new replicas
  // May write to a fenced replica: for emergencies; for `s3dr repair`. Empty: nobody may.
  std::vector<std::string> break_glass_role_arns;
  std::string repair_role_arn;
  // Of destination_bucket_check: it alone, and break-glass, may change a fenced replica's lifecycle, versioning and rules.
  // Empty (nobody knows it): only the objects are fenced, not the settings.
  std::string executor_role_arn;
  bool tls = false;  // the endpoint of the replicas is https: the fence then refuses everything else
  milliseconds check_every{
      3'600'000};  // how old a look at the settings may be when no event tells of a change
  bool operator==(const SettingsPolicy&) const = default;
};

// For a function's environment, and back. Only what differs from the default is written: "{}" for the defaults. Without
// `tls`, which the endpoints tell. parse_settings_policy raises invalid for what is none; it does not ask why_invalid
// (settings_check.h).
std::string to_json(const SettingsPolicy& settings);
SettingsPolicy parse_settings_policy(std::string_view json);

// For people, a line each: "follow: cors ignore". Empty: the defaults.
std::vector<std::string> describe(const SettingsPolicy& settings);

// What `resource` becomes; nullopt: no mapping names it.
std::optional<std::string> mapped(const SettingsPolicy& settings, std::string_view resource);

}  // namespace s3dr::dr
