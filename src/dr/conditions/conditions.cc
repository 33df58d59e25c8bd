#include "dr/conditions/conditions.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "dr/conditions/condition_rows.h"

namespace s3dr::dr {
namespace {

// What stands by itself, whatever else does not hold.
bool is_fact_of_its_own(const Condition& condition) {
  static constexpr std::string_view own[] = {reason::replica_lost,      reason::given_up,
                                             reason::differences_found, reason::source_recreated,
                                             reason::not_supported,     reason::source_gone};
  switch (condition.type) {
    case ConditionType::reachable:
    case ConditionType::permitted:
    case ConditionType::conflict:
    case ConditionType::suspicious:
    case ConditionType::rules_lost:
    case ConditionType::settings_in_sync:
      return condition.reason != reason::not_observed;
    default:
      break;
  }
  return std::ranges::find(own, condition.reason) != std::end(own);
}

// What is not known because something else is the matter, and what waits for something else, is not told twice.
void set_what_follows(std::vector<Condition>& conditions) {
  const bool is_explained = std::ranges::any_of(conditions, [](const Condition& one) {
    return one.type != ConditionType::protected_ && !one.healthy() && one.reason != reason::not_observed;
  });
  bool earlier = false;
  for (Condition& one : conditions) {
    one.follows = false;
    if (one.type == ConditionType::protected_ || one.healthy()) continue;
    const bool is_only_unknown = one.reason == reason::not_observed && is_explained;
    one.follows = !is_fact_of_its_own(one) && (earlier || is_only_unknown);
    earlier = earlier || !is_only_unknown;
  }
}

void conclude_protected(std::vector<Condition>& conditions, Truth status) {
  Condition& summary = conditions.front();
  summary.status = status;
  if (status == Truth::yes) {
    const Condition& proof = find_condition(conditions, ConditionType::verified);
    summary.reason = proof.reason;
    summary.message = proof.message;
    return;
  }
  summary.reason = "UnderWay";
  summary.message = "the next step is under way";
  // The last three types say that something is wrong with a bucket that may well be protected.
  for (const Condition& one : causes(conditions)) {
    if (one.type == ConditionType::protected_ || one.type >= ConditionType::suspicious) continue;
    summary.reason = one.reason;
    summary.message = one.message;
    return;
  }
}

Truth protected_status(State state) {
  if (state == State::protected_) return Truth::yes;
  return state == State::unknown ? Truth::unknown : Truth::no;
}

std::vector<Condition> conclude_all(const ConditionView& view, Truth summary) {
  std::vector<Condition> conditions;
  for (const ConditionRow& row : condition_rows()) {
    Condition& condition = conditions.emplace_back();
    condition.type = row.words.type;
    if (row.conclude == nullptr) continue;
    Conclusion conclusion = row.conclude(view);
    condition.status = conclusion.status;
    condition.reason = conclusion.reason;
    condition.message = std::move(conclusion.message);
  }
  conditions.front().status = summary;
  set_what_follows(conditions);
  conclude_protected(conditions, summary);
  if (view.record == nullptr) return conditions;
  for (Condition& condition : conditions) {
    const auto mark =
        std::ranges::find(view.record->conditions, to_string(condition.type), &ConditionMark::type);
    const bool is_marked = mark != view.record->conditions.end() && mark->status == condition.status;
    if (is_marked) condition.since = mark->since;
  }
  return conditions;
}

}  // namespace

std::vector<ConditionWords> condition_table() {
  std::vector<ConditionWords> table;
  for (const ConditionRow& row : condition_rows()) table.push_back(row.words);
  return table;
}

const ConditionWords& words_of(ConditionType type) {
  return condition_rows()[static_cast<std::size_t>(type)].words;
}

std::string_view to_string(ConditionType type) {
  return words_of(type).name;
}

bool Condition::healthy() const {
  return status == words_of(type).healthy;
}

std::vector<Condition> conditions_of(const Record& record) {
  ConditionView view;
  view.record = &record;
  view.state = record.state;
  view.source = record.source.bucket.text();
  view.replica = record.replica.bucket.text();
  if (!is_verified(record)) return conclude_all(view, Truth::no);
  return conclude_all(view, may_write(record) ? Truth::yes : Truth::unknown);
}

std::vector<Condition> conditions_of(const Policy& policy, const ObservedPair& seen, const Plan& plan) {
  ConditionView view{
      &policy, &seen, &plan, seen.record.get(), plan.state, seen.bucket.text(), seen.replica_bucket.text()};
  const bool is_of_newer = view.record != nullptr && !may_write(*view.record);
  const Truth summary = protected_status(plan.state);
  return conclude_all(view, is_of_newer && summary == Truth::yes ? Truth::unknown : summary);
}

const Condition& find_condition(const std::vector<Condition>& conditions, ConditionType type) {
  const auto index = static_cast<std::size_t>(type);
  S3DR_CHECK(index < conditions.size() && conditions[index].type == type);
  return conditions[index];
}

std::vector<Condition> with_condition(std::vector<Condition> conditions, Condition condition) {
  const auto index = static_cast<std::size_t>(condition.type);
  S3DR_CHECK(index < conditions.size());
  Truth summary = conditions.front().status;
  if (summary == Truth::yes && !condition.healthy() && condition.type < ConditionType::suspicious) {
    const bool is_known = condition.status != Truth::unknown && condition.type != ConditionType::reachable;
    summary = is_known ? Truth::no : Truth::unknown;
    conditions.front().since.reset();
  }
  conditions[index] = std::move(condition);
  set_what_follows(conditions);
  conclude_protected(conditions, summary);
  return conditions;
}

std::vector<Condition> causes(const std::vector<Condition>& conditions) {
  std::vector<Condition> result;
  for (const Condition& one : conditions) {
    if (one.type != ConditionType::protected_ && !one.healthy() && !one.follows) result.push_back(one);
  }
  const Condition& summary = conditions.front();
  const bool is_explained = std::ranges::any_of(result, [&](const Condition& one) {
    const bool is_definite = one.reason != reason::not_observed || summary.status == Truth::unknown;
    return one.type < ConditionType::suspicious && is_definite;
  });
  if (!summary.healthy() && !is_explained) result.insert(result.begin(), summary);
  return result;
}

std::optional<Condition> for_a_person(const std::vector<Condition>& conditions) {
  static constexpr std::string_view ended_by_a_person[] = {reason::replica_lost, reason::given_up,
                                                           reason::source_gone, reason::source_recreated,
                                                           reason::not_supported};
  for (const Condition& one : conditions) {
    if (one.type == ConditionType::protected_ || one.healthy()) continue;
    const bool is_conflict = one.type == ConditionType::conflict && one.status == Truth::yes;
    if (is_conflict || std::ranges::find(ended_by_a_person, one.reason) != std::end(ended_by_a_person))
      return one;
  }
  return std::nullopt;
}

ConditionWord condition_of(std::optional<ErrorKind> kind) {
  switch (kind.value_or(ErrorKind::cancelled)) {
    case ErrorKind::denied:
    case ErrorKind::invalid:
    case ErrorKind::unsupported:
      return {ConditionType::permitted, std::string(reason_of(*kind))};
    case ErrorKind::corrupt:
      return {ConditionType::reachable, std::string(reason_of(*kind))};
    default:
      return {ConditionType::protected_, std::string(reason::blocked)};
  }
}

Record with_obstruction(Record record, std::string_view function, std::string_view reason, std::string why,
                        Instant now) {
  why = cut_text(why, obstruction_bytes_max);
  const auto stored = std::ranges::find(record.obstructions, function, &Obstruction::function);
  if (reason.empty()) {
    if (stored == record.obstructions.end()) return record;
    record.obstructions.erase(stored);
  } else if (stored == record.obstructions.end()) {
    if (record.obstructions.size() == obstructions_max) return record;
    record.obstructions.push_back({std::string(function), std::string(reason), std::move(why), now, {}});
  } else {
    if (stored->reason == reason && stored->why == why) return record;
    if (stored->reason != reason) stored->since = now;
    stored->reason = reason;
    stored->why = std::move(why);
  }
  record.changed = now;
  return record;
}

Record with_condition_marks(const Record* before, Record next, Instant now) {
  std::vector<Condition> was;
  if (before != nullptr) was = conditions_of(*before);
  std::vector<ConditionMark> marks;
  for (const Condition& is : conditions_of(next)) {
    if (!words_of(is.type).of_record) continue;
    const auto stored = std::ranges::find(next.conditions, to_string(is.type), &ConditionMark::type);
    ConditionMark mark = stored == next.conditions.end() ? ConditionMark{} : *stored;
    const bool has_changed = before == nullptr || find_condition(was, is.type).status != is.status;
    // A program that knows no marks wrote in between: nobody noted when it changed.
    const bool is_stale = stored == next.conditions.end() || stored->status != is.status;
    if (has_changed) mark.since = now;
    if (!has_changed && is_stale) mark.since.reset();
    mark.type = to_string(is.type);
    mark.status = is.status;
    marks.push_back(std::move(mark));
  }
  // Marks of a newer program's types stay.
  const std::vector<ConditionWords> table = condition_table();
  for (ConditionMark& other : next.conditions) {
    const bool is_known = std::ranges::find(table, other.type, &ConditionWords::name) != table.end();
    if (!is_known && marks.size() < condition_marks_max) marks.push_back(std::move(other));
  }
  next.conditions = std::move(marks);
  return next;
}

}  // namespace s3dr::dr
