#include "functions/obstruction.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "dr/conditions/conditions.h"
#include "functions/record_store.h"

namespace s3dr::functions {
namespace {

constexpr int races_max = 5;

// Another number each time, and nobody asks for it later.
std::string without_request_id(std::string text) {
  constexpr std::string_view before = " [request ";
  for (auto at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
    const auto end = text.find(']', at);
    text.erase(at, end == std::string::npos ? std::string::npos : end + 1 - at);
  }
  return text;
}

// nullopt: nothing is known that was not known before.
std::optional<dr::Record> with_what_obstructs(dr::Record record, dr::Function self, const Outcome& outcome,
                                              Instant now) {
  if (outcome.kind == Outcome::Kind::look_again && outcome.error) return std::nullopt;
  const std::string_view name = dr::to_string(self);
  const dr::ConditionWord word = dr::condition_of(outcome.error);
  const bool obstructed =
      outcome.kind == Outcome::Kind::blocked && word.type != dr::ConditionType::protected_;
  dr::Record next =
      dr::with_obstruction(record, name, obstructed ? word.reason : "", without_request_id(outcome.why), now);
  if (next == record) return std::nullopt;
  return next;
}

Task<bool> note(Context context, dr::Function self, s3::BucketName bucket, Outcome outcome) {
  for (int race = 0; race < races_max; ++race) {
    auto stored = co_await read_record(context.records, context.policy, bucket);
    if (!stored) co_return false;
    const Instant now = context.clock.now();
    auto next = with_what_obstructs(stored->record, self, outcome, now);
    if (!next) co_return false;
    const auto written =
        co_await write_record(context.records, context.policy, std::move(*next), std::move(stored), now);
    if (written) co_return true;
  }
  co_return false;  // the next look notes it
}

}  // namespace

Task<Outcome> conclude_and_note(Context context, dr::Function self, Execution execution) {
  Outcome outcome = conclude(context, self, execution);
  if (!execution.record || !dr::may_write(*execution.record)) co_return outcome;
  if (!with_what_obstructs(*execution.record, self, outcome, context.clock.now())) co_return outcome;
  const s3::BucketName bucket = execution.record->source.bucket;
  try {
    const bool noted = co_await note(context, self, bucket, outcome);
    if (noted) ++outcome.writes;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    context.log.warning("what obstructs the function was not noted in the record",
                        {{"bucket", bucket.text()}, {"why", error.what()}});
  }
  co_return outcome;
}

bool is_obstructed(const std::optional<dr::Record>& record, dr::Function function) {
  return record && std::ranges::find(record->obstructions, dr::to_string(function),
                                     &dr::Obstruction::function) != record->obstructions.end();
}

}  // namespace s3dr::functions
