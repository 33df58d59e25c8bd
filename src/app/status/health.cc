#include "app/status/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "app/config.h"
#include "app/output.h"

namespace s3dr::app {
namespace {

using dr::ConditionType;

std::string who_sweeps(const std::string& configuration_path) {
  return "s3dr serve --config " + configuration_path + ", or: s3dr deploy status --config " +
         configuration_path;
}

// What helps against one condition.
std::string next_of(const dr::Condition& condition, const dr::Record& record) {
  const std::string& bucket = record.source.bucket.text();
  std::string plan = "s3dr plan " + bucket;
  switch (condition.type) {
    case ConditionType::permitted:
      if (condition.reason == dr::reason::newer_program) return "use that version of s3dr, or a newer one";
      return "allow that, and it goes on by itself. What was changed in a deployment: s3dr deploy plan";
    case ConditionType::tagged:
      return "s3dr protect " + bucket;
    case ConditionType::replica_ready:
      if (condition.reason == dr::reason::replica_lost) return "s3dr protect " + bucket + " --new-replica";
      break;
    case ConditionType::backfill_complete:
      if (condition.reason == dr::reason::given_up) return plan;
      if (condition.reason == dr::reason::no_batch_jobs) return "s3dr verify " + bucket;
      break;
    case ConditionType::verified:
      return "s3dr verify " + bucket;
    case ConditionType::suspicious:
      return "s3dr verify " + bucket + " --accept-losses, if that is wanted";
    case ConditionType::rules_lost:
      return dr::lost_advice(*record.edits.lost, record.source.bucket);
    case ConditionType::settings_in_sync:
      return "s3dr settings " + bucket;
    case ConditionType::reachable:
    case ConditionType::source_present:
    case ConditionType::conflict:
      return plan;
    case ConditionType::protected_:
    case ConditionType::source_versioned:
    case ConditionType::rule_live:
      break;
  }
  return "s3dr protect " + bucket + " --wait";
}

}  // namespace

Severity severity_of(const dr::Condition& condition) {
  if (condition.status == dr::Truth::unknown) return Severity::unknown;
  static constexpr std::string_view broken[] = {dr::reason::replica_lost, dr::reason::given_up,
                                                dr::reason::differences_found};
  switch (condition.type) {
    case ConditionType::reachable:
    case ConditionType::permitted:
    case ConditionType::source_present:
    case ConditionType::conflict:
    case ConditionType::suspicious:
    case ConditionType::rules_lost:
      return Severity::broken;
    case ConditionType::tagged:
      return Severity::paused;
    default:
      break;
  }
  const bool is_broken = std::ranges::find(broken, condition.reason) != std::end(broken);
  return is_broken ? Severity::broken : Severity::under_way;
}

Health judge(const dr::Record& record, const std::vector<dr::Condition>& conditions) {
  Health health;
  health.severity = Severity::healthy;
  for (dr::Condition& cause : dr::causes(conditions)) {
    // The record cannot tell it, and whoever reads records learns it elsewhere.
    if (cause.type == ConditionType::reachable && cause.status == dr::Truth::unknown) continue;
    std::string next = next_of(cause, record);
    health.severity = std::min(health.severity, severity_of(cause));
    health.why += (health.why.empty() ? "" : ". Besides, ") + cause.message;
    health.next += (health.next.empty() ? "" : "; then: ") + next;
    health.findings.push_back({std::move(cause), std::move(next)});
  }
  return health;
}

Health judge(const dr::Record& record) {
  return judge(record, dr::conditions_of(record));
}

Health judge_unreadable(const s3::BucketName& bucket, const std::string& why) {
  return {Severity::broken, "its record cannot be read: " + why, "s3dr plan " + bucket.text(), {}};
}

std::string_view to_string(Unrecorded kind) {
  switch (kind) {
    case Unrecorded::not_seen_yet:
      return "not seen yet";
    case Unrecorded::near_miss:
      return "near miss";
    case Unrecorded::wrong_region:
      return "wrong region";
    case Unrecorded::cannot_be_read:
      return "cannot be read";
  }
  return "?";
}

Health judge(Unrecorded kind, const dr::Policy& policy, const s3::BucketName& bucket,
             const std::string& detail) {
  const s3::Tag& tag = policy.match_tags.front();
  switch (kind) {
    case Unrecorded::not_seen_yet:
      return {Severity::not_protected,
              "tagged, but no sweep has taken it up: there is no record of it",
              "s3dr plan " + bucket.text(),
              {}};
    case Unrecorded::near_miss:
      return {Severity::not_protected,
              "its tag " + detail + " is not " + tag.key + "=" + tag.value + ": it is not protected",
              "s3dr protect " + bucket.text(),
              {}};
    case Unrecorded::wrong_region:
      return {
          Severity::not_protected,
          "tagged, but it is in " + detail + ", and this configuration protects buckets of " +
              policy.source_region.text(),
          "s3dr protect " + bucket.text() + " --config FILE, with a file whose source.region is " + detail,
          {}};
    case Unrecorded::cannot_be_read:
      break;
  }
  return {Severity::unknown, "its tags cannot be read: " + detail, "s3dr plan " + bucket.text(), {}};
}

WatchJudgement judge_unreadable_heartbeat(const std::string& why, const std::string& configuration_path) {
  WatchJudgement result;
  result.last_sweep = "the last sweep is not known";
  result.sentences.push_back("nobody is known to watch: the heartbeat cannot be read: " + why);
  result.next = who_sweeps(configuration_path);
  return result;
}

WatchJudgement judge(const std::optional<dr::Heartbeat>& heartbeat, const std::string& configuration_path,
                     Instant now) {
  WatchJudgement result;
  const std::string watch = who_sweeps(configuration_path);
  if (!heartbeat) {
    result.last_sweep = "no sweep yet";
    result.sentences.emplace_back("nobody is watching: no sweep of this source region has ever ended");
    result.next = watch;
    return result;
  }
  result.watched = !dr::is_stale(*heartbeat, now);
  result.last_sweep =
      fmt::format("last sweep {} by {} {}, every {}", format_age(heartbeat->at, now), heartbeat->program,
                  heartbeat->version, format_duration(heartbeat->interval));
  if (!result.watched) {
    result.sentences.push_back(fmt::format("nobody is watching since {} (last: {} {})",
                                           dr::clock_text(heartbeat->at, now), heartbeat->program,
                                           heartbeat->version));
    result.next = watch;
  }
  for (const dr::RegionContact* contact : {&heartbeat->source, &heartbeat->destination}) {
    const std::string failure = dr::failure_text(*contact, now);
    if (!failure.empty()) result.sentences.push_back(failure);
  }
  // Of a region that fails the sentence above says it, and of a sweep that stands still too.
  if (result.sentences.empty() && dr::is_incomplete(*heartbeat, now))
    result.sentences.push_back(dr::incomplete_text(*heartbeat, now));
  if (!result.sentences.empty() && result.next.empty())
    result.next = "s3dr config validate --check --config " + configuration_path;
  return result;
}

dr::Condition reachable_by(const std::optional<dr::Heartbeat>& heartbeat, Instant now) {
  dr::Condition result;
  result.type = ConditionType::reachable;
  result.reason = dr::reason::not_observed;
  if (!heartbeat) {
    result.message = "no sweep has told yet whether both sides answer";
    return result;
  }
  if (dr::is_stale(*heartbeat, now)) {
    result.message = "nobody has asked both sides since " + dr::clock_text(heartbeat->at, now);
    return result;
  }
  for (const dr::RegionContact* contact : {&heartbeat->source, &heartbeat->destination}) {
    if (!contact->failing_since) continue;
    result.status = dr::Truth::no;
    result.reason = contact->unreachable ? dr::reason::no_answer : dr::reason::refused;
    result.message = dr::failure_text(*contact, now);
    result.since = contact->failing_since;
    return result;
  }
  result.status = dr::Truth::yes;
  result.reason = dr::reason::answered;
  result.message = "both sides answered the sweep at " + dr::clock_text(heartbeat->at, now);
  return result;
}

std::string summary_text(std::size_t buckets, const std::vector<std::string>& troubles) {
  if (buckets == 0) return "No bucket is protected.";
  const char* plural = buckets == 1 ? "" : "s";
  if (troubles.empty()) {
    return buckets == 1 ? "The bucket is healthy."
                        : fmt::format("All {} buckets are healthy.", format_count(buckets));
  }
  std::map<std::string, std::size_t> counts;
  for (const std::string& trouble : troubles) ++counts[trouble];
  std::string kinds;
  for (const auto& [trouble, count] : counts)
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", format_count(count), trouble);
  return fmt::format("{} of {} bucket{} {} not healthy: {}.", format_count(troubles.size()),
                     format_count(buckets), plural, troubles.size() == 1 ? "is" : "are", kinds);
}

}  // namespace s3dr::app
