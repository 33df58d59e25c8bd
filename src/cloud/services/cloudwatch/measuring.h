// What the CloudWatch service measures itself each time it looks: how deep the queues are (AWS/SQS), and what
// replication has left for it (AWS/S3, cloud/replication/replication_metrics.h). Other services write their metrics when
// something happens (record_metric).
#pragma once

#include "base/clock.h"
#include "cloud/store/database.h"

namespace s3dr::services {

// Of every queue, as gauges of the minute of `now`. May be repeated.
void measure_queues(cloud::Connection& db, Instant now);

// Moves what replication measured into the metrics; each minute as it was then.
void take_over_replication_metrics(cloud::Connection& db);

}  // namespace s3dr::services
