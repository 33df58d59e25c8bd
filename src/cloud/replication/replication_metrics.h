// S3's replication metrics (CloudWatch namespace AWS/S3), for rules that have Metrics enabled.
// - An operation is counted in the transaction that ends it (cloud/replication/replication.h).
// - A worker in the source region measures what is still pending.
// Both are kept in the table replication_metric until the CloudWatch service of a region takes them. The
// source region publishes failures. The replicas' region publishes the other metrics;
// the worker sends them there.
// Nothing is measured while nothing happens. Not here: what CloudWatch keeps (cloud/services/metrics).
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

// The metric's dimensions, and the account it belongs to: the owner of the source bucket.
struct MeasuredRule {
  std::string account, source, destination, rule;
};

// nullopt: the rule no longer exists, or its Metrics are disabled.
std::optional<MeasuredRule> measured_rule(const BucketRow& source, const std::string& destination,
                                          const std::string& rule_id);

// One operation that ended, `latency` after it was queued. Call within Database::write.
void count_settled(Connection& db, const MeasuredRule& rule, bool delivered, milliseconds latency,
                   Instant now);

// What was measured in one minute. OperationsFailedReplication has one sample for each operation, 0 or 1. The
// others are one number, the largest seen in that minute; a larger one is sent again.
struct ReplicationMetric {
  std::string name;
  MeasuredRule of;
  Instant minute{};
  std::int64_t samples = 0, sum = 0, largest = 0;
};
// Removes from the table what this region publishes, and returns it.
// Call within the write that stores it elsewhere.
std::vector<ReplicationMetric> take_replication_metrics(Connection& db);

// Measures the queue every `metrics_interval` and sends to other regions what they publish.
// Runs until cancelled. What cannot be sent for three hours is dropped.
Task<> run_replication_metrics(RegionContext& region);

inline constexpr std::string_view replication_metrics_path = "/_internal/replication-metrics";
// Handles a POST to that path. Needs: the signature was checked (cloud/door/internal_auth.h). Idempotent.
// Refuses InvalidRequest, BadDigest (400).
Task<HttpResponse> take_metrics_message(RegionContext& region, HttpRequest request);

}  // namespace s3dr::cloud
