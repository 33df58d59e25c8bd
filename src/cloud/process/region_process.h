// One region as a process of its own: two public listeners (http, https), one internal listener,
// and the region behind them.
#pragma once

#include "base/log.h"
#include "cloud/door/service.h"
#include "cloud/process/installation.h"
#include "s3/names.h"

namespace s3dr::cloud {

// Runs the region until SIGTERM or SIGINT; requests under way may end first.
// `services`: what the region has beside S3.
// Writes "ready\n" to `ready_descriptor` when the region answers requests (-1: nowhere).
// Raises unavailable (port in use, folder in use by another process), invalid, corrupt.
void run_region_process(const Installation& installation, const s3::Region& region, RegionServices services,
                        int ready_descriptor, Log& log);

}  // namespace s3dr::cloud
