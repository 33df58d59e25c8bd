// `s3dr serve` without its sockets: three queues with the three functions behind them, the sweep and the
// verification runs, all on top of ports. The simulation runs this same class.
//   event or sweep → source queue → destination queue → enable queue → verification runs
// One controller serves all protections of a source (dr/protections.h), because S3 has one replication configuration a
// bucket. A message is about a bucket and a protection. Each destination place has its own control bucket, heartbeat
// and readiness: if one is lost, the others go on.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/task.h"
#include "control/verification_runs.h"
#include "control/work_queue.h"
#include "dr/messages/heartbeat.h"
#include "dr/protections.h"
#include "functions/context.h"
#include "ports/object_store.h"

namespace s3dr::control {

struct ControllerOptions {
  WorkQueueOptions queue;
  milliseconds sweep_interval{300'000};  // and once at start
  milliseconds prepare_retry{5'000};     // between attempts to create our own buckets
  VerificationRunsOptions verification;
};

// One protection: what is asked for, and the ports of its destination. All of them outlive the controller.
struct ControlledProtection {
  dr::Policy policy;
  ports::BucketStore& destination;
  ports::DocumentStore& records;
  ports::ObjectStore& replica_objects;
};

// The source and the tools, which all protections share. All of them outlive the controller.
struct ControllerPorts {
  ports::BucketStore& source;
  ports::BatchJobs& jobs;
  ports::ObjectStore& source_objects;
  Clock& clock;
  Random& random;
  Log& log;
};

class Controller {
 public:
  // Needs at least one protection; they are valid together.
  Controller(boost::asio::any_io_executor executor, std::vector<ControlledProtection> protections,
             ControllerPorts ports, ControllerOptions options);
  ~Controller();

  // Works until cancelled; joins every task before it returns. It creates our own buckets first, and retries
  // while a store cannot be reached or refuses. Work begins with the first destination whose buckets are there.
  // Raises invalid when one of these buckets is in another region.
  Task<> run();
  // Takes an event envelope as text: a hint which bucket to look at (dr/messages/event.h). Returns how many buckets
  // were queued; 0: the event concerns no bucket of ours. Raises throttled when the queue is full. An edit of a
  // bucket's rules is noted before it returns (functions/replication_edits.h). While that cannot be done it raises
  // what the record store answers, as long as that may pass: the event is to be delivered again.
  Task<std::size_t> take_event(std::string envelope);

  // Our own buckets exist, the first sweep has been complete, and so has a sweep of late. The sweep gives signs of life,
  // and in the last one all regions answered. This of each destination.
  bool ready() const { return why_not_ready().empty(); }
  // "us-west-2 unreachable since 13:20:12 UTC: …"; empty: ready.
  std::string why_not_ready() const;
  // By control bucket, after the last sweep; none before the first one.
  struct PlaceHeartbeat {
    s3::BucketName control_bucket;
    std::optional<dr::Heartbeat> heartbeat;
  };
  std::vector<PlaceHeartbeat> heartbeats() const;
  // Nothing is queued to be worked on at once (messages that wait for a job or a retry do not count).
  bool idle() const;

  const WorkQueue& source_queue() const;
  const WorkQueue& destination_queue() const;
  const WorkQueue& enable_queue() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace s3dr::control
