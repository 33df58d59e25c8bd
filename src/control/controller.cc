#include "control/controller.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <set>
#include <utility>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/notifier.h"
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

// One destination: its own buckets, whether they are ready, and what its heartbeat says.
struct Place {
  std::vector<std::size_t> protections;  // the first one's ports and policy stand for the place
  std::optional<dr::Heartbeat> heartbeat;
  std::string not_prepared;  // why our own buckets are not there yet
  bool prepared = false;
};

std::vector<Place> places_of(const std::vector<ControlledProtection>& protections) {
  dr::Protections policies;
  for (const ControlledProtection& one : protections) policies.push_back(one.policy);
  std::vector<Place> places;
  for (const std::size_t first : dr::first_of_each_place(policies)) {
    Place& place = places.emplace_back();
    for (std::size_t i = 0; i < policies.size(); ++i) {
      if (dr::destination_of(policies[i]) == dr::destination_of(policies[first]))
        place.protections.push_back(i);
    }
  }
  return places;
}

std::vector<ControlledProtection> with_default_buckets(std::vector<ControlledProtection> protections) {
  S3DR_CHECK(!protections.empty());
  for (ControlledProtection& one : protections) one.policy = dr::with_default_buckets(std::move(one.policy));
  return protections;
}

}  // namespace

struct Controller::State {
  State(boost::asio::any_io_executor executor, std::vector<ControlledProtection> given, ControllerPorts ports,
        ControllerOptions options)
      : executor(executor),
        protections(with_default_buckets(std::move(given))),
        places(places_of(protections)),
        ports(ports),
        options(std::move(options)),
        enable(executor, "enable_replication", this->options.queue, work(&functions::enable_replication),
               ports.clock, ports.random, ports.log),
        destination(executor, "destination_bucket_check", this->options.queue,
                    work(&functions::destination_bucket_check), ports.clock, ports.random, ports.log),
        source(executor, "source_bucket_check", this->options.queue, work(&functions::source_bucket_check),
               ports.clock, ports.random, ports.log),
        verification(executor, verified_protections(), ports.source_objects, this->options.verification),
        place_prepared(executor) {}

  functions::Context context(std::size_t protection) {
    const ControlledProtection& one = protections[protection];
    return {ports.source, one.destination, one.records,  ports.jobs, destination,
            enable,       ports.clock,     ports.random, ports.log,  one.policy};
  }

  std::vector<functions::Context> contexts() {
    std::vector<functions::Context> result;
    for (std::size_t i = 0; i < protections.size(); ++i) result.push_back(context(i));
    return result;
  }

  std::vector<VerifiedProtection> verified_protections() {
    std::vector<VerifiedProtection> result;
    for (std::size_t i = 0; i < protections.size(); ++i)
      result.push_back({context(i), protections[i].replica_objects});
    return result;
  }

  WorkQueue::Work work(Function function) {
    return [this, function](dr::Message message) { return run_function(function, std::move(message)); };
  }

  Place& place_of(std::size_t protection) {
    return *std::ranges::find_if(places, [&](const Place& place) {
      return std::ranges::find(place.protections, protection) != place.protections.end();
    });
  }

  Task<functions::Outcome> run_function(Function function, dr::Message message) {
    const auto is_meant = [&](const ControlledProtection& one) {
      return one.policy.protection_name == message.protection;
    };
    const auto meant = std::ranges::find_if(protections, is_meant);
    functions::Outcome outcome;
    if (meant == protections.end()) {
      outcome.why = "there is no protection \"" + message.protection + "\"";
      co_return outcome;
    }
    const auto protection = static_cast<std::size_t>(meant - protections.begin());
    const Place& place = place_of(protection);
    if (!place.prepared) {
      outcome.kind = functions::Outcome::Kind::look_again;
      outcome.after = options.prepare_retry;
      outcome.why = "our own buckets are not ready yet: " + place.not_prepared;
      co_return outcome;
    }
    outcome = co_await function(context(protection), std::move(message));
    if (!outcome.bucket.empty()) verification.note(outcome.bucket, protection, outcome.state);
    co_return outcome;
  }

