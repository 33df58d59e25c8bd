// CloudWatch's metrics and alarms, as far as a deployment needs them:
// - PutMetricData, GetMetricStatistics, GetMetricData, ListMetrics
// - metric alarms with topics as actions, and their tags. They are judged by the stored metrics.
// - Metrics Insights queries in alarms and in GetMetricData (metrics_insights)
// This cloud itself writes these metrics:
//   AWS/SQS     by QueueName
//       ApproximateNumberOfMessagesVisible, …NotVisible, …Delayed (measuring): once a minute, the largest
//       number NumberOfMessagesSent, NumberOfMessagesReceived, NumberOfMessagesDeleted: of requests only.
//       What another service hands over is counted in that service's metrics.
//   AWS/SNS     by TopicName
//       NumberOfMessagesPublished, NumberOfNotificationsDelivered, NumberOfNotificationsFailed
//   AWS/Lambda  by FunctionName
//       Invocations, Errors, Duration, Throttles (lambda_invoker)
//   AWS/S3      by SourceBucket, DestinationBucket and RuleId; for rules with Metrics enabled
//       in the source region: OperationsFailedReplication
//       in the replicas' region: OperationsPendingReplication, BytesPendingReplication, ReplicationLatency
//       (cloud/replication/replication_metrics.h)
// Services write their metrics through metric_store.
// Answered with 501: percentiles, resolution under a minute, metric math, composite alarms, anomaly
// detection, dashboards, streams, the CBOR protocol, compressed requests.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

struct CloudWatchOptions {
  milliseconds interval{10'000};  // between two visits of queues and alarms
};

std::unique_ptr<cloud::Service> make_cloudwatch_service(cloud::RegionContext& region,
                                                        CloudWatchOptions options);

}  // namespace s3dr::services
