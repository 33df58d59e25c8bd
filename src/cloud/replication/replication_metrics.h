// S3's replication metrics (CloudWatch namespace AWS/S3), of rules that have Metrics on. What became of an
// operation is counted in the transaction that settles it (cloud/replication/replication.h); a worker of the source's
// region looks at what is still pending. Both wait in the table replication_metric for the CloudWatch of the
// region that publishes them: failures in the source's, the others in the replicas', to which the worker
// carries them. Nothing is measured while nothing happens. Not here: what CloudWatch keeps (services/).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

inline constexpr std::string_view operations_failed_metric = "OperationsFailedReplication";
inline constexpr std::string_view operations_pending_metric = "OperationsPendingReplication";
inline constexpr std::string_view bytes_pending_metric = "BytesPendingReplication";
inline constexpr std::string_view latency_metric = "ReplicationLatency";  // here in milliseconds

// The dimensions, and whose metric it is: the owner's of the source bucket.
struct MeasuredRule {
  std::string account, source, destination, rule;
};

// nullopt: there is no such rule any more, or its Metrics are off.
std::optional<MeasuredRule> measured_rule(const BucketRow& source, const std::string& destination,
                                          const std::string& rule_id);

// One operation that ended, `latency` after it was queued. Call within Database::write.
void count_settled(Connection& db, const MeasuredRule& rule, bool delivered, milliseconds latency,
                   Instant now);

// What was measured in one minute. OperationsFailedReplication has a sample of 0 or 1 an operation; the
// others are one number, the largest seen, and come again when it grows.
struct ReplicationMetric {
  std::string name;
  MeasuredRule of;
  Instant minute{};
  std::int64_t samples = 0, sum = 0, largest = 0;
};
// Takes what this region publishes out of the table. Call within the write that keeps it elsewhere.
std::vector<ReplicationMetric> take_replication_metrics(Connection& db);

// Looks at the queue every `metrics_interval` and carries what other regions publish there, until cancelled.
// What cannot be carried for three hours is dropped.
Task<> run_replication_metrics(RegionContext& region);

inline constexpr std::string_view replication_metrics_path = "/_internal/replication-metrics";
// POST there; the signature has been checked (cloud/door/internal_auth.h). Idempotent. Refuses InvalidRequest,
// BadDigest (400).
Task<HttpResponse> take_metrics_message(RegionContext& region, HttpRequest request);

}  // namespace s3dr::cloud
