// The network of the simulation. A door is the handler of a region or a controller. A link is the
// HttpTransport of a node; it injects faults and counts every one. All that passes is hashed into a trace:
// the same seed gives the same hash.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http_message.h"
#include "base/random.h"
#include "base/task_group.h"
#include "http/transport.h"
#include "sim/world/virtual_clock.h"

namespace s3dr::sim {

enum class Fault {
  refused,          // no connection: known to be unsent
  request_lost,     // sent, never arrives, no answer
  reply_lost,       // arrives and takes effect, the answer is lost
  answer_500,       // before anything took effect
  answer_500_late,  // after it took effect
  answer_503,       // SlowDown, or what another service answers instead
  denied,           // 403 AccessDenied
  request_cut,      // the connection breaks in the middle of the request body
  reply_cut,        // the connection breaks in the middle of the answer's body
  duplicated,       // delivered twice (events only)
  slow,             // seconds instead of milliseconds
  door_closed,      // the node is down; it has no rate, but is counted
  overtaken,        // arrives after a later request to the same node; caused by delays; it is counted
  count_
};
inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::count_);
std::string_view to_string(Fault fault);

using FaultRates = std::array<double, fault_count>;  // probability for each request
using FaultCounts = std::array<std::uint64_t, fault_count>;

// One life of a node, which may die. Its doors run in its group.
// What it sends after it was marked as dying is dropped.
struct Life {
  explicit Life(boost::asio::any_io_executor executor) : group(std::move(executor)) {}
  TaskGroup group;
  bool dying = false;
};

using Door = std::function<Task<HttpResponse>(HttpRequest)>;

// A call as a CallHook sees it: before it is sent, and after its answer came.
// For crash matrices and planted faults.
struct Call {
  const Endpoint& to;
  const std::string& method;
  const std::string& target;
  // For a service beside S3 its operation ("PutRule"), from a header or the form; else method and target.
  const std::string& operation;
  bool is_form = false;  // a form of the Query protocol
};
struct CannedAnswer {
  int status = 200;
  std::string code;             // S3's error code; empty: an empty body
  std::string body = {};        // instead of S3's error document
  std::string error_type = {};  // x-amzn-ErrorType
};
// What a hook makes of a call. By default the call goes on as it is.
struct CallVerdict {
  std::optional<Error> fail;           // the call fails with this error
  std::optional<CannedAnswer> answer;  // replaces the store's answer
  bool hang = false;                   // the call waits until it is cancelled
  milliseconds wait{0};                // the call waits this long before anything else
};
struct CallHook {
  std::function<CallVerdict(const Call&)> before;
  std::function<CallVerdict(const Call&, int status)> after;
};

class Network {
 public:
  Network(boost::asio::any_io_executor executor, VirtualClock& clock, std::uint64_t seed);

  void open(const Endpoint& endpoint, std::shared_ptr<Life> life, Door door);
  void close(const Endpoint& endpoint);

  // A transport for the node with that name. Faults happen at `rates`, which may change at any time. Once
  // `dead()` is true, it sends nothing.
  std::unique_ptr<http::HttpTransport> link(std::string name, std::shared_ptr<const FaultRates> rates,
                                            std::shared_ptr<CallHook> hook = nullptr,
                                            std::function<bool()> dead = {});

  const FaultCounts& faults() const { return faults_; }
  std::uint64_t trace() const { return trace_; }
  std::uint64_t requests() const { return requests_; }
  std::uint64_t requests_to_virtual_hosts() const { return requests_to_virtual_hosts_; }
  // Versions and markers that a region sent to the other one as replicas, repeats included.
  std::uint64_t replicas_sent() const { return replicas_sent_; }

 private:
  friend class Link;
  struct OpenDoor {
    std::shared_ptr<Life> life;
    Door door;
  };

  struct Order {
    std::uint64_t sent = 0, latest_arrived = 0;
  };

  // The door of that host, or of the host that it stands in front of (virtual-host style).
  std::map<Endpoint, OpenDoor>::const_iterator door_of(Endpoint endpoint);
  void note(std::string_view text);
  bool strikes(Fault fault, const FaultRates& rates);
  milliseconds delay(const FaultRates& rates);

  boost::asio::any_io_executor executor_;
  VirtualClock& clock_;
  std::unique_ptr<Random> random_;
  std::map<Endpoint, OpenDoor> doors_;
  std::map<Endpoint, Order> orders_;
  FaultCounts faults_{};
  std::uint64_t trace_ = 14695981039346656037ULL;  // FNV-1a
  std::uint64_t requests_ = 0, requests_to_virtual_hosts_ = 0, replicas_sent_ = 0;
};

}  // namespace s3dr::sim
