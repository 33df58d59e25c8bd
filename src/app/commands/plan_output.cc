#include "app/commands/plan_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>
#include <vector>

#include "app/config.h"
#include "app/exit_code.h"
#include "app/output.h"
#include "app/status/conditions_output.h"
#include "app/status/record_output.h"
#include "app/status/standing.h"
#include "base/encoding.h"

namespace s3dr::app {
namespace {

struct Sighting {
  std::string of;  // "source", "replica", "pair"
  std::string what, sight, detail;
  Instant at{};
};

template <class T, class Describe>
Sighting sighting(std::string of, std::string what, const dr::Observed<T>& seen, Describe describe) {
  std::string sight(dr::to_string(seen.sight()));
  if (seen.is_failed()) sight += fmt::format(" ({})", to_string(seen.kind()));
  return {std::move(of), std::move(what), std::move(sight),
          seen.has_value() ? describe(seen.value()) : seen.text(), seen.at()};
}

std::string describe_head(const s3::BucketHead& head) {
  return head.region.empty() ? "exists" : "in " + head.region.text();
}

std::string describe_tags(const s3::TagSet& tags) {
  std::string text;
  for (const s3::Tag& tag : tags) text += (text.empty() ? "" : ", ") + tag.key + "=" + tag.value;
  return text;
}

std::string describe_versioning(s3::Versioning versioning) {
  switch (versioning) {
    case s3::Versioning::enabled:
      return "enabled";
    case s3::Versioning::suspended:
      return "suspended";
    case s3::Versioning::never_enabled:
      return "never enabled";
  }
  return "?";
}

std::string describe_rules(const s3::ReplicationConfiguration& configuration) {
  std::string text;
  for (const s3::ReplicationRule& rule : configuration.rules) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", rule.id,
                        rule.status == s3::Switch::enabled ? "enabled" : "disabled");
  }
  return text;
}

std::vector<Sighting> sightings_of(const dr::ObservedPair& seen) {
  std::vector<Sighting> result = {
      sighting("source", "bucket", seen.source.head, describe_head),
      sighting("source", "tags", seen.source.tags, describe_tags),
      sighting("source", "versioning", seen.source.versioning, describe_versioning),
      sighting("source", "replication rules", seen.replication, describe_rules),
      sighting("pair", "record", seen.record, progress_text),
      sighting("replica", "bucket", seen.replica.head, describe_head),
      sighting("replica", "tags", seen.replica.tags, describe_tags),
      sighting("replica", "versioning", seen.replica.versioning, describe_versioning),
      sighting("pair", "batch jobs", seen.batch_jobs,
               [](bool there) { return std::string(there ? "offered" : "none"); }),
      sighting("pair", "active jobs", seen.active_jobs,
               [](const dr::ActiveJobs& active) { return std::to_string(active.others); }),
      sighting("pair", "backfill job", seen.job, [](const s3::JobDescription& job) {
        return job.job_id + " " + std::string(s3::to_string(job.status));
      })};
  // Asked between two accounts only.
  if (seen.replica_policy.at() != Instant{}) {
    const auto bytes = [](const std::string& text) { return fmt::format("{} bytes", text.size()); };
    result.insert(result.begin() + 8, sighting("replica", "bucket policy", seen.replica_policy, bytes));
  }
  return result;
}

// "source photos", and below it, indented, what belongs to it.
std::string row_name(const Sighting& one, const dr::ObservedPair& seen) {
  if (one.of == "pair") return one.what;
  if (one.what != "bucket") return "  " + one.what;
  return one.of + " " + (one.of == "source" ? seen.bucket : seen.replica_bucket).text();
}

// What is not as it should be. `status BUCKET` shows all of them.
std::string unhealthy_text(const JudgedPair& judged, std::size_t width) {
  std::string text;
  for (const dr::Condition& one : dr::causes(judged.conditions)) {
    for (const std::string& line : wrap(clean(sentence_of(one, judged.now)), width > 2 ? width - 2 : 0))
      text += "\n  " + line;
  }
  return text.empty() ? "" : "\n\nCONDITIONS" + text + "\n";
}

// What this bucket has, and what its replica cannot have, and why.
std::string settings_text(const SettingsView& view, std::size_t width) {
  const std::string summary = settings_summary(view);
  std::string text = "\nSETTINGS  " + (summary.empty() ? "none but S3's defaults" : clean(summary)) + "\n";
  for (const std::string& one : settings_not_had(view)) {
    for (const std::string& line : wrap(clean(one), width > 2 ? width - 2 : 0)) text += "  " + line + "\n";
  }
  return text;
}

std::string status_of(const dr::Action& action) {
  if (action.ready()) return "ready";
  if (action.kind == dr::ActionKind::ask_a_person) return "needs a person";
  if (action.waits_its_turn) return "then";
  return action.premise ? fmt::format("blocked ({})", to_string(dr::strength_of(*action.premise)))
                        : "blocked";
}

}  // namespace

bool is_blocked(const dr::Action& action) {
  return !action.ready() && !action.waits_its_turn;
}

