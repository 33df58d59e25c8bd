// Carries out a plan, in order, one resource after the other. There is no memory of an earlier run:
// everything is read again, so an interrupted run is completed by the next one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "deploy/resources/resource_kind.h"

namespace s3dr::deploy {

// Reads every declared resource. `progress` hears of each one.
using Progress = std::function<void(const std::string& text, bool is_change)>;
Task<LiveResources> read_all(ResourceKinds& kinds, std::vector<Resource> declared, Progress progress);

struct ApplyOptions {
  // A role that was just made is not known everywhere at once, a queue's name is blocked for a minute after
  // its deletion, a function is busy while it changes: the same call again, this often and this long.
  milliseconds not_ready_delay{2'000};
  milliseconds not_ready_max{120'000};
  bool only_planned = false;  // a field that differs now and did not when it was planned ends the run
};

struct ApplyResult {
  std::size_t created = 0, updated = 0, removed = 0;
  std::size_t total() const { return created + updated + removed; }
};

// Needs a plan that is not blocked. Raises the first error that waiting does not mend, with the resource's id
// in front; what was done until then stays.
Task<ApplyResult> apply(ResourceKinds& kinds, DeploymentPlan plan, PlanOptions owner, Clock& clock,
                        ApplyOptions options, Progress progress);

// The error says that something made just now is not to be seen everywhere yet, or is still changing.
bool is_not_ready(const Error& error);

}  // namespace s3dr::deploy
