// Wakes one waiting task of the same thread. A notification is kept (once) if nobody waits for it. So none is
// lost between looking and waiting.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/task.h"

namespace s3dr {

class Notifier {
 public:
  explicit Notifier(boost::asio::any_io_executor executor);
  ~Notifier();
  void notify();
  // Returns when notified since the last wait, or after `limit` (nullopt: no limit). One waiter at a time.
  Task<> wait(Clock& clock, std::optional<milliseconds> limit = std::nullopt);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace s3dr
