#include "app/run_task.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <utility>

#include "base/error.h"
#include "base/task_group.h"

namespace s3dr::app {
namespace {

volatile std::sig_atomic_t signal_came = 0;  // before a task ran: a handler can reach nothing else

extern "C" void note_signal(int) {
  signal_came = 1;
}

}  // namespace

struct Signals::State {
  State(const boost::asio::any_io_executor& executor, int number) : signals(executor, number) {}
  boost::asio::signal_set signals;
};

Signals::Signals(const boost::asio::any_io_executor& executor, int number)
    : state_(std::make_unique<State>(executor, number)) {}

Signals::~Signals() = default;

Task<> Signals::wait() {
  co_await state_->signals.async_wait(boost::asio::use_awaitable);
}

void notice_signals() {
  signal_came = 0;
  struct sigaction action{};
  action.sa_handler = &note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

bool run_until_signal(const TaskStarter& start) {
  namespace asio = boost::asio;
  asio::io_context context(1);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  asio::cancellation_signal stop;
  bool ended = false, stopped = false;
  std::exception_ptr failure;
  const auto stop_task = [&] {
    stopped = true;
    boost::system::error_code ignored;
    signals.clear(ignored);  // the next signal has its usual effect
    stop.emit(asio::cancellation_type::terminal);
  };
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error && !ended) stop_task();
  });
  // `signals` catches what comes from here on. What came before needs no task.
  if (signal_came != 0) {
    signal_came = 0;
    return false;
  }
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
