#include "cloud/store/helper_threads.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <utility>

namespace s3dr::cloud {
namespace asio = boost::asio;
namespace {

struct Job {
  std::function<void()> work;
  std::exception_ptr failure;
};

}  // namespace

Task<> run_on(asio::thread_pool& pool, std::function<void()> work) {
  const auto executor = co_await asio::this_coro::executor;
  const bool threw_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto job = std::make_shared<Job>(std::move(work), nullptr);
  const auto initiate = [](auto handler, asio::thread_pool* threads, std::shared_ptr<Job> todo,
                           asio::any_io_executor back) {
    auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
    asio::post(*threads, [waiting, todo = std::move(todo), guard = asio::make_work_guard(back)] {
      try {
        todo->work();
      } catch (...) {
        todo->failure = std::current_exception();
      }
      todo->work = nullptr;  // what it held is gone before its caller goes on
      asio::post(guard.get_executor(), [waiting] { std::move (*waiting)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate, asio::use_awaitable, &pool,
                                                                       job, executor);
  co_await asio::this_coro::throw_if_cancelled(threw_if_cancelled);
  if (job->failure) std::rethrow_exception(job->failure);
}

}  // namespace s3dr::cloud
