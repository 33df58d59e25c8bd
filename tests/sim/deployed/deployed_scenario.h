// One seed, one life of the deployed system: users at work while deliveries are duplicated, held back and
// overtaken, functions are killed and throttled and regions die; then peace. Everything has to end as it does
// without chaos, nothing may be lost, and what lies in the dead letter queues has to be told by `s3dr deploy
// status`.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/log.h"
#include "sim/deployed/deployed_job.h"
#include "sim/world/scenario.h"

namespace s3dr::sim {

// Every name that `counts` may have.
const std::map<std::string, std::uint64_t>& deployed_counts();

ScenarioResult run_deployed_scenario(std::uint64_t seed, Log* log);

// Every asynchronous invocation either succeeded in the end or lies in a dead letter queue, and `deploy
// status` tells where each letter comes from and why. Needs quiet regions. Raises Failed.
void judge_deliveries(DeployedJob& job);

// A planted bug: a dead letter vanishes. True: judge_deliveries found it, and had nothing to say before.
bool vanished_letter_is_found(Log* log);

}  // namespace s3dr::sim