  // Raises what may pass, so that the event is delivered again. Each place has a record of its own.
  Task<> note(s3::BucketName bucket, dr::ReplicationEdit edit) {
    for (const Place& place : places) {
      try {
        co_await functions::note_edit(context(place.protections.front()), bucket, edit);
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled || dr::is_transient(error.kind())) throw;
        std::vector<LogField> fields = functions::fields_of(dr::condition_of(error.kind()));
        fields.insert(fields.begin(), {"bucket", bucket.text()});
        fields.push_back({"why", error.what()});
        ports.log.warning("an edit of the rules was not noted", fields);
      }
    }
  }

  Task<> prepare(Place& place) {
    const ControlledProtection& one = protections[place.protections.front()];
    while (true) {
      try {
        co_await ensure_own_buckets(ports.source, one.destination, one.policy);
        break;
      } catch (const Error& error) {
        // Retried also without rights: they may be granted while we wait (serve has checked them before). Not
        // retried if a bucket is in another region: that does not change.
        if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::invalid) throw;
        ports.log.warning("our own buckets are not ready yet",
                          {{"control_bucket", one.policy.control_bucket.text()}, {"why", error.what()}});
        place.not_prepared = error.what();
      }
      co_await ports.clock.sleep(options.prepare_retry);
    }
    place.prepared = true;
    place_prepared.notify();
  }

  // The heartbeat tells others; a copy is kept for /readyz, because a dead destination takes no document.
  Task<> beat(Place& place, functions::SweepCount walked, bool is_over, bool complete) {
    const ControlledProtection& one = protections[place.protections.front()];
    dr::SweepRound round = functions::round_of(one.policy, walked);
    round.complete = complete;
    round.program = "s3dr serve";
    round.is_over = is_over;
    round.version = program_version;
    round.at = ports.clock.now();
    round.interval = options.sweep_interval;
    try {
      place.heartbeat = co_await functions::write_round(one.records, one.policy, round);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      ports.log.warning("the heartbeat was not written", {{"why", error.what()}});
      round.destination = dr::contact_of(error);
      place.heartbeat = dr::after_round(place.heartbeat, round);
    }
  }

  // `all_published`: nothing is missing but what the listings did not give.
  Task<> beat_everywhere(std::vector<functions::SweepCount> walked, bool is_over, bool all_published) {
    for (std::size_t i = 0; i < places.size(); ++i)
      co_await beat(places[i], walked[i], is_over, all_published && !walked[i].ended);
  }

  Pulse pulse() {
    return {options.sweep_interval, [this](const std::vector<functions::SweepCount>& walked) {
              return beat_everywhere(walked, false, false);
            }};
  }

  Task<> sweep_forever() {
    while (true) {
      const SweepResult result = co_await full_sweep(contexts(), source, pulse());
      if (result.complete) swept = true;
      co_await beat_everywhere(result.counts, true, result.all_published);
      for (const functions::SweepCount& count : result.counts) {
        ports.log.debug("sweep", {{"seen", std::to_string(count.buckets_seen)},
                                  {"tagged", std::to_string(count.tagged)},
                                  {"recorded", std::to_string(count.recorded)},
                                  {"complete", result.complete ? "yes" : "no"}});
      }
      // An incomplete sweep is repeated soon, because it may have missed buckets.
      co_await ports.clock.sleep(result.complete ? options.sweep_interval
                                                 : std::min(options.sweep_interval, options.prepare_retry));
    }
  }

  // Work begins with the first place that is prepared: a lost destination holds up its own protections only.
  Task<> begin_when_prepared(TaskGroup& group) {
    while (std::ranges::none_of(places, &Place::prepared)) co_await place_prepared.wait(ports.clock);
    group.spawn(critical(group, enable.run()));
    group.spawn(critical(group, destination.run()));
    group.spawn(critical(group, source.run()));
    group.spawn(critical(group, verification.run()));
    group.spawn(critical(group, sweep_forever()));
  }

  Task<> work_until_cancelled(TaskGroup& group) {
    for (Place& place : places) group.spawn(critical(group, prepare(place)));
    group.spawn(critical(group, begin_when_prepared(group)));
    co_await group.wait();
  }

  boost::asio::any_io_executor executor;
  std::vector<ControlledProtection> protections;
  std::vector<Place> places;
  ControllerPorts ports;
  ControllerOptions options;
  WorkQueue enable, destination, source;
  VerificationRuns verification;
  Notifier place_prepared;
  bool swept = false;
};

