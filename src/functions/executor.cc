#include "functions/executor.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "dr/conditions/conditions.h"
#include "dr/replication_rule.h"
#include "functions/observe.h"
#include "functions/observe_settings.h"
#include "functions/record_store.h"
#include "functions/replication_edits.h"

namespace s3dr::functions {
namespace {

// A whole protection from nothing takes under ten steps.
constexpr int steps_max = 40;
constexpr int races_max = 8;

std::vector<LogField> fields_of(const dr::Message& message, dr::Function self) {
  return {{"bucket", message.bucket.text()},
          {"function", std::string(dr::to_string(self))},
          {"correlation_id", message.correlation_id}};
}

// S3 answers so for seconds after versioning was enabled on either side (docs/protocol.md, Replication
// semantics).
bool is_not_yet_visible(const Error& error) {
  return error.code() == "InvalidRequest" && error.message().find("ersioning") != std::string::npos;
}

Outcome look_again(const Context& context, Outcome so_far, std::string why) {
  so_far.kind = Outcome::Kind::look_again;
  so_far.after = context.policy.look_again;
  so_far.why = std::move(why);
  return so_far;
}

Task<> tag_replica(Context context, dr::Action action) {
  bool unsupported = false;
  try {
    co_await context.destination.tag_resource(action.bucket, action.tags);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
    unsupported = true;
  }
  if (unsupported) co_await context.destination.put_bucket_tagging(action.bucket, action.tags_merged);
}

// Replaces the record that was seen. False: another writer was faster.
Task<bool> swap_record(Context context, dr::ObservedPair& seen, dr::Record next) {
  std::optional<StoredRecord> before;
  if (seen.record.has_value()) before = StoredRecord{seen.record.value(), seen.record_etag};
  auto written = co_await write_record(context.records, context.policy, std::move(next), std::move(before),
                                       context.clock.now());
  if (!written) co_return false;
  seen.record = dr::Observed<dr::Record>::of(std::move(written->record), context.clock.now());
  seen.record_etag = std::move(written->etag);
  co_return true;
}

// The record as it is now, with its side and epoch. A pause goes on without it: it needs the source alone.
Task<bool> is_record_unchanged(Context context, dr::ObservedPair& seen) {
  if (!seen.record.is_known()) co_return true;
  const auto stored = co_await read_record(context.records, context.policy, seen.bucket);
  co_return stored ? seen.record.has_value() && stored->etag == seen.record_etag : seen.record.is_absent();
}

// The last look before a PUT of a document that also holds settings of others: the replication configuration,
// the replica's bucket policy. Nothing but this look keeps a writer that was paused for long from writing what an
// older record wants. False: something has changed since, plan again.
Task<bool> still_right(Context context, dr::Function self, dr::Action action, dr::ObservedPair& seen) {
  bool unchanged = false;
  try {
    unchanged = co_await is_record_unchanged(context, seen);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
  }
  if (!unchanged) {
    // A record that is newer than the other observations may not be judged with them.
    seen = co_await observe_pair(context, seen.bucket, self, look_of(seen));
    co_return false;
  }
  if (!action.bucket_policy.empty()) {
    co_await look_at_replica_policy(context, seen);
  } else {
    co_await look_before_put(context, seen);
  }
  const dr::Plan now = dr::plan(context.policy, seen, context.clock.now());
  // It need not come first: what the store has refused in this run is left out (next_action).
  co_return std::ranges::any_of(now.actions, [&](const dr::Action& next) {
    return next.executor == self && next.ready() && next.kind == action.kind &&
           next.configuration == action.configuration && next.bucket_policy == action.bucket_policy;
  });
}

// There is no conditional PUT of a replication configuration: two writers at once are seen only afterwards.
void compare_foreign_rules(Context context, const dr::Message& message, const dr::ObservedPair& seen,
                           const s3::ReplicationConfiguration& written) {
  if (!seen.replication.has_value()) return;
  const auto before = dr::foreign_rules(context.policy, message.bucket, written);
  const auto after = dr::foreign_rules(context.policy, message.bucket, seen.replication.value());
  if (before == after) return;
  context.log.warning("the rules of others differ from what was written: somebody changed them meanwhile",
                      {{"bucket", message.bucket.text()}, {"correlation_id", message.correlation_id}});
}

// A refusal says what has to be allowed when the role is that of others.
Task<> put_configuration(Context context, dr::Action action) {
  std::optional<Error> refused;
  try {
    co_await context.source.put_bucket_replication(action.bucket, *action.configuration);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied || action.advice.empty()) throw;
    refused = error;
  }
  if (!refused) co_return;
  Error told(ErrorKind::denied, action.what + ": " + refused->message() + ". " + action.advice);
  told.with_code(refused->code()).with_status(refused->status()).with_resource(refused->resource());
  throw told;
}

bool may_have_happened(const Error& error) {
  return error.kind() == ErrorKind::outcome_unknown || error.kind() == ErrorKind::unavailable;
}

// What was put is noted even when nobody knows whether it was: what it may have overwritten is noticed by the event.
Task<> put_and_note(Context context, dr::Action action, Instant looked) {
  std::optional<Error> failure;
  try {
    co_await put_configuration(context, action);
  } catch (const Error& error) {
    if (!may_have_happened(error)) throw;
    failure = error;
  }
  co_await note_own_put(
      context, action.bucket,
      dr::own_put(context.policy, action.bucket, *action.configuration, looked, context.clock.now()));
  if (failure) throw Error(*failure);
}

// nullopt: the record is not known.
std::optional<std::int64_t> epoch_of(const dr::ObservedPair& seen) {
  const dr::Record* record = seen.record.get();
  return record != nullptr ? std::optional(record->epoch) : std::nullopt;
}

std::optional<Instant> settings_checked(const dr::ObservedPair& seen) {
  const dr::Record* record = seen.record.get();
  return record != nullptr ? record->settings.checked : std::nullopt;
}

// PUTs of policies and rules carry no condition, so the record is read before and after each one. True: it was written
// for an epoch that is over by now, and what the present record wants is to be written again.
bool is_overtaken(std::optional<std::int64_t> before, const dr::ObservedPair& seen) {
  const auto after = epoch_of(seen);
  return before && after && *before != *after;
}

// A setting that only goes with the replica (dr/premises.h). Before the replica is ours its tags are the mark.
bool is_best_effort(const dr::Action& action, const dr::ObservedPair& seen) {
  const dr::Record* record = seen.record.get();
  return dr::strength_of(action.kind) == dr::Strength::best_effort && record != nullptr &&
         record->claim == dr::Claim::established;
}

// The first one that may be carried out now, but for those that the store has refused.
const dr::Action* next_action(const dr::Plan& plan, dr::Function self, const std::set<std::string>& refused) {
  for (const dr::Action& action : plan.actions) {
    if (action.executor == self && action.ready() && !refused.contains(action.what)) return &action;
  }
  return nullptr;
}

enum class Step { written, world_moved, lost_race, refused };

// One action. After it `seen` is up to date.
Task<Step> carry_out(Context context, dr::Function self, dr::Message message, dr::Action action,
                     dr::ObservedPair& seen) {
  using dr::ActionKind;
  switch (action.kind) {
    case ActionKind::write_record: {
      const auto checked = settings_checked(seen);
      const bool swapped = co_await swap_record(context, seen, *action.record);
      if (swapped) {
        // An event's time may lie ahead of our clock. It is answered by one look.
        if (settings_checked(seen) != checked) seen.settings.asked.reset();
        // With the new record another replica name may be meant, or other observations may be needed.
        seen = co_await observe_after_record(context, std::move(seen), self);
        co_return Step::written;
      }
      seen = co_await observe_pair(context, message.bucket, self, look_of(seen));
      co_return Step::lost_race;
    }
    case ActionKind::enable_source_versioning:
      co_await context.source.put_bucket_versioning(action.bucket, s3::Versioning::enabled);
      break;
    case ActionKind::create_replica_bucket:
      // create_bucket returns false if the bucket exists and is ours. The next observation tells whether it
      // is our replica.
      co_await context.destination.create_bucket(action.bucket, action.tags, action.object_lock);
      break;
    case ActionKind::enable_replica_versioning:
      co_await context.destination.put_bucket_versioning(action.bucket, s3::Versioning::enabled);
      break;
    case ActionKind::tag_replica_bucket:
      co_await tag_replica(context, action);
      break;
    case ActionKind::open_replica_bucket:
    case ActionKind::fence_replica_bucket: {
      const bool right = co_await still_right(context, self, action, seen);
      if (!right) co_return Step::world_moved;
      co_await context.destination.put_bucket_policy(action.bucket, action.bucket_policy);
      break;
    }
    case ActionKind::put_settings: {
      // A writer that was paused for long must not write what an older record wants.
      bool unchanged = false;
      if (action.bucket_policy.empty()) {
        unchanged = co_await is_record_unchanged(context, seen);
      } else {
        unchanged = co_await still_right(context, self, action, seen);
      }
      if (!unchanged) {
        seen = co_await observe_pair(context, message.bucket, self, look_of(seen));
        co_return Step::world_moved;
      }
      const bool any = co_await put_settings(context, action, seen);
      seen = co_await observe_pair(context, message.bucket, self, look_of(seen));
      co_return any ? Step::written : Step::refused;
    }
    case ActionKind::put_rule:
    case ActionKind::disable_rule: {
      const Instant looked = context.clock.now();
      const bool right = co_await still_right(context, self, action, seen);
      if (!right) co_return Step::world_moved;
      co_await put_and_note(context, action, looked);
      seen = co_await observe_pair(context, message.bucket, self, look_of(seen));
      compare_foreign_rules(context, message, seen, *action.configuration);
      co_return Step::written;
    }
    case ActionKind::create_job: {
      std::string job_id = co_await context.jobs.create_job(*action.job);
      dr::Record next = dr::with_job(seen.record.value(), std::move(job_id), context.clock.now());
      const bool swapped = co_await swap_record(context, seen, std::move(next));
      if (swapped) {
        seen = co_await observe_after_record(context, std::move(seen), self);
        co_return Step::written;
      }
      seen = co_await observe_pair(context, message.bucket, self, look_of(seen));
      co_return Step::lost_race;
    }
    case ActionKind::find_out:
    case ActionKind::ask_a_person:
      co_return Step::world_moved;  // never ready
  }
  seen = co_await observe_pair(context, message.bucket, self, look_of(seen));
  co_return Step::written;
}

std::optional<dr::Condition> condition_for_a_person(const Context& context, const dr::ObservedPair& seen,
                                                    const dr::Plan& plan) {
  if (!dr::needs_a_person(plan.state)) return std::nullopt;
  return dr::for_a_person(dr::conditions_of(context.policy, seen, plan));
}

// A refusal of what is of best effort is told, and stops nothing.
Task<Step> carry_out_or_tell(Context context, dr::Function self, dr::Message message, dr::Action action,
                             dr::ObservedPair& seen) {
  std::optional<Error> refusal;
  try {
    co_return co_await carry_out(context, self, message, action, seen);
  } catch (const Error& error) {
    const bool passes = error.kind() == ErrorKind::cancelled || dr::is_transient(error.kind());
    if (passes || !is_best_effort(action, seen)) throw;
    refusal = error;
  }
  auto fields = fields_of(message, self);
  fields.push_back({"why", refusal->what()});
  context.log.warning("refused, the rest goes on: " + action.what, fields);
  co_return Step::refused;
}

Task<> execute_steps(Context context, dr::Function self, dr::Message message, Jobs jobs,
                     Execution& execution) {
  std::set<std::string> done;  // bucket writes of this run
  std::set<std::string> refused;
  int races = 0;
  const Look look{.starts_jobs = jobs == Jobs::start, .settings_asked = message.setting_changed};
  dr::ObservedPair seen = co_await observe_pair(context, message.bucket, self, look);
  for (int step = 0; step < steps_max; ++step) {
    execution.plan = dr::plan(context.policy, seen, context.clock.now());
    execution.outcome.state = execution.plan.state;
    execution.outcome.rules_lost = execution.plan.rules_lost;
    execution.outcome.for_a_person = condition_for_a_person(context, seen, execution.plan);
    execution.record = seen.record.has_value() ? std::optional(seen.record.value()) : std::nullopt;
    execution.unrecorded = seen.record.is_absent();
    const dr::Action* next = next_action(execution.plan, self, refused);
    if (next == nullptr) co_return;
    const dr::Action action = *next;
    // A read may not show new configuration yet. Writing it again would not help.
    if (action.kind != dr::ActionKind::write_record && done.contains(action.what)) {
      execution.outcome =
          look_again(context, execution.outcome, action.what + ": written, but not shown yet");
      execution.ended = true;
      co_return;
    }
    const auto epoch = epoch_of(seen);
    const Step result = co_await carry_out_or_tell(context, self, message, action, seen);
    if (result == Step::refused) refused.insert(action.what);
    if (result == Step::written) {
      ++execution.outcome.writes;
      execution.outcome.did.push_back(action.what);
      done.insert(action.what);
      auto fields = fields_of(message, self);
      fields.push_back({"reason", action.reason});
      context.log.info(action.what, fields);
      if (is_overtaken(epoch, seen)) {
        done.clear();
        context.log.warning("the sides were changed meanwhile: what the record wants now is applied",
                            fields_of(message, self));
      }
    } else if (result == Step::lost_race && ++races >= races_max) {
      break;
    }
  }
  execution.outcome = look_again(context, execution.outcome, "others keep changing the same bucket");
  execution.ended = true;
  co_return;
}

ports::Topic& topic_to(const Context& context, dr::Function to) {
  return to == dr::Function::destination_bucket_check ? context.to_destination_bucket_check
                                                      : context.to_enable_replication;
}

// Why the message is not for us; empty: it is.
std::string why_not_ours(const Context& context, const dr::Message& message) {
  const dr::Policy& policy = context.policy;
  if (message.region != policy.source_region || message.account != policy.source_account) {
    return "the message names a source in " + message.account.text() + "/" + message.region.text() +
           ", which is not ours to protect";
  }
  if (message.protection != policy.protection_name) {
    return "the message names the protection \"" + message.protection + "\", this is \"" +
           policy.protection_name + "\"";
  }
  return "";
}

}  // namespace

