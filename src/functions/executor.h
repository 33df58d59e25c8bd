// The loop that all three functions share: observe, plan, carry out the function's own next action, observe
// again. It ends when no such action is left. Internal to functions/.
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

// Carries out every action of `self`, in a bounded number of steps.
Task<Execution> execute(Context context, dr::Function self, dr::Message message);

// The outcome for what is left in the plan: blocked, look again, or nothing more to do here.
Outcome conclude(const Context& context, dr::Function self, const Execution& execution);

// Tells another function about the bucket. If that fails, the execution ends with the failure.
Task<> hand_on(Context context, Execution& execution, dr::Function to, dr::Message message);

}  // namespace s3dr::functions
