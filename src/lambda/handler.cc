#include "lambda/handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/deadline.h"
#include "base/task_group.h"
#include "base/utf8.h"
#include "base/version.h"
#include "dr/job_queue.h"
#include "dr/observed.h"
#include "functions/destination_bucket_check.h"
#include "functions/enable_replication.h"
#include "functions/heartbeat_store.h"
#include "functions/job_walk.h"
#include "functions/replication_edits.h"
#include "functions/source_bucket_check.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;
using functions::Outcome;
using Kind = Outcome::Kind;

constexpr std::size_t error_bytes_max = 8 * 1024;

Task<Outcome> call(dr::Function function, functions::Context context, dr::Message message) {
  if (function == dr::Function::source_bucket_check)
    return functions::source_bucket_check(context, std::move(message));
  if (function == dr::Function::destination_bucket_check)
    return functions::destination_bucket_check(context, std::move(message));
  return functions::enable_replication(context, std::move(message));
}

Outcome failed(ErrorKind kind, std::string why) {
  Outcome outcome;
  outcome.kind = Kind::look_again;
  outcome.error = kind;
  outcome.why = std::move(why);
  return outcome;
}

}  // namespace

struct Handler::Run {
  dr::Message message;
  std::optional<Outcome> outcome;  // the last one
  functions::Pace pace;
  milliseconds due{0};
  bool over = false;
};

Handler::Handler(dr::Function function, std::vector<functions::Context> contexts, EventBus& bus, JsonLog& log,
                 HandlerOptions options)
    : function_(function),
      contexts_(std::move(contexts)),
      clock_(contexts_.front().clock),
      bus_(bus),
      log_(log),
      options_(options) {}

functions::Context& Handler::context_of(const dr::Message& message) {
  const auto found = std::ranges::find_if(contexts_, [&](const functions::Context& context) {
    return context.policy.protection_name == message.protection;
  });
  S3DR_CHECK(found != contexts_.end());  // read_input makes messages of these protections alone
  return *found;
}

dr::Protections Handler::protections() const {
  dr::Protections result;
  for (const functions::Context& context : contexts_) result.push_back(context.policy);
  return result;
}

std::vector<functions::Context> Handler::places() const {
  std::vector<functions::Context> result;
  for (const std::size_t first : dr::first_of_each_place(protections())) result.push_back(contexts_[first]);
  return result;
}

std::vector<LogField> Handler::about(const Run& run, std::vector<LogField> fields) {
  const std::string& protection = run.message.protection;
  if (protection != dr::default_protection_name) fields.insert(fields.begin(), {"protection", protection});
  fields.insert(fields.begin(), {"bucket", bucket_of(*run.outcome, run.message.bucket).text()});
  return fields;
}

Task<Reply> Handler::handle(Invocation invocation) {
  log_.set_request_id(invocation.request_id);
  milliseconds time = options_.time_otherwise;
  if (invocation.deadline) time = *invocation.deadline - clock_.now();
  const milliseconds until = clock_.uptime() + time - options_.reserve;
  Reply reply = co_await answer(std::move(invocation), until);
  if (reply.failure)
    log_.error("the invocation failed", {{"error", reply.failure->type}, {"why", reply.failure->message}});
  co_return reply;
}

Task<Reply> Handler::answer(Invocation invocation, milliseconds until) {
  Input input = read_input(function_, protections(), invocation.event, invocation.request_id);
  if (!invocation.unreadable.empty()) input.refused = {"the event is " + invocation.unreadable};
  const LogField event{"event_id", input.event_id}, call{"call", input.call};
  for (const std::string& why : input.refused) log_.error("refused", {{"why", why}, event});
  for (const std::string& why : input.ignored) log_.info("ignored", {{"why", why}, event, call});
  std::vector<Run> runs;
  for (const dr::Message& message : input.messages) {
    Run run;
    run.message = message;
    run.due = clock_.uptime();
    runs.push_back(std::move(run));
  }
  std::optional<Error> not_noted;
  if (input.edit) not_noted = co_await note_edit(input.messages.front(), *input.edit, until);
  co_await run_all(runs, until);
  Reply reply = conclude(input, runs);
  // Lambda delivers it again. Nobody else has the document.
  if (not_noted && dr::is_transient(not_noted->kind())) reply.failure = function_error(*not_noted);
  const bool is_due = !input.scheduled || sweep_is_due(*input.scheduled, options_.sweep_interval);
  if (input.sweep && is_due) co_await sweep(*input.sweep, until, reply);
  if (input.sweep && !is_due) co_await look_at_jobs(until, reply);
  co_return reply;
}

