#include "sim/served/seeds.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/clock.h"
#include "base/error.h"
#include "sim/world/scenario.h"

namespace s3dr::sim {
namespace {

constexpr std::size_t seeds_between_repeats = 50;
constexpr milliseconds seed_max{120'000};  // of real time: sanitizers and a busy machine included
constexpr milliseconds progress_every{10'000};

struct Worker {
  pid_t pid = -1;
  int pipe = -1;
  std::size_t next = 0;  // index of the seed it is at; then every `stride`th
  std::string unread;
  milliseconds begun{0};
  bool done = false;
};

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', '\x1f');
  return text;
}

void say(int pipe, const std::string& line) {
  const std::string text = line + "\n";
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t count = ::write(pipe, text.data() + at, text.size() - at);
    if (count <= 0) _exit(3);
    at += static_cast<std::size_t>(count);
  }
}

// Lines: "seed requests name=count …" or "!failure".
[[noreturn]] void work(const SeedKind& kind, const std::vector<std::uint64_t>& seeds, std::size_t first,
                       std::size_t stride, int pipe) {
  for (std::size_t i = first; i < seeds.size(); i += stride) {
    ScenarioResult result = kind.run(seeds[i], nullptr);
    if (result.failure.empty() && i % seeds_between_repeats == 0 &&
        kind.run(seeds[i], nullptr).trace != result.trace)
      result.failure = "the same seed took another way";
    if (!result.failure.empty()) {
      say(pipe, "!" + one_line(result.failure));
      continue;
    }
    std::string line = fmt::format("{}", result.requests);
    for (const auto& [name, count] : result.counts) line += fmt::format("\t{}\t{}", name, count);
    say(pipe, line);
  }
  _exit(0);
}

void start(Worker& worker, const SeedKind& kind, const std::vector<std::uint64_t>& seeds, std::size_t stride,
           milliseconds now) {
  int ends[2];
  S3DR_CHECK(::pipe(ends) == 0);
  std::fflush(stdout);
  worker.pid = ::fork();
  S3DR_CHECK(worker.pid >= 0);
  if (worker.pid == 0) {
    ::close(ends[0]);
    work(kind, seeds, worker.next, stride, ends[1]);
  }
  ::close(ends[1]);
  worker.pipe = ends[0];
  worker.unread.clear();
  worker.begun = now;
}

class Run {
 public:
  Run(const std::vector<std::uint64_t>& seeds, int jobs, const SeedKind& kind)
      : seeds_(seeds),
        stride_(
            std::min<std::size_t>(static_cast<std::size_t>(jobs), std::max<std::size_t>(seeds.size(), 1))),
        kind_(kind),
        clock_(make_real_clock()) {}

  SeedsReport go() {
    const milliseconds begun = clock_->uptime();
    milliseconds told = begun;
    for (std::size_t i = 0; i < stride_ && i < seeds_.size(); ++i) {
      Worker& worker = workers_.emplace_back();
      worker.next = i;
      start(worker, kind_, seeds_, stride_, begun);
    }
    while (std::ranges::any_of(workers_, [](const Worker& worker) { return !worker.done; })) {
      listen();
      if (clock_->uptime() - told >= progress_every) {
        told = clock_->uptime();
        std::printf("  %llu of %zu seeds, %zu failed\n", static_cast<unsigned long long>(report_.passed),
                    seeds_.size(), report_.failures.size());
        std::fflush(stdout);
      }
    }
    report_.seconds = static_cast<double>((clock_->uptime() - begun).count()) / 1000;
    return std::move(report_);
  }

 private:
  void listen() {
    std::vector<pollfd> waits;
    for (const Worker& worker : workers_) waits.push_back({worker.done ? -1 : worker.pipe, POLLIN, 0});
    ::poll(waits.data(), waits.size(), 1000);
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      Worker& worker = workers_[i];
      if (worker.done) continue;
      if ((waits[i].revents & (POLLIN | POLLHUP)) != 0) {
        take(worker);
      } else if (clock_->uptime() - worker.begun > seed_max) {
        ::kill(worker.pid, SIGKILL);
        lost(worker, "does not end in real time");
      }
    }
  }

  void take(Worker& worker) {
    char buffer[65536];
    const ssize_t count = ::read(worker.pipe, buffer, sizeof buffer);
    if (count <= 0) {
      if (worker.next < seeds_.size()) {
        lost(worker, "");
      } else {
        finish(worker);
      }
      return;
    }
    worker.unread.append(buffer, static_cast<std::size_t>(count));
    for (std::size_t end; (end = worker.unread.find('\n')) != std::string::npos;) {
      note(seeds_[worker.next], worker.unread.substr(0, end));
      worker.unread.erase(0, end + 1);
      worker.next += stride_;
      worker.begun = clock_->uptime();
    }
  }

  void note(std::uint64_t seed, const std::string& line) {
    if (line.starts_with("!")) {
      std::string why = line.substr(1);
      std::ranges::replace(why, '\x1f', '\n');
      fail(seed, why);
      return;
    }
    std::istringstream fields(line);
    std::string requests, name, count;
    std::getline(fields, requests, '\t');
    report_.requests += std::stoull(requests);
    while (std::getline(fields, name, '\t') && std::getline(fields, count, '\t'))
      report_.counts[name] += std::stoull(count);
    ++report_.passed;
  }

  void fail(std::uint64_t seed, const std::string& why) {
    std::printf("seed %llu failed: %s\n  again with: %s %llu --verbose\n",
                static_cast<unsigned long long>(seed), why.c_str(), kind_.replay.c_str(),
                static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    report_.failures.push_back({seed, why});
  }

  int finish(Worker& worker) {
    ::close(worker.pipe);
    int status = 0;
    ::waitpid(worker.pid, &status, 0);
    worker.done = true;
    return status;
  }

  // The process is gone in the middle of a seed: the others of its share go to a new one.
  void lost(Worker& worker, std::string why) {
    const int status = finish(worker);
    if (why.empty())
      why = WIFSIGNALED(status) ? fmt::format("the process died of signal {}", WTERMSIG(status))
                                : fmt::format("the process left with status {}", WEXITSTATUS(status));
    fail(seeds_[worker.next], why);
    worker.next += stride_;
    if (worker.next >= seeds_.size()) return;
    worker.done = false;
    start(worker, kind_, seeds_, stride_, clock_->uptime());
  }

  const std::vector<std::uint64_t>& seeds_;
  std::size_t stride_;
  const SeedKind& kind_;
  std::unique_ptr<Clock> clock_;
  std::vector<Worker> workers_;
  SeedsReport report_;
};

}  // namespace

SeedsReport run_seeds(const std::vector<std::uint64_t>& seeds, int jobs, const SeedKind& kind) {
  return Run(seeds, jobs, kind).go();
}

std::vector<std::uint64_t> read_seeds(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error(ErrorKind::invalid, "no such file").with_resource(path);
  std::vector<std::uint64_t> seeds;
  for (std::string line; std::getline(file, line);) {
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    seeds.push_back(std::stoull(line));
  }
  return seeds;
}

}  // namespace s3dr::sim
