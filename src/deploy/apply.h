// Carries out a plan, in order, one resource after the other. It remembers nothing of an earlier run and
// reads everything again. So the next run completes an interrupted one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "deploy/resources/resource_kind.h"

namespace s3dr::deploy {

// Reads every declared resource. `progress` is called for each one.
using Progress = std::function<void(const std::string& text, bool is_change)>;
Task<LiveResources> read_all(ResourceKinds& kinds, std::vector<Resource> declared, Progress progress);

struct ApplyOptions {
  // The same call is repeated this often and for this long when AWS is not ready. Reasons: a role that was
  // just made is not known everywhere, a queue's name is blocked for a minute after its deletion, a function
  // is busy while it changes.
  milliseconds not_ready_delay{2'000};
  milliseconds not_ready_max{120'000};
  bool only_planned = false;  // true: stop at a field that differs now but did not when the plan was made
};

struct ApplyResult {
  std::size_t created = 0, updated = 0, removed = 0;
  std::size_t total() const { return created + updated + removed; }
};

// Needs a plan that is not blocked. Raises the first error that waiting does not mend, with the resource's id
// in front. What was done before the error stays.
Task<ApplyResult> apply(ResourceKinds& kinds, DeploymentPlan plan, PlanOptions owner, Clock& clock,
                        ApplyOptions options, Progress progress);

// True: the error says that a new resource is not visible everywhere yet, or that it is still changing.
bool is_not_ready(const Error& error);

}  // namespace s3dr::deploy
