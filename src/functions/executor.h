// The loop that all three functions share: observe, plan, carry out the function's own next action, observe
// again. It ends when no such action is left. Internal to functions/.
#pragma once

#include <optional>

#include "base/error.h"
#include "base/task.h"
#include "dr/messages/message.h"
#include "dr/plan.h"
#include "dr/record.h"
#include "functions/context.h"
#include "functions/outcome.h"

namespace s3dr::functions {

struct Execution {
  Outcome outcome;
  dr::Plan plan;                     // the last one
  std::optional<dr::Record> record;  // as it was seen last; none: there is none, or it is not known
  bool unrecorded = false;           // it is known that there is none
  bool ended = false;                // the outcome is final: a failure on the way
};

// Whether this run may start the bucket's backfill job. Only the walker of the job queue may (functions/job_walk.h).
enum class Jobs { leave, start };

// Carries out every action of `self`, in a bounded number of steps.
Task<Execution> execute(Context context, dr::Function self, dr::Message message, Jobs jobs = Jobs::leave);

// What a failure makes of an outcome: look again if it may pass, else blocked.
Outcome outcome_of(const Context& context, const Error& error, Outcome so_far);

// The outcome for what is left in the plan: blocked, look again, or nothing more to do here.
Outcome conclude(const Context& context, dr::Function self, const Execution& execution);

// Tells another function about the bucket. If that fails, the execution ends with the failure.
Task<> hand_on(Context context, Execution& execution, dr::Function to, dr::Message message);

}  // namespace s3dr::functions