Controller::Controller(boost::asio::any_io_executor executor, std::vector<ControlledProtection> protections,
                       ControllerPorts ports, ControllerOptions options)
    : state_(
          std::make_unique<State>(std::move(executor), std::move(protections), ports, std::move(options))) {}

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
    if (dr::is_own_bucket(state_->protections.front().policy, bucket)) continue;
    const std::string correlation = state_->ports.random.hex(16);
    state_->ports.log.debug("event", {{"event", hint.event_name},
                                      {"bucket", bucket.text()},
                                      {"event_id", hint.id},
                                      {"correlation_id", correlation}});
    // What happens in a destination region happens to a replica, or to nobody we know.
    const auto is_there = [&](const ControlledProtection& one) {
      return hint.region == one.policy.destination_region.text();
    };
    const bool of_replica = std::ranges::any_of(state_->protections, is_there);
    const dr::MessageKind kind = of_replica ? dr::MessageKind::replica : dr::MessageKind::look;
    WorkQueue& queue = of_replica ? state_->destination : state_->source;
    for (const ControlledProtection& one : state_->protections) {
      if (of_replica && !is_there(one)) continue;
      dr::Message message = dr::message_for(one.policy, kind, bucket, correlation);
      message.setting_changed = hint.setting_changed;
      co_await queue.publish(dr::to_json(message));
    }
    // Before the event is answered: nobody else has the document.
    if (hint.edit && dr::concerns_source(hint, state_->protections.front().policy.source_region))
      co_await state_->note(bucket, *hint.edit);
    ++queued;
  }
  co_return queued;
}

std::string Controller::why_not_ready() const {
  std::string why;
  const auto add = [&](const std::string& reason) { why += (why.empty() ? "" : "; ") + reason; };
  for (const Place& place : state_->places) {
    if (place.prepared) continue;
    const dr::Policy& policy = state_->protections[place.protections.front()].policy;
    add((state_->places.size() == 1
             ? "the control and the reports bucket are not ready"
             : "the control bucket " + policy.control_bucket.text() + " or the reports bucket is not ready") +
        (place.not_prepared.empty() ? "" : ": " + place.not_prepared));
  }
  if (!why.empty()) return why;
  const Instant now = state_->ports.clock.now();
  std::set<std::string> said;  // of the source, the same for each place
  const auto add_once = [&](const std::string& reason) {
    if (!reason.empty() && said.insert(reason).second) add(reason);
  };
  for (const Place& place : state_->places) {
    if (!place.heartbeat) continue;
    if (dr::is_stale(*place.heartbeat, now))
      add_once("no sign of life of the sweep since " + dr::clock_text(place.heartbeat->at, now));
    for (const dr::RegionContact* contact : {&place.heartbeat->source, &place.heartbeat->destination})
      add_once(dr::failure_text(*contact, now));
  }
  if (!why.empty()) return why;
  if (!state_->swept) return "the first sweep is not complete";
  for (const Place& place : state_->places) {
    if (place.heartbeat && dr::is_incomplete(*place.heartbeat, now))
      add_once(dr::incomplete_text(*place.heartbeat, now));
  }
  return why;
}

std::vector<Controller::PlaceHeartbeat> Controller::heartbeats() const {
  std::vector<PlaceHeartbeat> result;
  for (const Place& place : state_->places) {
    result.push_back({state_->protections[place.protections.front()].policy.control_bucket, place.heartbeat});
  }
  return result;
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
