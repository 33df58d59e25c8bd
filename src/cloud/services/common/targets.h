// How one service hands something to another inside a region: an asynchronous invocation of a function, or a
// message for a queue. It is written in the same transaction as its cause.
// The receiving service takes it from its table.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/store/context.h"
#include "cloud/store/database.h"

namespace s3dr::services {

// The tables of functions and queues; part of the region's schema.
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
  no_target,   // this region has no such function or queue: do not try again
  not_allowed  // the target's policy does not let the principal in: do not try again
};

// Call inside Database::write, and region.wake_services (cloud/store/context.h) after it. Repeating it with
// the same `delivery_id` changes nothing while the first one is still in the table.
Handed hand_over(cloud::Connection& db, const Delivery& delivery, Instant now,
                 const std::string& delivery_id);

// For senders that have already asked the policies of a role (dead letters of a function:
// cloud/services/lambda/function_role.h). Does not ask the target's policy and does not check the ARN's region.
Handed hand_over_as_owner(cloud::Connection& db, const Delivery& delivery, Instant now,
                          const std::string& delivery_id);

}  // namespace s3dr::services