// The failure, if it was not noted in one of the records: each place has one of its own.
Task<std::optional<Error>> Handler::note_edit(dr::Message message, dr::ReplicationEdit edit,
                                              milliseconds until) {
  std::optional<Error> first;
  for (const functions::Context& place : places()) {
    std::optional<Error> failure;
    try {
      const milliseconds limit = until - clock_.uptime();
      Error out_of_time(ErrorKind::unavailable, "the time of the invocation was over");
      co_await with_deadline(clock_, limit, functions::note_edit(place, message.bucket, edit), out_of_time);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      failure = error;
    }
    if (!failure) continue;
    log_.error("an edit of the rules was not noted",
               {{"bucket", message.bucket.text()}, {"why", failure->what()}});
    tell(*failure, {{"bucket", message.bucket.text()}});
    // One that passes is worth another delivery.
    if (!first || dr::is_transient(failure->kind())) first = failure;
  }
  co_return first;
}

// One bucket and protection at a time, the one that is due first. While one waits, the others are handled. So two
// protections of a bucket never write its replication rules at the same time here.
Task<> Handler::run_all(std::vector<Run>& runs, milliseconds until) {
  milliseconds waited{0};
  while (true) {
    Run* next = nullptr;
    for (Run& run : runs) {
      if (!run.over && (next == nullptr || run.due < next->due)) next = &run;
    }
    if (next == nullptr) co_return;
    const milliseconds now = clock_.uptime();
    const milliseconds wait = std::max(next->due - now, milliseconds(0));
    if (now + wait + options_.run_min > until || wait > options_.wait_max ||
        waited + wait > options_.waits_max) {
      if (!next->outcome)
        next->outcome = failed(ErrorKind::unavailable, "there was no time left to look at it");
      next->over = true;
      continue;
    }
    if (wait.count() > 0) co_await clock_.sleep(wait);
    waited += wait;
    // A destination that does not answer must not take the time of the others.
    const auto not_run = std::ranges::count_if(runs, [](const Run& run) { return !run.outcome; });
    const milliseconds share = (until - clock_.uptime()) / std::max<std::int64_t>(not_run, 1);
    co_await run_once(*next, std::max(share, options_.run_min));
  }
}

Task<> Handler::run_once(Run& run, milliseconds limit) {
  const functions::Context& context = context_of(run.message);
  try {
    Error out_of_time(ErrorKind::unavailable, "the time of the invocation was over");
    run.outcome = co_await with_deadline(clock_, limit, call(function_, context, run.message), out_of_time);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    run.outcome = failed(error.kind(), error.what());
  } catch (const std::exception& failure) {
    if (is_cancellation(std::current_exception())) throw;
    run.outcome = failed(ErrorKind::unavailable, failure.what());
  }
  const Outcome& outcome = *run.outcome;
  const std::vector<LogField> fields = about(run, {{"correlation_id", run.message.correlation_id},
                                                   {"outcome", std::string(to_string(outcome.kind))},
                                                   {"state", std::string(dr::to_string(outcome.state))},
                                                   {"writes", std::to_string(outcome.writes)},
                                                   {"published", std::to_string(outcome.published)},
                                                   {"why", outcome.why}});
  const bool bad = outcome.kind == Kind::blocked || outcome.error;
  log_.write(bad ? LogLevel::warning : LogLevel::info, "looked", fields);
  const bool for_a_job = outcome.kind == Kind::look_again && !outcome.error;
  if (for_a_job && !context.policy.store.jobs_end_at_once) {
    run.over = true;  // thousands of backfills would keep as many functions awake
  } else if (outcome.kind == Kind::look_again) {
    run.due = clock_.uptime() + run.pace.wait_after(outcome, options_.pace, context.random);
  } else {
    run.over = true;
  }
}

