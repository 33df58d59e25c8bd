// A topic in process with the function that listens to it: SNS and Lambda's asynchronous queue in one, for
// `serve`. Messages are hints, so those for the same bucket are merged; one bucket is worked on by one task
// at a time. Nothing here is durable: the sweep finds again whatever a crash forgets, because the truth is in
// the stores.
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
#include "dr/message.h"
#include "functions/outcome.h"
#include "functions/pace.h"
#include "ports/topic.h"

namespace s3dr::control {

// Ordinary configuration, so that tests need no waiting.
struct WorkQueueOptions {
  std::size_t buckets_max = 100'000;  // waiting; one more is refused (throttled), the sweep brings it back
  std::size_t concurrency_max = 8;    // buckets worked on at a time
  int attempts_max = 8;               // failures in a row before a message goes to the dead letters
  milliseconds retry_base{500};       // before attempt n+1: uniform in [0, min(cap, base * 2^n)]
  milliseconds retry_cap{30'000};
  milliseconds look_base{100};          // a running job is looked at after this, then after twice as long …
                                        // up to what the function asked for: short jobs are noticed at once
  std::size_t dead_letters_max = 1000;  // the oldest is dropped, and the drop is logged
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

  // Takes a message in (dr/message.h). Raises invalid for what is not one, throttled when full.
  Task<> publish(std::string message) override;
  // Works until cancelled; then cancels and joins what is running.
  Task<> run();
  // No message is waiting to be worked on at once and none is being worked on; messages that wait for their
  // next look (a job runs, a failure backs off) do not count.
  bool idle() const;

  const std::string& name() const { return name_; }
  const std::deque<DeadLetter>& dead_letters() const { return dead_letters_; }
  std::size_t waiting() const { return entries_.size(); }
  std::uint64_t handled() const { return handled_; }

 private:
  struct Entry {
    dr::Message message;
    milliseconds due{0};  // by Clock::uptime
    functions::Pace pace;
    bool running = false;
    bool again = false;  // a message came in while it was running
  };

  Task<> dispatch(TaskGroup& group);
  Task<> work_on(s3::BucketName bucket);
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
  std::map<s3::BucketName, Entry> entries_;  // ordered: a run is reproducible
  std::size_t running_ = 0;
  std::uint64_t handled_ = 0;
  std::deque<DeadLetter> dead_letters_;
};

}  // namespace s3dr::control
