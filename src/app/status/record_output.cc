#include "app/status/record_output.h"

#include <fmt/format.h>

#include "app/output.h"

namespace s3dr::app {

std::string backfill_text(const dr::Record& record) {
  if (!record.backfill) return "-";
  const dr::Backfill& backfill = *record.backfill;
  const bool counted = backfill.tasks_total > 0;
  switch (backfill.status) {
    case dr::BackfillStatus::planned:
      return backfill.attempt > 1 ? fmt::format("attempt {} waits", backfill.attempt) : "to be started";
    case dr::BackfillStatus::running:
      return counted ? fmt::format("running {} of {}", format_count(backfill.tasks_succeeded),
                                   format_count(backfill.tasks_total))
                     : "running";
    case dr::BackfillStatus::complete:
      if (backfill.tasks_failed_elsewhere > 0) {
        return fmt::format("complete, {} tasks failed for other rules' destinations",
                           format_count(backfill.tasks_failed_elsewhere));
      }
      return counted ? fmt::format("complete ({})", format_count(backfill.tasks_succeeded)) : "complete";
    case dr::BackfillStatus::unavailable:
      return "none: the store has no batch jobs";
    case dr::BackfillStatus::exhausted:
      return fmt::format("failed {} times", backfill.attempt);
  }
  return "-";
}

std::string verified_text(const dr::Record& record, Instant now) {
  const auto& good = record.verified;
  if (const dr::Verification* bad = dr::standing_difference(record)) {
    return fmt::format("{} differences {}", format_count(bad->differences), format_age(bad->at, now));
  }
  if (!good) return "not yet";
  if (good->generation != record.rule.generation) {
    return fmt::format("not since the rule was renewed (before: {})", format_age(good->as_of, now));
  }
  const std::string only = good->prefix.empty() ? "" : ", only keys " + good->prefix + "…";
  return fmt::format("{} ({}, {} versions{})", format_age(good->as_of, now), dr::to_string(good->level),
                     format_count(good->versions), only);
}

std::string progress_text(const dr::Record& record) {
  std::string text(dr::to_string(record.state));
  if (record.state == dr::State::backfilling) return text + ": backfill " + backfill_text(record);
  if (!record.reason.empty()) text += ": " + record.reason;
  return text;
}

std::string lost_document_text(const dr::Record& record) {
  if (!record.edits.lost || record.edits.lost->document.empty()) return "";
  return "\nLOST RULES\n" + clean(record.edits.lost->document) + "\n";
}

boost::json::object json_of(const dr::Record& record) {
  return {{"bucket", record.source.bucket.text()},
          {"state", dr::to_string(record.state)},
          {"verified", dr::is_verified(record)},
          {"record", boost::json::parse(dr::to_json(record))}};
}

}  // namespace s3dr::app