// Whatever a person has to act upon is a metric and a line with the fields `condition` and `reason`, once an invocation.
void Handler::tell(const Run& run) {
  const auto condition = functions::condition_of(*run.outcome);
  if (!condition) return;
  std::vector<LogField> fields = about(run, {{"correlation_id", run.message.correlation_id},
                                             {"state", std::string(dr::to_string(run.outcome->state))},
                                             {"why", run.outcome->why}});
  fields.insert(fields.begin(), {"reason", condition->reason});
  fields.insert(fields.begin(), {"condition", std::string(to_string(condition->type))});
  log_.count(blocked_metric, "blocked", fields);
}

// What went wrong outside of a look, if it does not pass by itself.
void Handler::tell(const Error& failure, std::vector<LogField> fields) {
  const auto condition = functions::condition_of(failure.kind());
  if (!condition) return;
  const std::vector<LogField> words = functions::fields_of(*condition);
  fields.insert(fields.begin(), words.begin(), words.end());
  fields.push_back({"why", failure.what()});
  log_.count(blocked_metric, "blocked", fields);
}

Reply Handler::conclude(const Input& input, const std::vector<Run>& runs) {
  json::array handled;
  std::string failures;
  std::optional<ErrorKind> kind;
  for (const Run& run : runs) {
    const Outcome& outcome = *run.outcome;
    tell(run);
    const std::string& bucket = bucket_of(outcome, run.message.bucket).text();
    json::object told{{"bucket", bucket},
                      {"outcome", to_string(outcome.kind)},
                      {"state", dr::to_string(outcome.state)},
                      {"writes", outcome.writes},
                      {"published", outcome.published},
                      {"why", outcome.why}};
    if (run.message.protection != dr::default_protection_name) told["protection"] = run.message.protection;
    handled.push_back(std::move(told));
    if (outcome.kind != Kind::look_again || !outcome.error) continue;
    kind = outcome.error;
    failures += (failures.empty() ? "" : "; ") + bucket + ": " + outcome.why;
  }
  Reply reply;
  if (kind) reply.failure = function_error(*kind, cut_text(failures, error_bytes_max));
  reply.result = json::serialize(json::object{{"function", dr::to_string(function_)},
                                              {"handled", std::move(handled)},
                                              {"ignored", json::value_from(input.ignored)},
                                              {"refused", json::value_from(input.refused)}});
  return reply;
}

Task<> Handler::beat(functions::Context place, functions::SweepCount walked, StretchEnd end,
                     milliseconds until) {
  dr::SweepRound round = functions::round_of(place.policy, walked);
  round.program = dr::to_string(function_);
  round.version = program_version;
  round.at = clock_.now();
  round.interval = options_.sweep_interval;
  round.is_over = end.is_over;
  round.complete = !end.incomplete;
  try {
    const milliseconds left = until - clock_.uptime();
    Error out_of_time(ErrorKind::unavailable, "the time of the invocation was over");
    co_await with_deadline(
        clock_, left, functions::write_round(place.records, place.policy, std::move(round)), out_of_time);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    log_.error("the heartbeat was not written",
               {{"control_bucket", place.policy.control_bucket.text()}, {"why", error.what()}});
  }
}

// Which protection of the place a bucket belongs to, its tags say. The other ones find nothing to do.
Task<std::size_t> Handler::tell_of_jobs_at(functions::Context place) {
  const functions::StoredQueue stored = co_await functions::read_job_queue(place.records, place.policy);
  const auto buckets = dr::to_look_at(stored.queue, clock_.now());
  const dr::Place destination = dr::destination_of(place.policy);
  for (const s3::BucketName& bucket : buckets) {
    for (functions::Context& context : contexts_) {
      if (dr::destination_of(context.policy) != destination) continue;
      std::string correlation = context.random.hex(16);
      std::string text = dr::to_json(
          dr::message_for(context.policy, dr::MessageKind::ensure, bucket, std::move(correlation)));
      co_await context.to_enable_replication.publish(std::move(text));
    }
  }
  co_return buckets.size();
}

