// What becomes of an invocation. Its event is read (input.h). Each bucket goes through the function that the
// environment named. The outcomes decide what Lambda is told:
//
//   malformed, or not for this function     logged by name, acknowledged: a retry would not help
//   done, nothing to do                     acknowledged
//   blocked (a person must act)             logged, counted in the metric `Blocked`, acknowledged; the scheduled
//                                           sweep looks again
//   look again, no error (a job runs)       acknowledged, the sweep goes on. Where jobs end at once (store
//                                           profile): run again within the invocation if the wait is short enough
//   look again after an error               run again within the invocation if the wait is short enough; then the
//                                           invocation fails. Lambda delivers the event again, and in the end puts
//                                           it into the dead-letter queue
//   several protections                     an event that names none is handled for each, one after the other
//   sweep                                   each stretch writes the heartbeat (dr/messages/heartbeat.h); if it
//                                           cannot, that is logged
//   a minute between two sweeps             enable_replication is told of the buckets whose job runs, and of the
//                                           one that waits longest for a job (dr/job_queue.h)
//   sweep: a listing failed                 the invocation fails, unless the sweep goes on in a further stretch: that one
//                                           knows of it, and the next sweep lists again
//   sweep: the bus                          the invocation fails
//   refused events for a transient reason
//
// A failed invocation is repeated as a whole. The functions may be repeated at will.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "dr/plan.h"
#include "functions/context.h"
#include "functions/pace.h"
#include "lambda/event_bus.h"
#include "lambda/input.h"
#include "lambda/json_log.h"
#include "lambda/runtime.h"
#include "lambda/sweep_stretch.h"

namespace s3dr::lambda {

// Ordinary configuration, so that tests need no waiting.
struct HandlerOptions {
  functions::PaceOptions pace;
  milliseconds reserve{1'000};           // of the invocation's time, kept for the reply
  milliseconds run_min{2'000};           // no function is started with less time than this
  milliseconds wait_max{10'000};         // a longer wait is left to the sweep or to Lambda's own retry
  milliseconds waits_max{30'000};        // all waits of one invocation together
  milliseconds time_otherwise{30'000};   // used when Lambda names no deadline
  milliseconds sweep_interval{300'000};  // how often a sweep is due; written into the heartbeat
};

class Handler {
 public:
  // `contexts`: of the protections that this function works for, in their order, at least one. All references outlive
  // the handler. The log of the contexts is `log` or writes to it.
  Handler(dr::Function function, std::vector<functions::Context> contexts, EventBus& bus, JsonLog& log,
          HandlerOptions options = {});

  // Raises cancelled only. The result is JSON: {"function":…,"handled":[{bucket,outcome,why,…}],…}.
  Task<Reply> handle(Invocation invocation);

 private:
  struct Run;
  Task<Reply> answer(Invocation invocation, milliseconds until);
  Task<> run_all(std::vector<Run>& runs, milliseconds until);
  Task<std::optional<Error>> note_edit(dr::Message message, dr::ReplicationEdit edit, milliseconds until);
  Task<> run_once(Run& run, milliseconds limit);
  Task<> sweep(SweepStretch stretch, milliseconds until, Reply& reply);
  Task<> look_at_jobs(milliseconds until, Reply& reply);
  Task<std::size_t> tell_of_jobs();
  Task<std::size_t> tell_of_jobs_at(functions::Context place);
  void log_sweep(const StretchResult& result, const std::string& stretch,
                 const std::optional<Error>& failure);
  struct StretchEnd {
    bool is_over, incomplete;
  };
  Task<> beat(functions::Context place, functions::SweepCount walked, StretchEnd end, milliseconds until);
  void tell(const Run& run);
  void tell(const Error& failure, std::vector<LogField> fields = {});
  Reply conclude(const Input& input, const std::vector<Run>& runs);

  // Of the protection that a message is for.
  functions::Context& context_of(const dr::Message& message);
  // The first of each destination place: there is one control bucket for each place.
  std::vector<functions::Context> places() const;
  dr::Protections protections() const;
  // Fields of a line about a run that has an outcome. Where protections have names, the line has it, too.
  static std::vector<LogField> about(const Run& run, std::vector<LogField> fields);

  dr::Function function_;
  std::vector<functions::Context> contexts_;
  Clock& clock_;
  EventBus& bus_;
  JsonLog& log_;
  HandlerOptions options_;
};

}  // namespace s3dr::lambda
