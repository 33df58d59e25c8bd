// Which condition keys a policy may use, checked when it is put. A key that no request has never holds: a Deny with
// a misspelt key denies nothing. S3 refuses such a policy; IAM keeps it. What is evaluated is in the tables of
// cloud/door/condition_keys.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "aws/policy/policy.h"

namespace s3dr::cloud {

// Refuses a bucket's policy, in S3's words where it has some:
//   MalformedPolicy 400   a key that S3 does not know ("Policy has an invalid condition key"), or one that an action
//                         of the statement does not know ("Conditions do not apply to combination of …")
//   NotImplemented 501    a key that requests have on AWS and not here; the message names it
void check_keys_of_bucket_policy(const aws::Policy& policy);

// Of the policy of a role, topic or queue: the first key that AWS knows and this cloud does not evaluate. The service
// refuses it with 501. nullopt: there is none. An unknown key is in no request, as on AWS.
std::optional<std::string> key_not_evaluated(const aws::Policy& policy, aws::PolicyUse use);

// The condition keys of the services beside S3, and which of them requests of this cloud have.
struct ServiceKey {
  std::string_view name;  // a family ends with '/'
  bool evaluated;
};
std::span<const ServiceKey> service_keys();

// "The condition key sns:Protocol is not evaluated here."
std::string not_evaluated_message(const std::string& key);

}  // namespace s3dr::cloud
