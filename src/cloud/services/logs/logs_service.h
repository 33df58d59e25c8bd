// CloudWatch Logs as a region offers it: groups, streams, events, retention (JSON 1.1, Logs_20140328). The
// tables are cloud/services/logs/logs_store.h, reading events back is cloud/services/logs/logs_reading.h.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

struct LogsOptions {
  milliseconds retention_every{3'600'000};  // how often events past their retention are removed
};

std::unique_ptr<cloud::Service> make_logs_service(cloud::RegionContext& region, LogsOptions options);

}  // namespace s3dr::services
