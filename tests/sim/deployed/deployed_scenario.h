// One seed is one life of the deployed system. Users work while deliveries are duplicated, delayed and
// overtaken, functions are killed and throttled, and regions die. Then all faults stop. At the end:
// - everything is as it is without faults
// - nothing is lost
// - `s3dr deploy status` reports what lies in the dead-letter queues
#pragma once

#include <cstdint>

#include "base/log.h"
#include "sim/deployed/deployed_job.h"
#include "sim/world/scenario.h"

namespace s3dr::sim {

// Every name that `counts` may have.
const Counts& deployed_counts();

ScenarioResult run_deployed_scenario(std::uint64_t seed, Log* log);

// Checks that every asynchronous invocation either succeeded in the end or lies in a dead-letter queue, and
// that `deploy status` reports where each dead letter comes from and why. Needs: the regions are quiet.
// Raises Failed.
void judge_deliveries(DeployedJob& job);

// A planted bug: a dead letter disappears. True: judge_deliveries found it, and had found nothing before.
bool vanished_letter_is_found(Log* log);

}  // namespace s3dr::sim
