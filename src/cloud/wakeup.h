// Lets a background loop sleep until it is woken or a time has passed. One waiter at a time, one thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "base/clock.h"
#include "base/task.h"

namespace s3dr::cloud {

class Wakeup {
 public:
  explicit Wakeup(boost::asio::any_io_executor executor);
  ~Wakeup();

  // Ends the wait under way, or the next one if there is none.
  void wake();
  // Returns when woken or after `limit`. Raises only what cancellation raises.
  Task<> wait(Clock& clock, milliseconds limit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace s3dr::cloud
