// Events that s3dr puts on the default bus of EventBridge: "Bucket Check" and "Sweep" (lambda/input.h reads
// them back). An interface, so that the sweep can be tried without a bus.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/retry.h"
#include "base/task.h"
#include "client/services/service_client.h"

namespace s3dr::lambda {

struct BusEvent {
  std::string detail_type;
  std::string detail;  // JSON object
};

constexpr std::size_t events_per_call_max = 10;  // PutEvents takes no more

class EventBus {
 public:
  virtual ~EventBus() = default;
  // All of them, in calls of up to events_per_call_max, source `s3dr`. Entries that the bus could not take
  // for a reason that passes are put again, alone. Raises what is left then: throttled or unavailable (some
  // were not taken; putting all again is harmless), denied or invalid (the bus will not take them).
  virtual Task<> put(std::vector<BusEvent> events) = 0;
};

// PutEvents in the client's region. `client` outlives it; `retry` is for single entries.
std::unique_ptr<EventBus> make_event_bus(client::ServiceClient& client, RetryPolicy retry);

}  // namespace s3dr::lambda
