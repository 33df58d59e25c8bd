// Notes in the record what keeps a function from going on, so that `status` tells it to whoever was not there when it was
// logged. Written when it begins, when its reason changes and when it ends; never at a look that finds the same again.
// Each function notes its own. Internal to functions/.
#pragma once

#include <optional>

#include "base/task.h"
#include "dr/function.h"
#include "dr/record.h"
#include "functions/context.h"
#include "functions/executor.h"
#include "functions/outcome.h"

namespace s3dr::functions {

// The outcome of this execution, concluded and noted. A note that cannot be written is logged. Raises cancelled only.
Task<Outcome> conclude_and_note(Context context, dr::Function self, Execution execution);

// True: this function could not go on when it looked last. It has to look again for that to end.
bool is_obstructed(const std::optional<dr::Record>& record, dr::Function function);

}  // namespace s3dr::functions
