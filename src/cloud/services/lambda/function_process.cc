#include "cloud/services/lambda/function_process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/forked_child.h"

namespace s3dr::services {
namespace {

constexpr int failure_in_child = 3;
constexpr rlim_t descriptors_max = 1024;

struct Pipe {
  int read = -1, write = -1;

  explicit Pipe(int flags) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | flags) != 0)
      throw Error(ErrorKind::unavailable, "no pipe: " + std::generic_category().message(errno));
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() {
    if (read >= 0) ::close(read);
    if (write >= 0) ::close(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_write() {
    ::close(write);
    write = -1;
  }
  int take_read() { return std::exchange(read, -1); }
};

struct Image {
  const char* executable;
  const char* folder;
  char* const* arguments;
  char* const* environment;
  rlim_t memory;
};

[[noreturn]] void fail(int descriptor) {
  const int code = errno;
  [[maybe_unused]] const auto written = ::write(descriptor, &code, sizeof code);
  ::_exit(127);
}

// Between fork and exec only async-signal-safe calls are allowed.
[[noreturn]] void become(const Image& image, pid_t parent, int output, int failure) {
  begin_forked_child(parent);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) ::signal(number, SIG_DFL);
  if (!read_nothing()) fail(failure);
  // `output` and `failure` are above 2: the parent has its standard descriptors open.
  if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0) fail(failure);
  if (failure != failure_in_child && ::dup2(failure, failure_in_child) < 0) fail(failure);
  ::fcntl(failure_in_child, F_SETFD, FD_CLOEXEC);
  ::close_range(failure_in_child + 1, ~0U, 0);
  const rlimit memory{image.memory, image.memory}, core{0, 0}, files{descriptors_max, descriptors_max};
  ::setrlimit(RLIMIT_DATA, &memory);
  ::setrlimit(RLIMIT_CORE, &core);
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::umask(022);
  if (::chdir(image.folder) != 0) fail(failure_in_child);
  ::execve(image.executable, image.arguments, image.environment);
  fail(failure_in_child);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

FunctionProcess::FunctionProcess(const FunctionProcessOptions& options) {
  Pipe output(0), failure(0);
  // Only our end is non-blocking. The function's writes block, as a program expects of its standard output.
  ::fcntl(output.read, F_SETFL, O_NONBLOCK);
  std::vector<std::string> words = {options.executable};
  std::vector<std::string> variables = options.environment;
  const std::vector<char*> arguments = pointers(words), environment = pointers(variables);
  const Image image{options.executable.c_str(), options.working_folder.c_str(), arguments.data(),
                    environment.data(), options.memory_bytes_max};
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(image, parent, output.write, failure.write);
  if (pid_ < 0)
    throw Error(ErrorKind::unavailable,
                "no process can be started: " + std::generic_category().message(errno));
  ::setpgid(pid_, pid_);  // whoever of the two comes first
  output.close_write();
  failure.close_write();
  int code = 0;
  ssize_t count;
  while ((count = ::read(failure.read, &code, sizeof code)) < 0 && errno == EINTR) {
  }
  if (count == 0) ended_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (ended_ < 0) {
    const int why = count == 0 ? errno : code;
    kill();
    reap();
    throw Error(count == 0 ? ErrorKind::unavailable : ErrorKind::invalid, std::strerror(why));
  }
  ::fcntl(ended_, F_SETFD, FD_CLOEXEC);
  output_ = output.take_read();
}

FunctionProcess::~FunctionProcess() {
  if (!reaped_) {
    kill();
    reap();
  }
  if (ended_ >= 0) ::close(ended_);
  if (output_ >= 0) ::close(output_);
}

void FunctionProcess::kill() {
  if (reaped_) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
}

const std::string& FunctionProcess::reap() {
  if (reaped_) return ending_;
  // While the leader is a zombie, no other process group can have its number.
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  if (WIFSIGNALED(status)) {
    std::string name(::sigdescr_np(WTERMSIG(status)) != nullptr ? ::sigdescr_np(WTERMSIG(status))
                                                                : "unknown");
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    ending_ = "signal: " + name;
  } else if (WEXITSTATUS(status) != 0) {
    ending_ = "exit status " + std::to_string(WEXITSTATUS(status));
  }
  return ending_;
}

std::uint64_t FunctionProcess::peak_memory_bytes() const {
  if (reaped_) return 0;
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  while (status >> word) {
    if (word != "VmHWM:") continue;
    std::uint64_t kib = 0;
    status >> kib;
    return kib * 1024;
  }
  return 0;
}

}  // namespace s3dr::services
