// What one core carries through our own client and server together (both run in this thread, over loopback).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/task_group.h"
#include "http/pool.h"
#include "http/server.h"

namespace s3dr::http {
namespace {

class Zeroes : public BodyReader {
 public:
  explicit Zeroes(std::uint64_t length) : left_(length) {}
  Task<std::size_t> read(std::span<char> buffer) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
    std::fill_n(buffer.data(), count, '\0');
    left_ -= count;
    co_return count;
  }

 private:
  std::uint64_t left_;
};

Task<HttpResponse> answer(HttpRequest request) {
  HttpResponse response;
  const std::uint64_t bytes = std::stoull(request.target.substr(1));
  if (bytes < 65'536)
    response.body = Body(std::string(bytes, 'x'));
  else
    response.body = Body(std::make_unique<Zeroes>(bytes), bytes);
  co_return response;
}

Task<> client(HttpTransport& pool, Endpoint endpoint, std::string target, int requests) {
  std::vector<char> buffer(256 * 1024);
  for (int i = 0; i < requests; ++i) {
    HttpRequest request;
    request.method = "GET";
    request.target = target;
    auto response = co_await pool.send(endpoint, std::move(request), {});
    const auto reader = response.body.take_reader();
    while (co_await reader->read(std::span<char>(buffer)) > 0) {
    }
  }
}

Task<> everything(Server& server, HttpTransport& pool, std::string target, int clients, int requests) {
  const auto executor = co_await boost::asio::this_coro::executor;
  TaskGroup servers(executor);
  TaskGroup callers(executor);
  servers.spawn(server.run());
  for (int i = 0; i < clients; ++i)
    callers.spawn(client(pool, Endpoint{false, "127.0.0.1", server.port()}, target, requests));
  co_await callers.join();
  server.stop(milliseconds(0));
  co_await servers.join();
}

// Arguments: bytes of the answer, concurrent clients, requests of each.
void round_trips(benchmark::State& state) {
  const auto log = make_null_log();
  const auto clock = make_real_clock();
  for (auto _ : state) {
    boost::asio::io_context io;
    const auto server = make_server(io.get_executor(), {}, answer, *log);
    const auto pool = make_pool(io.get_executor(), *clock, {});
    std::exception_ptr failure;
    boost::asio::co_spawn(io,
                          everything(*server, *pool, "/" + std::to_string(state.range(0)),
                                     static_cast<int>(state.range(1)), static_cast<int>(state.range(2))),
                          [&](std::exception_ptr error) { failure = error; });
    io.run();
    if (failure) state.SkipWithError("a request failed");
  }
  state.SetItemsProcessed(state.iterations() * state.range(1) * state.range(2));
  state.SetBytesProcessed(state.iterations() * state.range(0) * state.range(1) * state.range(2));
}

BENCHMARK(round_trips)
    ->Args({100, 1, 10'000})
    ->Args({100, 16, 1'000})
    ->Args({256 << 20, 1, 4})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace s3dr::http
