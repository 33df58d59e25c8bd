// What the benchmark programs share: processor time of ourselves and of servers, and one measured round of an
// operation by concurrent workers. Figures are raw here; bench/run.py divides them.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/task_group.h"

namespace s3dr::bench {

using SteadyClock = std::chrono::steady_clock;

inline double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

// User and system time of this process.
inline double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// User and system time of other processes, from /proc; resolution is the kernel's tick (10 ms).
inline double cpu_seconds_of(const std::vector<int>& pids) {
  double ticks = 0;
  for (const int pid : pids) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    // The name in brackets may hold anything; fields 14 and 15 are counted from behind it.
    const std::size_t behind_name = line.rfind(')');
    if (behind_name == std::string::npos) continue;
    std::istringstream rest(line.substr(behind_name + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) rest >> skipped;
    double user = 0, system = 0;
    rest >> user >> system;
    ticks += user + system;
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// One operation by concurrent workers for a while, each going on as soon as its answer is complete.
// `Operation` is a callable that returns Task<std::uint64_t>: the bytes of the body that was moved. It is
// told the number of the request, from 0. Every failed request ends the round with its error.
template <class Operation>
class Round {
 public:
  Round(Operation operation, int connections) : operation_(std::move(operation)), connections_(connections) {}

  // At least one request a worker. The numbers go on where the last run ended.
  Task<> run(double seconds) {
    end_ = SteadyClock::now() +
           std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
    bytes_ = 0;
    milliseconds_.clear();
    TaskGroup workers(co_await boost::asio::this_coro::executor);
    for (int i = 0; i < connections_; ++i) workers.spawn(work());
    co_await workers.join();
  }

  std::uint64_t requests() const { return milliseconds_.size(); }
  std::uint64_t bytes() const { return bytes_; }
  // The time that `share` of the requests did not exceed.
  double milliseconds_at(double share) {
    std::sort(milliseconds_.begin(), milliseconds_.end());
    const auto last = static_cast<double>(milliseconds_.size() - 1);
    return milliseconds_.at(static_cast<std::size_t>(last * share));
  }

 private:
  Task<> work() {
    do {
      const auto begin = SteadyClock::now();
      bytes_ += co_await operation_(next_++);
      milliseconds_.push_back(seconds_since(begin) * 1000);
    } while (SteadyClock::now() < end_);
  }

  Operation operation_;
  int connections_;
  SteadyClock::time_point end_;
  std::uint64_t next_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<double> milliseconds_;
};

// A short round that is thrown away (connections, caches), then the one that counts.
template <class Operation>
Task<boost::json::object> measure(std::string name, Operation operation, int connections, double seconds,
                                  std::vector<int> server_pids) {
  Round<Operation> round(std::move(operation), connections);
  co_await round.run(seconds / 10);
  const double server_before = cpu_seconds_of(server_pids);
  const double own_before = own_cpu_seconds();
  const auto begin = SteadyClock::now();
  co_await round.run(seconds);
  boost::json::object result;
  result["seconds"] = seconds_since(begin);
  result["client_cpu_seconds"] = own_cpu_seconds() - own_before;
  if (!server_pids.empty()) result["server_cpu_seconds"] = cpu_seconds_of(server_pids) - server_before;
  result["operation"] = name;
  result["connections"] = connections;
  result["requests"] = round.requests();
  result["bytes"] = round.bytes();
  result["median_milliseconds"] = round.milliseconds_at(0.5);
  result["p99_milliseconds"] = round.milliseconds_at(0.99);
  co_return result;
}

}  // namespace s3dr::bench
