// The scenario of a bucket with one setting of each kind: every right to read or write one is needed for it.
#pragma once

#include "sim/deployed/deployed_job.h"

namespace s3dr::sim {

// Follows every kind, so that none of them is left alone by its default; looks again each minute.
void follow_every_setting(deploy::Settings& settings);
// A bucket with one setting of each kind is protected, some are changed by hand at the replica, one is taken away at the
// source. Raises Failed unless each kind is in step at the end.
void settings_of_every_kind(DeployedJob& job);

}  // namespace s3dr::sim
