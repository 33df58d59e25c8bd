// S3DR_PROTECTIONS: all protections of the source in one variable, for a deployment that has several or one with a
// name. `deploy/` writes it, this file reads it. Pure.
//   {"destinations": [{"account": "444455556666", "region": "us-east-1",
//                      "control_bucket": …,     if it is not the usual one
//                      "topic": ARN,            of destination_bucket_check there; source_bucket_check needs it
//                      "role": ARN}],           with which a function at the source reaches another account
//    "protections": [{"name": "vault", "to": 0, "tags": {"dr": "true"},
//                     "replica_name": …, "replica_namespace": …, "rule": {"delete_markers": false},
//                     "settings": {"harden": false}}]}
// The last four stand there where they are not the default; `rule` as dr/rule_options.h writes it, `settings` as
// dr/settings/settings_policy.h.
// `to` is the place in `destinations`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dr/policy.h"
#include "dr/protections.h"

namespace s3dr::lambda {

// What a function has to know of one destination.
struct Destination {
  dr::Place place;
  std::string topic;        // ARN; empty: this function publishes nothing there
  std::string remote_role;  // ARN; empty: the function's own role reaches source and destination
};

struct ProtectionList {
  std::vector<Destination> destinations;
  dr::Protections protections;
  std::vector<std::string> problems;  // what is wrong; empty: nothing
};

// `shared`: what all protections have in common; each one begins as its copy. Raises nothing.
ProtectionList parse_protection_list(std::string_view text, const dr::Policy& shared);

// Parts of variables, each raising invalid for what it refuses.
s3::TagSet parse_match_tags(std::string_view text);  // a JSON object
std::string parse_topic(std::string_view text);
std::string parse_role(std::string_view text);

}  // namespace s3dr::lambda
