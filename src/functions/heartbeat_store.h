// Reads and writes the heartbeat (dr/messages/heartbeat.h) over a DocumentStore, by compare-and-swap: two controllers,
// or a controller and a deployment, may sweep the same region. For whoever hosts the sweep, and for `status`.
#pragma once

#include <optional>

#include "base/task.h"
#include "dr/messages/heartbeat.h"
#include "dr/policy.h"
#include "functions/sweep_walk.h"
#include "ports/document_store.h"

namespace s3dr::functions {

// nullopt: nobody has swept this source region yet. Raises corrupt or unsupported (newer format), and the
// store's own failures.
Task<std::optional<dr::Heartbeat>> read_heartbeat(ports::DocumentStore& records, const dr::Policy& policy);

// A round for the policy's regions, with what the walk learned of them.
dr::SweepRound round_of(const dr::Policy& policy, const SweepCount& count);

// Takes the round in and returns the heartbeat as it is now. A broken document is replaced; a newer format is
// left alone and raises unsupported. Raises the store's own failures. May be repeated.
Task<dr::Heartbeat> write_round(ports::DocumentStore& records, const dr::Policy& policy,
                                dr::SweepRound round);

}  // namespace s3dr::functions
