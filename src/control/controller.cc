#include "control/controller.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/task_group.h"
#include "base/version.h"
#include "control/full_sweep.h"
#include "control/own_buckets.h"
#include "dr/messages/event.h"
#include "dr/observed.h"
#include "functions/destination_bucket_check.h"
#include "functions/enable_replication.h"
#include "functions/heartbeat_store.h"
#include "functions/replication_edits.h"
#include "functions/source_bucket_check.h"

namespace s3dr::control {
namespace {

using Function = Task<functions::Outcome> (*)(functions::Context, dr::Message);

// If one part ends with an error, the others end too. Otherwise a half dead controller would look alive.
Task<> critical(TaskGroup& group, Task<> part) {
  std::exception_ptr failure;
  try {
    co_await std::move(part);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure && !is_cancellation(failure)) group.cancel();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

struct Controller::State {
  State(boost::asio::any_io_executor executor, dr::Policy policy, ControllerPorts ports,
        ControllerOptions options)
      : executor(executor),
        policy(dr::with_default_buckets(std::move(policy))),
        ports(ports),
        options(std::move(options)),
        enable(executor, "enable_replication", this->options.queue, work(&functions::enable_replication),
               ports.clock, ports.random, ports.log),
        destination(executor, "destination_bucket_check", this->options.queue,
                    work(&functions::destination_bucket_check), ports.clock, ports.random, ports.log),
        source(executor, "source_bucket_check", this->options.queue, work(&functions::source_bucket_check),
               ports.clock, ports.random, ports.log),
        verification(executor, context(), ports.source_objects, ports.replica_objects,
                     this->options.verification) {}

  functions::Context context() {
    return {ports.source, ports.destination, ports.records, ports.jobs, destination,
            enable,       ports.clock,       ports.random,  ports.log,  policy};
  }

  WorkQueue::Work work(Function function) {
    return [this, function](dr::Message message) { return run_function(function, std::move(message)); };
  }

  Task<functions::Outcome> run_function(Function function, dr::Message message) {
    functions::Outcome outcome = co_await function(context(), std::move(message));
    if (!outcome.bucket.empty()) verification.note(outcome.bucket, outcome.state);
    co_return outcome;
  }

  // Raises what may pass, so that the event is delivered again.
  Task<> note(s3::BucketName bucket, dr::ReplicationEdit edit) {
    try {
      co_await functions::note_edit(context(), bucket, std::move(edit));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled || dr::is_transient(error.kind())) throw;
      std::vector<LogField> fields = functions::fields_of(dr::condition_of(error.kind()));
      fields.insert(fields.begin(), {"bucket", bucket.text()});
      fields.push_back({"why", error.what()});
      ports.log.warning("an edit of the rules was not noted", fields);
    }
  }

  Task<> prepare() {
    while (true) {
      try {
        co_await ensure_own_buckets(ports.source, ports.destination, policy);
        prepared = true;
        break;
      } catch (const Error& error) {
        // Retried also without rights: they may be granted while we wait (serve has checked them before). Not
        // retried if a bucket is in another region: that does not change.
        if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::invalid) throw;
        ports.log.warning("our own buckets are not ready yet", {{"why", error.what()}});
        not_prepared = error.what();
      }
      co_await ports.clock.sleep(options.prepare_retry);
    }
  }

  // The heartbeat tells others; a copy is kept for /readyz, because a dead destination takes no document.
  Task<> beat(functions::SweepCount walked, bool is_over, bool complete) {
    dr::SweepRound round = functions::round_of(policy, walked);
    round.complete = complete;
    round.program = "s3dr serve";
    round.is_over = is_over;
    round.version = program_version;
    round.at = ports.clock.now();
    round.interval = options.sweep_interval;
    try {
      heartbeat = co_await functions::write_round(ports.records, policy, round);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      ports.log.warning("the heartbeat was not written", {{"why", error.what()}});
      round.destination = dr::contact_of(error);
      heartbeat = dr::after_round(heartbeat, round);
    }
  }

  Pulse pulse() {
    return {options.sweep_interval,
            [this](const functions::SweepCount& walked) { return beat(walked, false, false); }};
  }

