#include "sim/world/forks.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace s3dr::sim {
namespace {

// Fits into a pipe whose other end is read only after the child has ended.
constexpr std::size_t verdict_bytes_max = 16 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

std::string read_to_end(int pipe) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t count = ::read(pipe, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

Forks::Forks(boost::asio::io_context& io, int jobs, MatrixReport& report)
    : io_(io), jobs_(static_cast<std::size_t>(std::max(1, jobs))), report_(report) {}

Forks::~Forks() {
  // Only an exception on the way leaves any.
  while (!child_ && !children_.empty()) reap_one();
}

bool Forks::fork(const std::string& what) {
  if (child_) return false;
  while (children_.size() >= jobs_) reap_one();
  int ends[2];
  if (::pipe(ends) != 0) fail("pipe");
  std::fflush(nullptr);
  io_.notify_fork(boost::asio::io_context::fork_prepare);
  const pid_t process = ::fork();
  if (process < 0) fail("fork");
  if (process == 0) {
    io_.notify_fork(boost::asio::io_context::fork_child);
    ::close(ends[0]);
    child_ = true;
    pipe_ = ends[1];
    return true;
  }
  io_.notify_fork(boost::asio::io_context::fork_parent);
  ::close(ends[1]);
  children_[process] = {what, ends[0]};
  ++forked_;
  return false;
}

void Forks::end_child(const std::string& failure) {
  const std::string text = failure.substr(0, verdict_bytes_max);
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(pipe_, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) ::_exit(2);
    if (count > 0) written += static_cast<std::size_t>(count);
  }
  ::_exit(text.empty() ? 0 : 1);
}

void Forks::reap_one() {
  int status = 0;
  pid_t process = -1;
  do {
    process = ::waitpid(-1, &status, 0);
  } while (process < 0 && errno == EINTR);
  const auto found = children_.find(process);
  if (process < 0 || found == children_.end()) fail("waitpid");
  const Child child = found->second;
  children_.erase(found);
  std::string verdict = read_to_end(child.pipe);
  ::close(child.pipe);
  const bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!good && verdict.empty()) {
    verdict = WIFSIGNALED(status) ? "the process ended by signal " + std::to_string(WTERMSIG(status))
                                  : "the process ended without a verdict";
  }
  report_.expect(good, child.what + ": " + verdict);
}

void Forks::join() {
  while (!children_.empty()) reap_one();
}

}  // namespace s3dr::sim
