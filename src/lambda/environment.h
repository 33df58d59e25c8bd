// What a deployed function learns from its environment: which of the three functions it is, and its policy,
// roles, topics and endpoints. `deploy/` writes these variables, this file reads them;
// dr/messages/environment_variables.h has their names.
// All variables are checked first. One error names every variable that is missing or malformed.
//
//   S3DR_FUNCTION              source_bucket_check | destination_bucket_check | enable_replication
//   S3DR_SOURCE_REGION, S3DR_SOURCE_ACCOUNT, S3DR_DESTINATION_REGION, S3DR_DESTINATION_ACCOUNT
//   S3DR_MATCH_TAGS            JSON object {"dr":"true"}
//   S3DR_REPLICATION_ROLE, S3DR_BATCH_ROLE          ARNs of roles
//   S3DR_DESTINATION_TOPIC     ARN of the topic of destination_bucket_check; source_bucket_check needs it
//   S3DR_ENABLE_TOPIC          ARN of the topic of enable_replication; the other two functions need it
//   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN      set by Lambda
// Only where the default does not fit:
//   S3DR_REMOTE_ROLE           with two accounts: ARN of the role with which this function reaches the other
//                              side
//   S3DR_ENDPOINTS             JSON object {region: url}
//   S3DR_CA_PEM                authorities to trust instead of the system's
//   S3DR_CONTROL_BUCKET, S3DR_REPORTS_BUCKET
//   S3DR_REPLICA_NAME          template with {bucket}
//   S3DR_REPLICA_NAMESPACE     global | account-regional
//   S3DR_STORE                 JSON object: the waits and limits of the stores (dr/store_profile.h); without it no waits
//   S3DR_REPLICATE_DELETE_MARKERS                   true | false
//   S3DR_RULE                  JSON object: the other options of our rule (dr/rule_options.h)
//   S3DR_SETTINGS              JSON object: what replicas get of the settings (dr/settings/settings_policy.h)
//   S3DR_BACKFILL_ATTEMPTS_MAX
//   S3DR_BACKFILL_BACKOFF_BASE_MS, S3DR_BACKFILL_BACKOFF_CAP_MS, S3DR_LOOK_AGAIN_MS
//   S3DR_SWEEP_MINUTES         how often a sweep is due (5); the schedule ticks each minute
//   S3DR_LOG_LEVEL             debug | info | warning | error
#pragma once

#include <string>

#include "aws/credentials.h"
#include "base/log.h"
#include "client/endpoints.h"
#include "dr/plan.h"
#include "dr/policy.h"

namespace s3dr::lambda {

struct Settings {
  dr::Function function = dr::Function::source_bucket_check;
  dr::Policy policy;
  std::string destination_topic;  // ARNs; empty when this function publishes nothing there
  std::string enable_topic;
  std::string remote_role;  // ARN; empty: the function's own role reaches both sides
  client::EndpointMap endpoints;
  std::string ca_pem;
  aws::Credentials credentials;
  LogLevel log_level = LogLevel::info;
  milliseconds sweep_interval{300'000};  // of the schedule; told to whoever reads the heartbeat
};

// Raises invalid. The text names every variable that is wrong and holds no secret. An empty variable counts
// as not set.
Settings read_settings(const aws::EnvironmentLookup& environment);

// The name prefix of the deployment, as the function's own name tells it ("s3dr" of "s3dr-source_bucket_check"); the whole
// name of a function that was named by hand.
std::string deployment_of(const aws::EnvironmentLookup& environment, dr::Function function);

}  // namespace s3dr::lambda
