// How one service hands something to another inside a region, within the transaction of what caused it: an
// asynchronous invocation of a function, or a message of a queue. The receiving service takes it from its
// table.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/store/context.h"
#include "cloud/store/database.h"

namespace s3dr::services {

// The tables of both ends; part of the region's schema.
extern const std::string_view targets_schema;

// What is handed on, and on whose behalf.
struct Delivery {
  std::string target_arn;                         // arn:aws:lambda:…:function:NAME or arn:aws:sqs:…:NAME
  std::string payload;                            // the event as JSON, or the message's body
  std::map<std::string, std::string> attributes;  // SQS only: message attributes, all of type String
  std::string principal;   // "events.amazonaws.com", "sns.amazonaws.com": checked against the target's policy
  std::string source_arn;  // of the rule or topic
  std::string source_account;
};

enum class Handed {
  taken,       // it is in the target's table
  no_target,   // there is no such function or queue in this region: not to be tried again
  not_allowed  // the target's policy does not let the principal in: not to be tried again
};

// Call inside Database::write; after it, region.wake_services (cloud/store/context.h).
Handed hand_over(cloud::Connection& db, const Delivery& delivery, Instant now,
                 const std::string& delivery_id);

// For senders that have asked in the name of a role (dead letters of a function: cloud/services/lambda/function_role.h):
// no policy is asked here, and neither is the ARN's region.
Handed hand_over_as_owner(cloud::Connection& db, const Delivery& delivery, Instant now,
                          const std::string& delivery_id);

}  // namespace s3dr::services
