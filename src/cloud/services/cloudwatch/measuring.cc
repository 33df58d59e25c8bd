#include "cloud/services/cloudwatch/measuring.h"

#include "cloud/replication/replication_metrics.h"
#include "cloud/services/metrics/metric_store.h"
#include "cloud/services/sqs/sqs_store.h"

namespace s3dr::services {

void measure_queues(cloud::Connection& db, Instant now) {
  for (const QueueRow& queue : all_queues(db)) {
    const QueueCounts counts = count_messages(db, queue, now);
    const auto record = [&](const char* name, std::int64_t count) {
      record_gauge(db, {queue.account, "AWS/SQS", name, {{"QueueName", queue.name}}, "Count"},
                   static_cast<double>(count), now);
    };
    record("ApproximateNumberOfMessagesVisible", counts.visible);
    record("ApproximateNumberOfMessagesNotVisible", counts.in_flight);
    record("ApproximateNumberOfMessagesDelayed", counts.delayed);
  }
}

void take_over_replication_metrics(cloud::Connection& db) {
  for (const cloud::ReplicationMetric& metric : cloud::take_replication_metrics(db)) {
    MetricId id{metric.of.account,
                "AWS/S3",
                metric.name,
                {{"SourceBucket", metric.of.source},
                 {"DestinationBucket", metric.of.destination},
                 {"RuleId", metric.of.rule}},
                "Count"};
    const auto largest = static_cast<double>(metric.largest);
    if (metric.name == cloud::operations_failed_metric) {
      const bool all_failed = metric.sum == metric.samples;
      record_metric(db, id,
                    {static_cast<double>(metric.samples), static_cast<double>(metric.sum),
                     all_failed ? 1.0 : 0.0, largest},
                    metric.minute);
    } else if (metric.name == cloud::latency_metric) {
      id.unit = "Seconds";
      record_gauge(db, id, largest / 1000, metric.minute);
    } else {
      if (metric.name == cloud::bytes_pending_metric) id.unit = "Bytes";
      record_gauge(db, id, largest, metric.minute);
    }
  }
}

}  // namespace s3dr::services