Outcome outcome_of(const Context& context, const Error& error, Outcome so_far) {
  const bool again = dr::is_transient(error.kind()) || is_not_yet_visible(error);
  so_far.kind = again ? Outcome::Kind::look_again : Outcome::Kind::blocked;
  so_far.after = again ? context.policy.look_again : milliseconds(0);
  so_far.why = error.what();
  so_far.error = error.kind();
  return so_far;
}

Task<Execution> execute(Context context, dr::Function self, dr::Message message, Jobs jobs) {
  Execution execution;
  execution.outcome.bucket = message.bucket;
  if (std::string why = why_not_ours(context, message); !why.empty()) {
    execution.outcome.kind = Outcome::Kind::blocked;
    execution.outcome.error = ErrorKind::invalid;
    execution.outcome.why = std::move(why);
    execution.ended = true;
    co_return execution;
  }
  try {
    co_await execute_steps(context, self, message, jobs, execution);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    execution.outcome = outcome_of(context, error, execution.outcome);
    execution.ended = true;
  }
  for (const std::string& warning : execution.plan.warnings) {
    context.log.warning(warning, fields_of(message, self));
  }
  if (execution.ended) {
    auto fields = fields_of(message, self);
    fields.push_back({"why", execution.outcome.why});
    context.log.warning(to_string(execution.outcome.kind), fields);
  }
  co_return execution;
}