// All places; then the first failure is raised.
Task<std::size_t> Handler::tell_of_jobs() {
  std::size_t told = 0;
  std::optional<Error> failure;
  for (functions::Context place : places()) {
    try {
      told += co_await tell_of_jobs_at(place);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      if (!failure) failure = error;
    }
  }
  if (failure) throw Error(*failure);
  co_return told;
}

Task<> Handler::look_at_jobs(milliseconds until, Reply& reply) {
  std::optional<Error> failure;
  std::size_t told = 0;
  try {
    Error out_of_time(ErrorKind::unavailable, "the time of the invocation was over");
    told = co_await with_deadline(clock_, until - clock_.uptime(), tell_of_jobs(), out_of_time);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error;
  }
  if (failure) {
    log_.error("the jobs were not looked at", {{"why", failure->what()}});
    tell(*failure);
    if (dr::is_transient(failure->kind())) reply.failure = function_error(*failure);
  } else if (told > 0) {
    log_.info("jobs that run or wait are looked at", {{"buckets", std::to_string(told)}});
  }
  reply.result = json::serialize(
      json::object{{"function", dr::to_string(function_)}, {"jobs", told}, {"complete", !failure}});
}

void Handler::log_sweep(const StretchResult& result, const std::string& stretch,
                        const std::optional<Error>& failure) {
  const std::vector<functions::Context> all = places();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const functions::SweepCount count = i < result.counts.size() ? result.counts[i] : functions::SweepCount();
    std::vector<LogField> fields = {{"stretch", stretch},
                                    {"buckets_seen", std::to_string(count.buckets_seen)},
                                    {"tagged", std::to_string(count.tagged)},
                                    {"recorded", std::to_string(count.recorded)},
                                    {"failed", std::to_string(count.failed)},
                                    {"published", std::to_string(result.published)},
                                    {"goes_on", result.goes_on ? "yes" : "no"}};
    if (all.size() > 1) fields.push_back({"control_bucket", all[i].policy.control_bucket.text()});
    if (failure) fields.push_back({"why", failure->what()});
    log_.write(failure ? LogLevel::error : LogLevel::info, "sweep", fields);
  }
}

Task<> Handler::sweep(SweepStretch stretch, milliseconds until, Reply& reply) {
  std::optional<Error> failure;
  StretchResult result;
  const std::string number = std::to_string(stretch.number);
  const milliseconds left = until - clock_.uptime();
  // A fifth of the time is reserved for the bus and for a slow observation.
  const milliseconds walk_until = until - std::max(left / 5, options_.reserve);
  try {
    Error out_of_time(ErrorKind::unavailable, "the time of the invocation was over");
    result = co_await with_deadline(
        clock_, left, sweep_stretch(contexts_, bus_, std::move(stretch), walk_until), out_of_time);
    const std::vector<functions::Context> all = places();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const StretchEnd end{!result.goes_on, result.is_incomplete(i)};
      co_await beat(all[i], result.counts[i], end, until);
    }
    if (const auto ended = result.ended())
      failure = Error(*ended, "the sweep is incomplete: a listing failed");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error;
  }
  log_sweep(result, number, failure);
  if (failure) {
    tell(*failure);
    // A failure that does not pass by itself needs a person. The next sweep reports it again. After a stretch that goes
    // on, Lambda's retry would start a second chain: the next sweep lists again.
    if (dr::is_transient(failure->kind()) && !result.goes_on) reply.failure = function_error(*failure);
  }
  const std::int64_t seen =
      result.counts.empty() ? 0 : static_cast<std::int64_t>(result.counts.front().buckets_seen);
  reply.result = json::serialize(json::object{{"function", dr::to_string(function_)},
                                              {"buckets_seen", seen},
                                              {"published", result.published},
                                              {"goes_on", result.goes_on.has_value()},
                                              {"complete", !failure}});
}

}  // namespace s3dr::lambda