std::string plan_as_text(const JudgedPair& judged, std::size_t width) {
  std::string text;
  if (!judged.as_if_tagged.empty())
    text = "AS IF TAGGED " + clean(judged.as_if_tagged) +
           ": this is what the functions would do; nothing was written\n\n";
  text += "OBSERVED\n";
  Table seen({{"WHAT"}, {"SIGHT"}, {"SEEN"}, {"DETAIL"}}, Overflow::wrap);
  for (const Sighting& one : sightings_of(judged.seen)) {
    const bool asked = one.at != Instant{};
    seen.add(
        {row_name(one, judged.seen), one.sight, asked ? format_age(one.at, judged.now) : "-", one.detail});
  }
  text += seen.render(width) + fmt::format("\nSTATE  {}", dr::to_string(judged.plan.state));
  if (!judged.plan.state_reason.empty()) text += ": " + clean(judged.plan.state_reason);
  text += unhealthy_text(judged, width);
  text += judged.settings ? settings_text(*judged.settings, width) + "\n" : "\n";
  const std::vector<Standing> standing = standing_of(judged.seen, judged.plan);
  if (judged.plan.empty() && standing.empty()) text += "Nothing to do.\n";
  if (!standing.empty()) text += "WHAT STANDS\n";
  for (const Standing& one : standing)
    text += "  " + clean(one.what) + "\n  next: " + clean(judged.complete_advice(one.next)) + "\n";
  if (const dr::Record* record = judged.seen.record.get()) text += lost_document_text(*record);
  if (!judged.plan.empty()) {
    if (!standing.empty()) text += "\n";
    Table actions({{"#", true}, {"STATUS"}, {"ACTION"}, {"BY"}, {"REASON"}}, Overflow::wrap);
    std::size_t number = 0;
    for (const dr::Action& action : judged.plan.actions) {
      std::string reason = action.reason;
      if (!action.blocked_by.empty())
        reason = (action.waits_its_turn ? "" : "blocked by ") + action.blocked_by;
      actions.add({std::to_string(++number), status_of(action), action.what,
                   std::string(dr::to_string(action.executor)), std::move(reason)});
    }
    text += "ACTIONS\n" + actions.render(width);
    for (const dr::Action& action : judged.plan.actions) {
      const bool said = std::ranges::find(standing, action.advice, &Standing::next) != standing.end();
      if (!action.advice.empty() && !said)
        text += "next: " + clean(judged.complete_advice(action.advice)) + "\n";
    }
  }
  if (judged.plan.look_again_after) {
    text += fmt::format("\nUnder way: {}; looked at again in {}.\n", clean(judged.plan.look_again_why),
                        format_duration(*judged.plan.look_again_after));
  }
  for (const std::string& warning : judged.plan.warnings) text += "\nwarning: " + clean(warning);
  if (!judged.plan.warnings.empty()) text += "\n";
  return text;
}

int exit_code_of(const JudgedPair& judged) {
  if (std::ranges::any_of(judged.plan.actions, is_blocked)) return exit_failed;
  const bool stands = !standing_of(judged.seen, judged.plan).empty();
  return judged.plan.empty() && !stands ? exit_done : exit_differences;
}

namespace {

boost::json::array actions_as_json(const dr::Plan& plan) {
  boost::json::array actions;
  for (const dr::Action& action : plan.actions) {
    boost::json::value premise, strength;  // null: no missing observation blocks it
    if (action.premise) {
      premise = to_string(*action.premise);
      strength = to_string(dr::strength_of(*action.premise));
    }
    actions.push_back({{"kind", dr::to_string(action.kind)},
                       {"executor", dr::to_string(action.executor)},
                       {"what", action.what},
                       {"reason", action.reason},
                       {"ready", action.ready()},
                       {"waits_its_turn", action.waits_its_turn},
                       {"blocked_by", action.blocked_by},
                       {"premise", std::move(premise)},
                       {"strength", std::move(strength)},
                       {"advice", action.advice}});
  }
  return actions;
}

}  // namespace

std::string plan_as_json(const JudgedPair& judged) {
  boost::json::array seen, warnings, standing;
  for (const Standing& one : standing_of(judged.seen, judged.plan))
    standing.push_back({{"what", one.what}, {"next", judged.complete_advice(one.next)}});
  for (const Sighting& one : sightings_of(judged.seen)) {
    boost::json::value at;  // null: not observed
    if (one.at != Instant{}) at = to_iso8601(one.at);
    seen.push_back({{"of", one.of},
                    {"what", one.what},
                    {"sight", one.sight},
                    {"detail", one.detail},
                    {"at", std::move(at)}});
  }
  for (const std::string& warning : judged.plan.warnings) warnings.emplace_back(warning);
  boost::json::value settings;  // null: there is no pair to look at yet
  if (judged.settings) settings = json_of(*judged.settings, false);
  boost::json::object result{{"bucket", judged.seen.bucket.text()},
                             {"replica", judged.seen.replica_bucket.text()},
                             {"state", dr::to_string(judged.plan.state)},
                             {"reason", judged.plan.state_reason},
                             {"conditions", json_of(judged.conditions)},
                             {"settings", std::move(settings)},
                             {"observed", std::move(seen)},
                             {"actions", actions_as_json(judged.plan)},
                             {"stands", std::move(standing)},
                             {"under_way", judged.plan.look_again_why},
                             {"warnings", std::move(warnings)},
                             {"as_if_tagged", judged.as_if_tagged}};
  if (!judged.protection.empty()) result["protection"] = judged.protection;
  return boost::json::serialize(result) + "\n";
}

}  // namespace s3dr::app