Outcome conclude(const Context& context, dr::Function self, const Execution& execution) {
  Outcome outcome = execution.outcome;
  if (execution.ended) return outcome;
  if (const dr::Action* blocked = execution.plan.blocked_for(self)) {
    const bool again =
        blocked->waits_its_turn || !blocked->blocked_kind || dr::is_transient(*blocked->blocked_kind);
    outcome.kind = again ? Outcome::Kind::look_again : Outcome::Kind::blocked;
    outcome.after = again ? context.policy.look_again : milliseconds(0);
    outcome.why = blocked->what + ": " + blocked->blocked_by;
    outcome.error = blocked->blocked_kind;
    return outcome;
  }
  if (self == dr::Function::enable_replication && execution.plan.look_again_after) {
    outcome.kind = Outcome::Kind::look_again;
    outcome.after = *execution.plan.look_again_after;
    outcome.why = execution.plan.look_again_why;
    return outcome;
  }
  if (outcome.published == 0 && execution.plan.for_a_person() != nullptr) {
    outcome.kind = Outcome::Kind::blocked;
    outcome.why = execution.plan.for_a_person()->reason;
    return outcome;
  }
  const bool did_something = outcome.writes > 0 || outcome.published > 0;
  outcome.kind = did_something ? Outcome::Kind::done : Outcome::Kind::nothing_to_do;
  return outcome;
}

Task<> hand_on(Context context, Execution& execution, dr::Function to, dr::Message message) {
  message.kind = dr::MessageKind::ensure;
  if (to == dr::Function::enable_replication) message.setting_changed.reset();  // it looks at none
  for (const dr::Action& action : execution.plan.actions) {
    if (action.kind == dr::ActionKind::disable_rule) message.kind = dr::MessageKind::pause;
  }
  try {
    std::string text = dr::to_json(message);
    co_await topic_to(context, to).publish(std::move(text));
    ++execution.outcome.published;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    execution.outcome = outcome_of(context, error, execution.outcome);
    execution.ended = true;
  }
}

}  // namespace s3dr::functions
