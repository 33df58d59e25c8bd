// The dead letters of a deployment: how many lie in a queue, who gave up on them and why. For `deploy status` and for
// the self-test. Reads only: the messages stay in the queue and are visible to others again at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "client/services/service_client.h"

namespace s3dr::deploy {

struct DeadLetter {
  std::string from;    // the rule, the topic or the function that gave up
  std::string reason;  // "NO_PERMISSIONS: …", "Unhandled: …"; empty: the sender does not say
  std::string body;
};

constexpr std::int64_t no_such_queue = -1;
constexpr std::int64_t count_unknown = -2;  // the queue is there, and SQS does not say how many it holds

struct QueueStatus {
  std::string name, place;
  std::int64_t messages = no_such_queue;  // approximately
  std::vector<DeadLetter> letters;        // some of them, each with the beginning of its body
};

// Raises what SQS answers (denied, unavailable). May be repeated.
Task<QueueStatus> read_queue(client::ServiceClient& client, std::string name);

// At most ten letters, whole, whatever the queue says of their number; nullopt: there is no such queue.
Task<std::optional<std::vector<DeadLetter>>> read_letters(client::ServiceClient& client, std::string name);

}  // namespace s3dr::deploy
