#include "app/status/health.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "app/config.h"
#include "app/output.h"

namespace s3dr::app {
namespace {

std::string or_else(const std::string& text, const char* otherwise) {
  return text.empty() ? otherwise : text;
}

std::string who_sweeps(const std::string& configuration_path) {
  return "s3dr serve --config " + configuration_path + ", or: s3dr deploy status --config " +
         configuration_path;
}

Health judge_protected(const dr::Record& record) {
  const std::string& bucket = record.source.bucket.text();
  if (!dr::is_verified(record)) {
    return {Severity::under_way, "not verified since the rule was renewed", "s3dr verify " + bucket};
  }
  if (record.collapse) {
    return {Severity::broken,
            "its source went from " + format_count(record.collapse->before) + " to " +
                format_count(record.collapse->after) + " versions between two comparisons",
            "s3dr verify " + bucket + " --accept-losses, if that is wanted"};
  }
  return {Severity::healthy, "", ""};
}

Health judge_verifying(const dr::Record& record) {
  const std::string verify = "s3dr verify " + record.source.bucket.text();
  if (const dr::Verification* found = dr::standing_difference(record)) {
    return {Severity::broken,
            "the last comparison found " + format_count(found->differences) + " differences", verify};
  }
  return {Severity::under_way, or_else(record.reason, "not verified yet"), verify};
}

Health judge_state(const dr::Record& record) {
  const std::string& bucket = record.source.bucket.text();
  const std::string plan = "s3dr plan " + bucket;
  if (dr::needs_a_person(record.state)) {
    if (record.state == dr::State::degraded && record.claim == dr::Claim::lost) {
      return {Severity::broken, or_else(record.reason, "the replica is lost"),
              "s3dr protect " + bucket + " --new-replica"};
    }
    return {Severity::broken, or_else(record.reason, "a person is needed"), plan};
  }
  switch (record.state) {
    case dr::State::protected_:
      return judge_protected(record);
    case dr::State::verifying:
      return judge_verifying(record);
    case dr::State::pending:
    case dr::State::replica_ready:
    case dr::State::backfilling:
      return {Severity::under_way, or_else(record.reason, "under way"), "s3dr protect " + bucket + " --wait"};
    case dr::State::paused:
      return {Severity::paused, or_else(record.reason, "paused"), "s3dr protect " + bucket};
    case dr::State::degraded:
    case dr::State::conflict:
    case dr::State::source_gone:
    case dr::State::source_recreated:
    case dr::State::unsupported:
    case dr::State::unprotected:
    case dr::State::unknown:
      break;
  }
  return {Severity::unknown, or_else(record.reason, "unknown"), plan};
}

// This program does not know all that stands in it. What it does not know is never shown as healthy.
Health judge_of_newer_program(const dr::Record& record, Health health) {
  const std::string why = fmt::format("a newer s3dr (writer {}) keeps its record; this one leaves it alone",
                                      record.min_writer);
  const char* next = "use that version of s3dr, or a newer one";
  if (health.healthy()) return {Severity::unknown, why, next};
  return {health.severity, health.why + ". Besides, " + why, next};
}

}  // namespace

Health judge(const dr::Record& record) {
  Health health = judge_state(record);
  if (!dr::may_write(record)) return judge_of_newer_program(record, std::move(health));
  if (!record.edits.lost) return health;
  const std::string why = dr::lost_text(*record.edits.lost);
  const std::string next = dr::lost_advice(*record.edits.lost, record.source.bucket);
  if (health.severity != Severity::broken) return {Severity::broken, why, next};
  return {Severity::broken, health.why + ". Besides, " + why, health.next + "; then: " + next};
}

Health judge_unreadable(const s3::BucketName& bucket, const std::string& why) {
  return {Severity::broken, "its record cannot be read: " + why, "s3dr plan " + bucket.text()};
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
      return {Severity::not_protected, "tagged, but no sweep has taken it up: there is no record of it",
              "s3dr plan " + bucket.text()};
    case Unrecorded::near_miss:
      return {Severity::not_protected,
              "its tag " + detail + " is not " + tag.key + "=" + tag.value + ": it is not protected",
              "s3dr protect " + bucket.text()};
    case Unrecorded::wrong_region:
      return {
          Severity::not_protected,
          "tagged, but it is in " + detail + ", and this configuration protects buckets of " +
              policy.source_region.text(),
          "s3dr protect " + bucket.text() + " --config FILE, with a file whose source.region is " + detail};
    case Unrecorded::cannot_be_read:
      break;
  }
  return {Severity::unknown, "its tags cannot be read: " + detail, "s3dr plan " + bucket.text()};
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
