// Looks at the settings of both sides of a pair, and writes those of the replica. What is read and what is written is
// decided in dr/ (dr/plan.h: asks_settings, put_settings).
#pragma once

#include "base/task.h"
#include "dr/observed_pair.h"
#include "dr/plan.h"
#include "functions/context.h"

namespace s3dr::functions {

// Fills `pair.settings.kinds`: two reads a kind, all at once. A failed call, and a document that cannot be read, becomes
// an Observed. Raises only `cancelled`.
Task<> observe_settings(Context context, dr::ObservedPair& pair);

// Writes one after the other, in their order. What the store refuses is noted in `pair.settings.tried`, and the rest goes
// on. False: every one was refused. Raises only `cancelled`.
Task<bool> put_settings(Context context, dr::Action action, dr::ObservedPair& pair);

}  // namespace s3dr::functions
