// A topic in the process together with the function that listens to it, for `s3dr serve`. It replaces SNS and
// Lambda's asynchronous queue. Messages are hints: those for the same bucket and protection are merged. One task at a
// time works on a bucket, whatever its protections: they share one replication configuration. But each protection
// waits for itself, so that a destination that is lost does not hold up another one. Nothing here is durable. The truth is in the stores, so the sweep finds again what a
// crash forgets.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/notifier.h"
#include "base/random.h"
#include "base/task.h"
#include "base/task_group.h"
#include "dr/messages/message.h"
#include "functions/outcome.h"
#include "functions/pace.h"
#include "ports/topic.h"

namespace s3dr::control {

// Ordinary configuration, so that tests need no waiting.
struct WorkQueueOptions {
  std::size_t buckets_max =
      100'000;  // waiting, counted for each protection; one more is refused (throttled), the sweep finds it again
  std::size_t concurrency_max = 8;  // buckets worked on at a time
  int attempts_max = 8;             // failures in a row before a message goes to the dead letters
  milliseconds retry_base{500};     // before attempt n+1: uniform in [0, min(cap, base * 2^n)]
  milliseconds retry_cap{30'000};
  // A running job is looked at after this time, then after twice as long, and so on, up to what the function
  // asked for. So a short job is noticed at once.
  milliseconds look_base{100};
  std::size_t dead_letters_max = 1000;  // when full, the oldest is dropped and the drop is logged
};

struct DeadLetter {
  dr::Message message;
  std::string why;
  Instant at{};
};

class WorkQueue : public ports::Topic {
 public:
  using Work = std::function<Task<functions::Outcome>(dr::Message)>;

  WorkQueue(boost::asio::any_io_executor executor, std::string name, WorkQueueOptions options, Work work,
            Clock& clock, Random& random, Log& log);

  // Queues a message (dr/messages/message.h). Raises invalid for a text that is not one, throttled when the queue is
  // full.
  Task<> publish(std::string message) override;
  // Works until cancelled. Then it cancels the running tasks and joins them.
  Task<> run();
  // True when no message can be worked on right now and none is being worked on. A message that waits for its
  // next look (a job runs, a failure backs off) does not count.
  bool idle() const;

  const std::string& name() const { return name_; }
  const std::deque<DeadLetter>& dead_letters() const { return dead_letters_; }
  std::size_t waiting() const { return entries_.size(); }
  std::uint64_t handled() const { return handled_; }

 private:
  // What a message is about.
  struct Subject {
    s3::BucketName bucket;
    std::string protection;
    auto operator<=>(const Subject&) const = default;
  };
  struct Entry {
    dr::Message message;
    milliseconds due{0};  // by Clock::uptime
    functions::Pace pace;
    bool running = false;
    bool again = false;  // a message came in while it was running
  };

  Task<> dispatch(TaskGroup& group);
  Task<> work_on(Subject subject);
  void settle(Entry& entry, const functions::Outcome& outcome);
  void bury(const Entry& entry, const std::string& why);

  std::string name_;
  WorkQueueOptions options_;
  Work work_;
  Clock& clock_;
  Random& random_;
  Log& log_;
  Notifier changed_;
  boost::asio::any_io_executor executor_;
  std::map<Subject, Entry> entries_;  // ordered: a run is reproducible
  std::size_t running_ = 0;
  std::uint64_t handled_ = 0;
  std::deque<DeadLetter> dead_letters_;
};

}  // namespace s3dr::control
