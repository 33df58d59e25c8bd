#include "app/status/status_report.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

#include "app/exit_code.h"
#include "app/output.h"
#include "app/status/conditions_output.h"
#include "app/status/record_output.h"
#include "base/encoding.h"
#include "dr/job_queue.h"

namespace s3dr::app {
namespace {

namespace json = boost::json;

std::string state_text(const StatusEntry& entry) {
  if (entry.record) return std::string(dr::to_string(entry.record->state));
  if (entry.unrecorded) return std::string(to_string(entry.unrecorded->kind));
  return "unreadable";
}

std::string summary_of(const StatusReport& report) {
  std::vector<std::string> troubles;
  for (const StatusEntry& entry : report.entries) {
    // Neither differences, nor lost rules, nor a collapse are told by the state.
    if (entry.health.healthy()) continue;
    std::string trouble = state_text(entry);
    if (entry.record && dr::standing_difference(*entry.record) && entry.health.severity == Severity::broken)
      trouble += " with differences";
    if (entry.record && entry.record->edits.lost) trouble += " with lost rules";
    if (entry.record && entry.record->collapse) trouble += ", but its source collapsed";
    // Of a state that sounds well, the reason why it is not.
    const bool sounds_well = entry.record && trouble == to_string(dr::State::protected_);
    if (sounds_well && !entry.health.findings.empty())
      trouble += ", but " + entry.health.findings.front().condition.reason;
    troubles.push_back(std::move(trouble));
  }
  // What the records say is only as good as whoever wrote them last.
  const bool is_known = report.watch.healthy() && report.unknown.empty();
  if (is_known || report.entries.empty() || !troubles.empty())
    return summary_text(report.entries.size(), troubles);
  return "Not known to be healthy. By the records, which may be old: " +
         summary_text(report.entries.size(), troubles);
}

std::vector<std::string> with_protection(const StatusEntry& entry, std::vector<std::string> cells) {
  if (!entry.protection.empty()) cells.insert(cells.begin() + 1, entry.protection);
  return cells;
}

std::vector<std::string> cells_of(const StatusEntry& entry, Instant now) {
  if (!entry.record)
    return with_protection(entry, {entry.bucket.text(), state_text(entry), "-", "-", "-", "-", "-", "-"});
  const dr::Record& record = *entry.record;
  const dr::Verification* run = dr::standing_difference(record);
  if (run == nullptr && record.verified) run = &*record.verified;
  return with_protection(
      entry, {entry.bucket.text(), state_text(entry), format_age(record.changed, now),
              record.replica.bucket.empty() ? "-" : record.replica.bucket.text(),
              std::to_string(record.rule.generation),
              entry.job_place ? fmt::format("waits, place {} of {}", format_count(entry.job_place->place),
                                            format_count(entry.job_place->of))
                              : backfill_text(record),
              verified_text(record, now), run != nullptr ? format_count(run->arriving) : "-"});
}

// Every condition counts, Reachable too.
bool is_healthy(const StatusEntry& entry) {
  return entry.health.healthy() && std::ranges::all_of(entry.conditions, &dr::Condition::healthy);
}

// The first of those that a person has to act upon; empty: there is none.
std::string_view condition_text(const StatusEntry& entry) {
  for (const Finding& finding : entry.health.findings) {
    if (severity_of(finding.condition) == Severity::broken) return dr::to_string(finding.condition.type);
  }
  return "";
}

json::object entry_json(const StatusEntry& entry) {
  json::object result;
  if (entry.record) {
    result = json_of(*entry.record);
    result["condition"] = condition_text(entry);
    result["conditions"] = json_of(entry.conditions);
  } else if (entry.unrecorded) {
    result = {{"bucket", entry.bucket.text()},
              {"kind", to_string(entry.unrecorded->kind)},
              {"region", entry.unrecorded->region.text()},
              {"detail", entry.unrecorded->detail}};
  } else {
    result = {{"bucket", entry.bucket.text()}, {"state", "unreadable"}, {"error", entry.unreadable}};
  }
  if (!entry.protection.empty()) result["protection_name"] = entry.protection;
  if (entry.job_place) {
    result["waits_for_job"] = {{"place", entry.job_place->place},
                               {"of", entry.job_place->of},
                               {"since", to_iso8601(entry.job_place->since)}};
  }
  if (entry.settings) result["settings"] = json_of(*entry.settings, false);
  result["healthy"] = is_healthy(entry);
  result["why"] = entry.health.why;
  result["next"] = entry.health.next;
  return result;
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array result;
  for (const std::string& text : texts) result.emplace_back(text);
  return result;
}

}  // namespace

StatusEntry entry_of(dr::Record record) {
  StatusEntry entry;
  entry.bucket = record.source.bucket;
  entry.conditions = dr::conditions_of(record);
  entry.health = judge(record, entry.conditions);
  entry.record = std::move(record);
  return entry;
}

void see(StatusEntry& entry, dr::Condition condition) {
  if (!entry.record) return;
  entry.conditions = dr::with_condition(std::move(entry.conditions), std::move(condition));
  entry.health = judge(*entry.record, entry.conditions);
}

void set_reachable(StatusReport& report) {
  for (StatusEntry& entry : report.entries) {
    if (!entry.record) continue;
    // What a function could not read stands in the record.
    const auto& told = dr::find_condition(entry.conditions, dr::ConditionType::reachable);
    if (told.status != dr::Truth::unknown) continue;
    entry.conditions = dr::with_condition(std::move(entry.conditions), report.reachable);
  }
}

void set_job_places(std::vector<StatusEntry>& entries, Instant now) {
  std::vector<StatusEntry*> lined_up;
  std::vector<dr::QueuedJob> waiting;
  for (StatusEntry& entry : entries) {
    if (!entry.record || dr::job_standing(*entry.record) != dr::JobStanding::waiting) continue;
    const Instant since = dr::waiting_since(*entry.record);
    if (since > now) continue;
    lined_up.push_back(&entry);
    waiting.push_back({entry.bucket, since});
  }
  const std::vector<std::size_t> places = dr::places_of(waiting);
  for (std::size_t i = 0; i < lined_up.size(); ++i) {
    StatusEntry& entry = *lined_up[i];
    entry.job_place = StatusEntry::JobPlace{places[i], waiting.size(), waiting[i].since};
    dr::Condition backfill = dr::find_condition(entry.conditions, dr::ConditionType::backfill_complete);
    backfill.message = fmt::format("in line for a replication job: place {} of {}, waiting since {}",
                                   places[i], waiting.size(), dr::clock_text(waiting[i].since, now));
    see(entry, std::move(backfill));
  }
}

void add_protection(StatusReport& report, StatusReport more, const std::string& name) {
  for (StatusEntry& entry : more.entries) report.entries.push_back(std::move(entry));
  for (std::string& key : more.other_keys) report.other_keys.push_back(std::move(key));
  const auto add = [&](std::vector<std::string>& sentences, const std::vector<std::string>& further) {
    for (const std::string& sentence : further) {
      if (std::ranges::find(sentences, sentence) == sentences.end())
        sentences.push_back(name + ": " + sentence);
    }
  };
  add(report.unknown, more.unknown);
  add(report.watch.sentences, more.watch.sentences);
  report.watch.watched = report.watch.watched && more.watch.watched;
  if (report.watch.next.empty()) report.watch.next = more.watch.next;
  const auto is_known = [&](const StatusReport::OtherDestination& other) {
    return other.control_bucket == more.control_bucket;
  };
  if (more.control_bucket != report.control_bucket && std::ranges::none_of(report.others, is_known))
    report.others.push_back({more.control_bucket, std::move(more.heartbeat)});
}

void sort_entries(std::vector<StatusEntry>& entries) {
  std::ranges::sort(entries, [](const StatusEntry& a, const StatusEntry& b) {
    return std::tie(a.health.severity, a.bucket, a.protection) <
           std::tie(b.health.severity, b.bucket, b.protection);
  });
}

int exit_code_of(const StatusReport& report) {
  const auto is_unhealthy = [](const StatusEntry& entry) {
    return !entry.health.healthy() && entry.health.severity != Severity::unknown;
  };
  const auto is_unknown = [](const StatusEntry& entry) { return entry.health.severity == Severity::unknown; };
  if (!report.watch.healthy() || std::ranges::any_of(report.entries, is_unhealthy)) return exit_differences;
  if (!report.unknown.empty() || std::ranges::any_of(report.entries, is_unknown)) return exit_failed;
  return exit_done;
}

std::string as_table(const StatusReport& report, std::size_t width) {
  std::string text;
  const auto line = [&](const std::string& sentence) {
    for (const std::string& part : wrap(clean(sentence), width)) text += part + "\n";
  };
  std::string last_sweep = report.watch.last_sweep;
  if (!last_sweep.empty() && last_sweep.front() >= 'a' && last_sweep.front() <= 'z')
    last_sweep[0] -= 'a' - 'A';
  line(summary_of(report) + " " + last_sweep + ".");
  for (const std::string& sentence : report.watch.sentences) line(sentence);
  if (!report.watch.next.empty()) line("next: " + report.watch.next);
  for (const std::string& sentence : report.unknown) line("not known: " + sentence);
  if (report.entries.empty()) {
    line("Begin with: s3dr protect BUCKET");
    return text;
  }
  std::vector<Column> columns{{"BUCKET", false, true},  {"STATE", false, true}, {"CHANGED"},
                              {"REPLICA", false, true}, {"GEN", true},          {"BACKFILL"},
                              {"VERIFIED AS OF"},       {"ARRIVING", true}};
  if (!report.entries.front().protection.empty()) columns.insert(columns.begin() + 1, {"PROTECTION"});
  Table table(std::move(columns), Overflow::wrap);
  for (const StatusEntry& entry : report.entries) {
    table.add(cells_of(entry, report.now));
    if (entry.health.healthy()) continue;
    for (const Finding& finding : entry.health.findings) {
      table.add_note(sentence_of(finding.condition, report.now));
      table.add_note("next: " + finding.next);
    }
    if (!entry.health.findings.empty()) continue;
    table.add_note(entry.health.why);
    table.add_note("next: " + entry.health.next);
  }
  text += "\n" + table.render(width);
  for (const StatusEntry& entry : report.entries) {
    if (entry.record && report.of_one)
      text += "\n" + conditions_as_table(entry.conditions, report.now, width);
    if (entry.settings && report.of_one) text += "\n" + recorded_as_table(*entry.settings, width);
    if (entry.record && report.entries.size() == 1) text += lost_document_text(*entry.record);
  }
  return text;
}

std::string as_json(const StatusReport& report) {
  json::array protections, unrecorded;
  for (const StatusEntry& entry : report.entries)
    (entry.unrecorded ? unrecorded : protections).push_back(entry_json(entry));
  json::value heartbeat;  // null: there is none
  if (report.heartbeat) heartbeat = json::parse(dr::to_json(*report.heartbeat));
  json::object result{{"as_of", to_iso8601(report.now)},
                      {"healthy", exit_code_of(report) == exit_done},
                      {"summary", summary_of(report)},
                      {"control_bucket", report.control_bucket},
                      {"watch",
                       {{"watched", report.watch.watched},
                        {"healthy", report.watch.healthy()},
                        {"why", array_of(report.watch.sentences)},
                        {"next", report.watch.next},
                        {"heartbeat", std::move(heartbeat)}}},
                      {"unknown", array_of(report.unknown)},
                      {"protections", std::move(protections)},
                      {"unrecorded", std::move(unrecorded)},
                      {"not_records", array_of(report.other_keys)}};
  json::array others;
  for (const StatusReport::OtherDestination& other : report.others) {
    json::value told;  // null: there is none
    if (other.heartbeat) told = json::parse(dr::to_json(*other.heartbeat));
    others.push_back({{"control_bucket", other.control_bucket}, {"heartbeat", std::move(told)}});
  }
  if (!others.empty()) result["other_destinations"] = std::move(others);
  return json::serialize(result) + "\n";
}

}  // namespace s3dr::app
