#include "app/status/standing.h"

#include "app/output.h"
#include "app/status/record_output.h"
#include "base/encoding.h"
#include "dr/record.h"

namespace s3dr::app {
namespace {

// The record once named a replica as ours, and there is no bucket of that name.
bool is_replica_missing(const dr::ObservedPair& seen, const dr::Record& record) {
  const bool was_there = record.claim == dr::Claim::established || record.claim == dr::Claim::lost;
  return was_there && seen.replica.head.is_absent();
}

// Of a source that is gone or another one: where what was replicated still is.
std::string what_is_left(const dr::ObservedPair& seen) {
  const std::string& replica = seen.replica_bucket.text();
  if (seen.replica.head.is_absent())
    return "the replica " + replica + " is gone, too: nothing is left to look at";
  const std::string list = "aws s3api list-object-versions --bucket " + replica + " shows it";
  if (!seen.replica.head.has_value())
    return "what was replicated is in " + replica + ", if that is still there: " + list;
  return "what was replicated is in " + replica + " and is kept: " + list;
}

}  // namespace

std::vector<Standing> standing_of(const dr::ObservedPair& seen, const dr::Plan& plan) {
  std::vector<Standing> result;
  const std::string& bucket = seen.bucket.text();
  if (dr::needs_a_person(plan.state)) {
    const std::string why = plan.state_reason.empty() ? "" : ": " + plan.state_reason;
    const dr::Action* person = plan.for_a_person();
    const bool source = plan.state == dr::State::source_gone || plan.state == dr::State::source_recreated;
    // What the plan advises leads on; the status only says the same again.
    const bool advised = person != nullptr && !person->advice.empty();
    result.push_back({std::string(dr::to_string(plan.state)) + why, advised  ? person->advice
                                                                    : source ? what_is_left(seen)
                                                                             : "s3dr status " + bucket});
  }
  const dr::Record* record = seen.record.get();
  if (record == nullptr) return result;
  if (is_replica_missing(seen, *record) && plan.state != dr::State::source_gone) {
    result.push_back({"the replica " + seen.replica_bucket.text() + " is missing",
                      "s3dr protect " + bucket + " --new-replica"});
  }
  if (const dr::Verification* found = dr::standing_difference(*record)) {
    result.push_back({"the comparison of " + to_iso8601_seconds(found->at) + " found " +
                          format_count(found->differences) + " differences",
                      "s3dr verify " + bucket});
  }
  if (record->collapse) {
    result.push_back({"the source went from " + format_count(record->collapse->before) + " to " +
                          format_count(record->collapse->after) + " versions between two comparisons",
                      "s3dr verify " + bucket + " --accept-losses, if that is wanted"});
  }
  for (const dr::Obstruction& one : record->obstructions) {
    result.push_back({one.function + " cannot go on since " + to_iso8601_seconds(one.since) + ": " + one.why,
                      "allow that, and it goes on by itself"});
  }
  if (record->edits.lost)
    result.push_back({dr::lost_text(*record->edits.lost), dr::lost_advice(*record->edits.lost, seen.bucket)});
  return result;
}

}  // namespace s3dr::app
