// CloudWatch metrics and alarms, what a deployment needs of them. There is: PutMetricData,
// GetMetricStatistics, GetMetricData, ListMetrics, metric alarms that are really judged by the stored
// metrics, with topics as their actions, and their tags; alarms and GetMetricData also by Metrics Insights
// queries (metrics_insights). This cloud itself writes
//   AWS/SQS, by QueueName: ApproximateNumberOfMessagesVisible, …NotVisible, …Delayed (measuring: once a
//     minute, the largest number seen), NumberOfMessagesSent, NumberOfMessagesReceived,
//     NumberOfMessagesDeleted (of requests: what other services hand over is counted by them)
//   AWS/SNS, by TopicName: NumberOfMessagesPublished, NumberOfNotificationsDelivered,
//     NumberOfNotificationsFailed
//   AWS/Lambda, by FunctionName: Invocations, Errors, Duration, Throttles (lambda_invoker)
//   AWS/S3, by SourceBucket, DestinationBucket and RuleId, of rules with Metrics on:
//     OperationsFailedReplication in the source's region, OperationsPendingReplication,
//     BytesPendingReplication and ReplicationLatency in the replicas' (cloud/replication/replication_metrics.h)
// Other services add theirs by metric_store. Not here, answered with 501: percentiles, resolution under a
// minute, metric math, composite alarms, anomaly detection, dashboards, streams, the CBOR protocol,
// compressed requests.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

struct CloudWatchOptions {
  milliseconds interval{10'000};  // between two looks at queues and alarms
};

std::unique_ptr<cloud::Service> make_cloudwatch_service(cloud::RegionContext& region,
                                                        CloudWatchOptions options);

}  // namespace s3dr::services
