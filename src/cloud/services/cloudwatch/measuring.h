// What the CloudWatch service measures itself at each visit: the depth of the queues (AWS/SQS), and the
// measurements of replication (AWS/S3, cloud/replication/replication_metrics.h). Other services write their
// metrics when something happens (record_metric).
#pragma once

#include "base/clock.h"
#include "cloud/store/database.h"

namespace s3dr::services {

// Measures every queue, as gauges in the minute of `now`. May be repeated.
void measure_queues(cloud::Connection& db, Instant now);

// Moves the measurements of replication into the metrics, each into the minute in which it was made.
void take_over_replication_metrics(cloud::Connection& db);

}  // namespace s3dr::services
