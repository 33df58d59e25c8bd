#include "s3/replication_match.h"

#include <algorithm>
#include <map>
#include <set>

namespace s3dr::s3 {
namespace {

constexpr std::size_t rules_max = 1'000;
constexpr std::size_t rule_id_bytes_max = 255;
constexpr std::size_t prefix_bytes_max = 1'024;

// A filter that could not be understood was kept as text: such a rule matches nothing here, rather than too
// much.
bool has_unknown_filter(const ReplicationRule& rule) {
  return !rule.filter && !rule.v1_prefix && rule.unknown_rule_xml.find("Filter") != std::string::npos;
}

bool matches(const ReplicationRule& rule, const ObjectKey& key, const TagSet& object_tags) {
  if (rule.status != Switch::enabled || has_unknown_filter(rule)) return false;
  if (rule.v1_prefix) return key.bytes().starts_with(*rule.v1_prefix);
  if (!rule.filter) return true;
  if (rule.filter->prefix && !key.bytes().starts_with(*rule.filter->prefix)) return false;
  return std::all_of(rule.filter->tags.begin(), rule.filter->tags.end(), [&](const Tag& wanted) {
    const std::string* value = find_tag(object_tags, wanted.key);
    return value != nullptr && *value == wanted.value;
  });
}

// V1 always replicates markers made by users; V2 only if told to, and never with a tag filter (markers have
// no tags).
bool replicates_delete_markers(const ReplicationRule& rule) {
  if (rule.is_v1()) return true;
  if (rule.filter && !rule.filter->tags.empty()) return false;
  return rule.delete_marker_replication == Switch::enabled;
}

// One spelling for "arn:…:::name" and the bare name, so that both count as the same destination.
std::string destination_key(const ReplicationRule& rule) {
  const auto bucket = destination_bucket(rule.destination);
  return bucket ? bucket->text() : rule.destination.bucket_arn;
}

Refusal malformed(std::string why) {
  return {"MalformedXML",
          "The XML you provided was not well-formed or did not validate against our published "
          "schema: " +
              std::move(why)};
}

Refusal invalid_request(std::string why) {
  return {"InvalidRequest", std::move(why)};
}

Refusal invalid_argument(std::string why) {
  return {"InvalidArgument", std::move(why)};
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool is_role_arn(std::string_view text) {
  if (!text.starts_with("arn:")) return false;
  const auto at = text.find(":iam::");
  if (at == std::string_view::npos) return false;
  const std::string_view rest = text.substr(at + 6);
  return rest.size() > 18 && rest.substr(0, 12).find_first_not_of("0123456789") == std::string_view::npos &&
         rest.substr(12).starts_with(":role/");
}

std::optional<Refusal> why_filter_refused(const ReplicationRule& rule) {
  const std::string& prefix = rule.v1_prefix                       ? *rule.v1_prefix
                              : rule.filter && rule.filter->prefix ? *rule.filter->prefix
                                                                   : std::string();
  if (prefix.size() > prefix_bytes_max) return invalid_request("A prefix has at most 1024 bytes.");
  if (!rule.filter || rule.filter->tags.empty()) return std::nullopt;
  if (const auto why = why_invalid(rule.filter->tags, TagOwner::object)) return Refusal{"InvalidTag", *why};
  if (rule.delete_marker_replication == Switch::enabled) {
    return invalid_request("Delete marker replication is not supported if any Tag filter is specified.");
  }
  return std::nullopt;
}

std::optional<Refusal> why_destination_refused(const ReplicationRule& rule) {
  const ReplicationDestination& to = rule.destination;
  if (!destination_bucket(to)) return invalid_argument("Invalid bucket ARN.");
  if (!to.access_control_translation.empty()) {
    if (to.access_control_translation != "Destination") return malformed("Owner must be Destination");
    if (!to.account) {
      return invalid_request("Account must be specified in order to use AccessControlTranslation.");
    }
  }
  if (rule.sse_kms_encrypted_objects == Switch::enabled && to.replica_kms_key_id.empty()) {
    return invalid_request("EncryptionConfiguration must be specified if SseKmsEncryptedObjects is enabled.");
  }
  if (to.replication_time) {
    if (to.replication_time_minutes != 15) return malformed("ReplicationTime must be 15 minutes");
    if (to.metrics != to.replication_time || to.metrics_event_threshold_minutes != 15) {
      return invalid_request(
          "Metrics with an EventThreshold of 15 minutes and the same Status must be "
          "specified if ReplicationTime is.");
    }
  }
  return std::nullopt;
}

std::optional<Refusal> why_rule_refused(const ReplicationRule& rule) {
  if (rule.id.size() > rule_id_bytes_max) return invalid_argument("A rule id has at most 255 characters.");
  if (!is_ascii(rule.id)) return invalid_argument("A rule id must be ASCII.");
  if (rule.v1_prefix && rule.filter) return malformed("Prefix and Filter in one rule");
  if (rule.priority && *rule.priority < 0) return invalid_argument("Priority must not be negative.");
  if (rule.v1_prefix && (rule.priority || rule.delete_marker_replication)) {
    return malformed("Priority and DeleteMarkerReplication need a Filter");
  }
  if (rule.filter && !rule.priority) {
    return invalid_request(
        "Priority must be specified for this version of Cross Region Replication "
        "configuration schema. Please refer to S3 Developer Guide for more information.");
  }
  if (rule.filter && !rule.delete_marker_replication) {
    return invalid_request(
        "DeleteMarkerReplication must be specified for this version of Cross Region "
        "Replication configuration schema. Please refer to S3 Developer Guide for more "
        "information.");
  }
  if (auto refusal = why_filter_refused(rule)) return refusal;
  return why_destination_refused(rule);
}

}  // namespace

std::optional<BucketName> destination_bucket(const ReplicationDestination& destination) {
  std::string_view name = destination.bucket_arn;
  if (name.starts_with("arn:")) {
    const auto at = name.find(":s3:::");
    if (at == std::string_view::npos || at < 5 ||
        name.substr(4, at - 4).find(':') != std::string_view::npos) {
      return std::nullopt;
    }
    name.remove_prefix(at + 6);
  }
  if (BucketName::why_impossible(name)) return std::nullopt;
  return BucketName::parse(name);
}

std::vector<MatchedRule> match_rules(const ReplicationConfiguration& configuration, const ObjectKey& key,
                                     const TagSet& object_tags) {
  std::vector<const ReplicationRule*> chosen;  // at most one per destination, in the order of the rules
  std::map<std::string, std::size_t> by_destination;
  for (const ReplicationRule& rule : configuration.rules) {
    if (!matches(rule, key, object_tags)) continue;
    const auto [found, is_new] = by_destination.try_emplace(destination_key(rule), chosen.size());
    if (is_new) {
      chosen.push_back(&rule);
    } else if (rule.priority.value_or(-1) > chosen[found->second]->priority.value_or(-1)) {
      chosen[found->second] = &rule;
    }
  }
  std::vector<MatchedRule> result;
  result.reserve(chosen.size());
  for (const ReplicationRule* rule : chosen) {
    result.push_back({rule->id, rule->destination.bucket_arn, replicates_delete_markers(*rule)});
  }
  return result;
}

std::optional<Refusal> why_refused(const ReplicationConfiguration& configuration) {
  if (configuration.rules.empty()) return malformed("there is no rule");
  if (configuration.rules.size() > rules_max) {
    return invalid_request(
        "The number of replication rules must not exceed the allowed limit of 1000 rules.");
  }
  if (!is_role_arn(configuration.role_arn)) return invalid_argument("Invalid Role ARN.");
  std::set<std::string_view> ids;
  std::set<std::pair<std::string, std::int64_t>> priorities;
  std::set<std::string> destinations;
  bool has_v1 = false, has_v2 = false;
  for (const ReplicationRule& rule : configuration.rules) {
    if (auto refusal = why_rule_refused(rule)) return refusal;
    if (!rule.id.empty() && !ids.insert(rule.id).second) {
      return invalid_argument("Rule Id must be unique. Found same Id for more than one rule.");
    }
    if (rule.priority && !priorities.emplace(destination_key(rule), *rule.priority).second) {
      return invalid_request("Found duplicate priority " + std::to_string(*rule.priority) +
                             " for the same destination.");
    }
    has_v1 = has_v1 || rule.is_v1();
    has_v2 = has_v2 || rule.filter.has_value();
    destinations.insert(destination_key(rule));
  }
  if (has_v1 && has_v2) return invalid_request("V1 and V2 rules must not be mixed in one configuration.");
  if (has_v1 && destinations.size() > 1) {
    return invalid_request("All rules of this version of the schema must have the same destination bucket.");
  }
  return std::nullopt;
}

}  // namespace s3dr::s3
