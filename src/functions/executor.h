// The loop that all three functions are: observe, plan, carry out the next action that is this function's
// own, observe again, until none is left. Internal to functions/.
#pragma once

#include "base/task.h"
#include "dr/message.h"
#include "dr/plan.h"
#include "functions/context.h"
#include "functions/outcome.h"

namespace s3dr::functions {

struct Execution {
  Outcome outcome;
  dr::Plan plan;       // the last one
  bool ended = false;  // the outcome is final: a failure on the way
};

// Carries out everything that is `self`'s. Never more than a bounded number of steps.
Task<Execution> execute(Context context, dr::Function self, dr::Message message);

// The outcome for what is left in the plan: blocked or to look at again, or nothing more to do here.
Outcome conclude(const Context& context, dr::Function self, const Execution& execution);

// Hands the bucket to another function; a failure to do so ends the execution.
Task<> hand_on(Context context, Execution& execution, dr::Function to, dr::Message message);

}  // namespace s3dr::functions
