// Does the deployment work? Asks EventBridge whether the patterns match what they should. Runs each function
// once, with an event about a bucket of our own. Every function ignores such an event, so nothing is changed.
#pragma once

#include <string>
#include <vector>

#include "base/task.h"
#include "client/services/service_client.h"
#include "deploy/resources/settings.h"

namespace s3dr::deploy {

struct SelfTestStep {
  std::string what;  // "s3dr-source_bucket_check handles an event"
  bool passed = false;
  std::string detail;  // of a failure: what the function said
};

// `source` and `destination` reach the two sides. `id` ties the log lines of the run together. A function
// that fails is a failed step. Raises what the services themselves answer (denied, unavailable).
Task<std::vector<SelfTestStep>> self_test(client::ServiceClient& source, client::ServiceClient& destination,
                                          Settings settings, std::string id);

}  // namespace s3dr::deploy
