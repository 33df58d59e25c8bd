// What the operator asks for: which buckets, from where to where, with which roles. Built from the
// configuration (app/) or from a function's environment. Every decision in dr/ takes it as an argument.
// It decides nothing itself and holds nothing that was observed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dr/rule_options.h"
#include "dr/settings/settings_policy.h"
#include "dr/store_profile.h"
#include "s3/names.h"
#include "s3/tag.h"

namespace s3dr::dr {

// A place: an account in a region. Source buckets are in one place, replicas in another.
struct Place {
  s3::AccountId account;
  s3::Region region;
  bool operator==(const Place&) const = default;
};

// Where the names of replica buckets live. A name of the account-regional namespace ends in
// "-<account>-<region>-an" of the destination, and no other account can take it.
enum class ReplicaNamespace { global, account_regional };
std::string_view to_string(ReplicaNamespace name_space);  // "account-regional"
std::optional<ReplicaNamespace> parse_replica_namespace(std::string_view text);

// Another protection of the same source, as far as this one has to know it. dr/protections.h fills it in.
struct OtherProtection {
  std::string name;
  std::vector<s3::Tag> match_tags;
  Place destination;
  s3::BucketName control_bucket;
  bool comes_first = false;  // it stands before this one in the configuration
};

constexpr std::string_view default_protection_name = "default";

struct Policy {
  std::string protection_name{default_protection_name};
  std::vector<OtherProtection> others;  // of the same source, in the order of the configuration

  // A bucket that carries any of these tags exactly is to be protected. `s3dr protect` sets the first one.
  std::vector<s3::Tag> match_tags{{"dr", "true"}};

  s3::Region source_region;
  s3::AccountId source_account;
  s3::Region destination_region;
  s3::AccountId destination_account;
  std::string partition = "aws";

  std::string replication_role_arn;  // S3 replicates with it
  // Roles that rules of others name. A bucket has one role for all of its rules, so whoever writes the
  // configuration hands it to S3; deploy lets enable_replication do that for these, too.
  std::vector<std::string> pass_roles;
  std::string batch_role_arn;  // the backfill job runs with it

  std::string replica_name_template = "{bucket}-dr";  // must contain {bucket} once
  ReplicaNamespace replica_namespace = ReplicaNamespace::global;
  RuleOptions rule;         // what our replication rule does beyond replicating
  SettingsPolicy settings;  // what replicas get of the rest of a bucket's configuration

  s3::BucketName control_bucket;  // destination account and region: the records
  s3::BucketName reports_bucket;  // source account and region: manifests and reports of backfill jobs

  StoreProfile store;  // waits and limits of the stores; the default asks for no wait

  int backfill_attempts_max = 5;               // per generation of the rule
  milliseconds backfill_backoff_base{30'000};  // before attempt n+1: min(cap, base * 2^(n-1))
  milliseconds backfill_backoff_cap{900'000};
  milliseconds look_again{5'000};  // how soon to ask again for a running job, or after a transient failure
};

// What keys in the reports bucket begin with.
constexpr const char* report_prefix = "backfill/";
constexpr const char* manifest_prefix = "manifest/";

s3::BucketName control_bucket_name(const s3::AccountId& account, const s3::Region& region);
s3::BucketName reports_bucket_name(const s3::AccountId& account, const s3::Region& region);

// Fills what is empty from the rest: the control and the reports bucket.
Policy with_default_buckets(Policy policy);

// Why s3dr cannot work with this policy, as "field: reason"; nullopt: it can. Examples: the same region
// twice, no match tag, a template without {bucket}, a role ARN of another account. Of this policy alone:
// dr/protections.h judges several together.
std::optional<std::string> why_invalid(const Policy& policy);

// The place of the replicas.
Place destination_of(const Policy& policy);

// The control and the reports bucket, and the control buckets of the other protections: never a source, skipped
// by sweeps.
bool is_own_bucket(const Policy& policy, const s3::BucketName& bucket);

// Whether the bucket carries a match tag of this protection: exact match of key and value. The tag is the only
// intent there is.
bool is_tagged(const Policy& policy, const s3::TagSet& tags);

// Of the protections with the same destination, the first one whose match tag the bucket carries counts. If that
// is another one: which; nullptr: this one counts, or none of them does.
const OtherProtection* overruled_by(const Policy& policy, const s3::TagSet& tags);
// Tagged, and not overruled.
bool covers(const Policy& policy, const s3::TagSet& tags);

// Tags that look like a match tag but are none of any protection ("DR=True", "dr =true"). They are reported and
// nothing is done.
std::vector<s3::Tag> near_misses(const Policy& policy, const s3::TagSet& tags);

}  // namespace s3dr::dr
