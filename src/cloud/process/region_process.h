// One region as a process of its own: two public listeners (http, https), one internal listener,
// and the region behind them.
#pragma once

#include <functional>
#include <optional>

#include "base/http_message.h"
#include "base/log.h"
#include "cloud/door/service.h"
#include "cloud/process/installation.h"
#include "s3/names.h"

namespace s3dr::cloud {

// Where `s3dr serve` listens, by the configuration that came with the installation. Must not raise.
// nullopt: the configuration does not tell; the address known before stays.
using ServeEndpoint = std::function<std::optional<Endpoint>()>;

// Runs the region until SIGTERM or SIGINT; requests under way may end first.
// `services`: what the region has beside S3.
// `serve_endpoint`: asked at the start, and whenever the configuration file has changed.
// Writes "ready\n" to `ready_descriptor` when the region answers requests (-1: nowhere).
// Raises unavailable (port in use, folder in use by another process), invalid, corrupt.
void run_region_process(const Installation& installation, const s3::Region& region, RegionServices services,
                        ServeEndpoint serve_endpoint, int ready_descriptor, Log& log);

}  // namespace s3dr::cloud
