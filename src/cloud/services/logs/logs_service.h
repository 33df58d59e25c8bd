// CloudWatch Logs: groups, streams, events, retention (JSON 1.1, Logs_20140328). The tables are in
// logs_store.h; the reading of events is in logs_reading.h.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

struct LogsOptions {
  milliseconds retention_every{3'600'000};  // between two removals of events that are past their retention
};

std::unique_ptr<cloud::Service> make_logs_service(cloud::RegionContext& region, LogsOptions options);

}  // namespace s3dr::services