  Task<> sweep_forever() {
    while (true) {
      const SweepResult result = co_await full_sweep(context(), source, pulse());
      if (result.complete) swept = true;
      co_await beat(result.count, true, result.complete);
      ports.log.debug("sweep", {{"seen", std::to_string(result.count.buckets_seen)},
                                {"tagged", std::to_string(result.count.tagged)},
                                {"recorded", std::to_string(result.count.recorded)},
                                {"complete", result.complete ? "yes" : "no"}});
      // An incomplete sweep is repeated soon, because it may have missed buckets.
      co_await ports.clock.sleep(result.complete ? options.sweep_interval
                                                 : std::min(options.sweep_interval, options.prepare_retry));
    }
  }

  Task<> work_until_cancelled(TaskGroup& group) {
    co_await prepare();
    group.spawn(critical(group, enable.run()));
    group.spawn(critical(group, destination.run()));
    group.spawn(critical(group, source.run()));
    group.spawn(critical(group, verification.run()));
    group.spawn(critical(group, sweep_forever()));
    co_await group.wait();
  }

  boost::asio::any_io_executor executor;
  dr::Policy policy;
  ControllerPorts ports;
  ControllerOptions options;
  WorkQueue enable, destination, source;
  VerificationRuns verification;
  std::optional<dr::Heartbeat> heartbeat;
  std::string not_prepared;  // why our own buckets are not there yet
  bool prepared = false, swept = false;
};

Controller::Controller(boost::asio::any_io_executor executor, dr::Policy policy, ControllerPorts ports,
                       ControllerOptions options)
    : state_(std::make_unique<State>(std::move(executor), std::move(policy), ports, std::move(options))) {}

Controller::~Controller() = default;

Task<> Controller::run() {
  TaskGroup group(state_->executor);
  TaskGroup* tasks = &group;
  co_await with_clean_up(state_->work_until_cancelled(group), [tasks] { return tasks->cancel_and_join(); });
}

Task<std::size_t> Controller::take_event(std::string envelope) {
  const dr::EventHint hint = dr::read_event(envelope);
  if (hint.buckets.empty()) {
    state_->ports.log.debug("event ignored", {{"event", hint.event_name}, {"why", hint.ignored_because}});
  }
  std::size_t queued = 0;
  for (const s3::BucketName& bucket : hint.buckets) {
    if (dr::is_own_bucket(state_->policy, bucket)) continue;
    const std::string correlation = state_->ports.random.hex(16);
    state_->ports.log.debug("event", {{"event", hint.event_name},
                                      {"bucket", bucket.text()},
                                      {"event_id", hint.id},
                                      {"correlation_id", correlation}});
    // What happens in the destination region happens to a replica, or to nobody we know.
    const bool of_replica = hint.region == state_->policy.destination_region.text();
    const dr::MessageKind kind = of_replica ? dr::MessageKind::replica : dr::MessageKind::look;
    WorkQueue& queue = of_replica ? state_->destination : state_->source;
    co_await queue.publish(dr::to_json(dr::message_for(state_->policy, kind, bucket, correlation)));
    // Before the event is answered: nobody else has the document.
    if (hint.edit && dr::concerns_source(hint, state_->policy.source_region))
      co_await state_->note(bucket, *hint.edit);
    ++queued;
  }
  co_return queued;
}

std::string Controller::why_not_ready() const {
  if (!state_->prepared) {
    return "the control and the reports bucket are not ready" +
           (state_->not_prepared.empty() ? "" : ": " + state_->not_prepared);
  }
  std::string why;
  if (state_->heartbeat) {
    const Instant now = state_->ports.clock.now();
    if (dr::is_stale(*state_->heartbeat, now))
      why = "no sign of life of the sweep since " + dr::clock_text(state_->heartbeat->at, now);
    for (const dr::RegionContact* contact : {&state_->heartbeat->source, &state_->heartbeat->destination}) {
      const std::string failure = dr::failure_text(*contact, now);
      if (!failure.empty()) why += (why.empty() ? "" : "; ") + failure;
    }
  }
  if (why.empty() && !state_->swept) return "the first sweep is not complete";
  if (why.empty() && state_->heartbeat && dr::is_incomplete(*state_->heartbeat, state_->ports.clock.now()))
    return dr::incomplete_text(*state_->heartbeat, state_->ports.clock.now());
  return why;
}

const std::optional<dr::Heartbeat>& Controller::heartbeat() const {
  return state_->heartbeat;
}

bool Controller::idle() const {
  return state_->source.idle() && state_->destination.idle() && state_->enable.idle();
}

const WorkQueue& Controller::source_queue() const {
  return state_->source;
}
const WorkQueue& Controller::destination_queue() const {
  return state_->destination;
}
const WorkQueue& Controller::enable_queue() const {
  return state_->enable;
}

}  // namespace s3dr::control
