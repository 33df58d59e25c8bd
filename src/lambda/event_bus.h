// Events that s3dr puts on the default bus of EventBridge: "Bucket Check" and "Sweep". lambda/input.h reads
// them. This is an interface, so that the sweep can be tested without a bus.
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
  // Puts all events, in calls of up to events_per_call_max, with source `s3dr`. Entries that the bus refused
  // for a transient reason are put again, without the others.
  // Raises for what is left then:
  // - throttled or unavailable: some events were not put; putting all of them again does no harm;
  // - denied or invalid: the bus will not accept them.
  virtual Task<> put(std::vector<BusEvent> events) = 0;
};

// Uses PutEvents in the client's region. `client` outlives the bus; `retry` is for single entries.
std::unique_ptr<EventBus> make_event_bus(client::ServiceClient& client, RetryPolicy retry);

}  // namespace s3dr::lambda
