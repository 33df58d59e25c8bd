#include "cloud/process/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <system_error>

#include "base/error.h"
#include "base/forked_child.h"

namespace s3dr::cloud {
namespace {

constexpr int ready_in_child = 3;
constexpr milliseconds look_every(10);

std::string errno_text() {
  return std::generic_category().message(errno);
}

// Between fork and exec only async-signal-safe calls are allowed.
[[noreturn]] void become(pid_t parent, int log, int ready, const char* program, char* const* arguments) {
  begin_forked_child(parent);
  ::signal(SIGPIPE, SIG_DFL);
  read_nothing();
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  unsigned first_to_close = ready_in_child;
  if (ready >= 0) {
    // dup2 onto itself would leave close-on-exec set.
    if (ready == ready_in_child) {
      ::fcntl(ready, F_SETFD, 0);
    } else {
      ::dup2(ready, ready_in_child);
    }
    ++first_to_close;
  }
  ::close_range(first_to_close, ~0U, 0);
  ::execv(program, arguments);
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const ChildOptions& options) : log_path_(options.log_path) {
  const int log = ::open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0)
    throw Error(ErrorKind::invalid, "the log file cannot be opened: " + errno_text())
        .with_resource(log_path_);
  int ready[2] = {-1, -1};
  if (options.reports_ready && ::pipe2(ready, O_CLOEXEC | O_NONBLOCK) != 0) {
    ::close(log);
    throw Error(ErrorKind::unavailable, "no pipe: " + errno_text());
  }
  std::vector<std::string> words = {options.program};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  if (options.reports_ready) {
    words.emplace_back("--ready-descriptor");
    words.push_back(std::to_string(ready_in_child));
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(parent, log, ready[1], options.program.c_str(), arguments.data());
  const std::string why = errno_text();
  ::close(log);
  if (ready[1] >= 0) ::close(ready[1]);
  if (pid_ < 0) {
    if (ready[0] >= 0) ::close(ready[0]);
    throw Error(ErrorKind::unavailable, "no process can be started: " + why);
  }
  ready_descriptor_ = ready[0];
}

ChildProcess::~ChildProcess() {
  kill();
  if (ready_descriptor_ >= 0) ::close(ready_descriptor_);
}

void ChildProcess::note_status(int status) {
  reaped_ = true;
  if (WIFSIGNALED(status)) {
    ending_ = "killed by signal " + std::to_string(WTERMSIG(status));
  } else {
    ending_ = "exit code " + std::to_string(WEXITSTATUS(status));
  }
}

bool ChildProcess::running() {
  if (reaped_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) note_status(status);
  return !reaped_;
}

void ChildProcess::terminate() {
  if (running()) ::kill(pid_, SIGTERM);
}

void ChildProcess::kill() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  note_status(status);
}

Task<> ChildProcess::wait_ready(Clock& clock, milliseconds limit) {
  const milliseconds started = clock.uptime();
  std::string heard;
  while (heard.find("ready\n") == std::string::npos) {
    char buffer[64];
    const ssize_t count = ::read(ready_descriptor_, buffer, sizeof buffer);
    if (count > 0) {
      heard.append(buffer, static_cast<std::size_t>(count));
      continue;
    }
    const bool closed = count == 0;
    const bool late = clock.uptime() - started > limit;
    if (!closed && !late) {
      co_await clock.sleep(look_every);
      continue;
    }
    // The pipe closes a moment before the process can be reaped.
    for (int i = 0; closed && running() && i < 100; ++i) co_await clock.sleep(look_every);
    throw Error(ErrorKind::unavailable, running() ? "did not get ready in time" : "ended: " + ending_)
        .with_resource(log_path_);
  }
  ::close(ready_descriptor_);
  ready_descriptor_ = -1;
}

Task<> ChildProcess::stop(Clock& clock, milliseconds grace) {
  terminate();
  const milliseconds started = clock.uptime();
  while (running() && clock.uptime() - started < grace) co_await clock.sleep(look_every);
  kill();
}

std::string log_tail(const std::string& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<std::size_t>(file.tellg());
  const std::size_t wanted = size < bytes_max ? size : bytes_max;
  std::string text(wanted, '\0');
  file.seekg(static_cast<std::streamoff>(size - wanted));
  file.read(text.data(), static_cast<std::streamsize>(wanted));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (wanted < size) text.erase(0, text.find('\n') + 1);  // begins with a whole line
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void report_ready(int descriptor) {
  if (descriptor < 0) return;
  // The one who waits may be gone; that is no reason to stop.
  [[maybe_unused]] const auto written = ::write(descriptor, "ready\n", 6);
  ::close(descriptor);
}

}  // namespace s3dr::cloud
