// The environment variables of a deployed function, each name once. deploy/declare writes them,
// lambda/environment.h reads them and says what each one holds.
#pragma once

namespace s3dr::dr::environment {

constexpr const char* function = "S3DR_FUNCTION";
constexpr const char* source_region = "S3DR_SOURCE_REGION";
constexpr const char* source_account = "S3DR_SOURCE_ACCOUNT";
constexpr const char* destination_region = "S3DR_DESTINATION_REGION";
constexpr const char* destination_account = "S3DR_DESTINATION_ACCOUNT";
constexpr const char* match_tags = "S3DR_MATCH_TAGS";
constexpr const char* replication_role = "S3DR_REPLICATION_ROLE";
constexpr const char* batch_role = "S3DR_BATCH_ROLE";
constexpr const char* destination_topic = "S3DR_DESTINATION_TOPIC";
constexpr const char* enable_topic = "S3DR_ENABLE_TOPIC";
constexpr const char* remote_role = "S3DR_REMOTE_ROLE";
constexpr const char* endpoints = "S3DR_ENDPOINTS";
constexpr const char* ca_pem = "S3DR_CA_PEM";
constexpr const char* control_bucket = "S3DR_CONTROL_BUCKET";
constexpr const char* reports_bucket = "S3DR_REPORTS_BUCKET";
constexpr const char* replica_name = "S3DR_REPLICA_NAME";
constexpr const char* replica_namespace = "S3DR_REPLICA_NAMESPACE";
// The store profile as JSON; absent: AWS, or a store without waits where there are endpoints.
constexpr const char* store = "S3DR_STORE";
constexpr const char* replicate_delete_markers = "S3DR_REPLICATE_DELETE_MARKERS";
// The other options of our rule as JSON, as far as they differ from the default (dr/rule_options.h).
constexpr const char* rule = "S3DR_RULE";
// What replicas get of their source's settings as JSON; absent: the defaults (dr/settings/settings_policy.h).
constexpr const char* settings = "S3DR_SETTINGS";
constexpr const char* sweep_minutes = "S3DR_SWEEP_MINUTES";
// Read, never written by a deployment: for experiments by hand.
constexpr const char* backfill_attempts_max = "S3DR_BACKFILL_ATTEMPTS_MAX";
constexpr const char* backfill_backoff_base_ms = "S3DR_BACKFILL_BACKOFF_BASE_MS";
constexpr const char* backfill_backoff_cap_ms = "S3DR_BACKFILL_BACKOFF_CAP_MS";
constexpr const char* look_again_ms = "S3DR_LOOK_AGAIN_MS";
constexpr const char* log_level = "S3DR_LOG_LEVEL";

}  // namespace s3dr::dr::environment
