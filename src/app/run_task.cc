#include "app/run_task.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>

#include "base/error.h"
#include "base/task_group.h"

namespace s3dr::app {

bool run_until_signal(const TaskStarter& start) {
  namespace asio = boost::asio;
  asio::io_context context(1);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  asio::cancellation_signal stop;
  bool ended = false, stopped = false;
  std::exception_ptr failure;
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (error || ended) return;
    stopped = true;
    boost::system::error_code ignored;
    signals.clear(ignored);  // the next signal has its usual effect
    stop.emit(asio::cancellation_type::terminal);
  });
  asio::co_spawn(context, start(context.get_executor()),
                 asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown) {
                   ended = true;
                   failure = thrown;
                   boost::system::error_code ignored;
                   signals.cancel(ignored);
                 }));
  context.run();
  if (failure && !(stopped && is_cancellation(failure))) std::rethrow_exception(failure);
  return !stopped;
}

void run_task(const TaskStarter& start) {
  if (!run_until_signal(start)) throw Error(ErrorKind::cancelled, "interrupted");
}

}  // namespace s3dr::app
