// One child process of ours: a command of this program or of another one, with its output in a log file. Used by the
// supervisor for regions and by the demo for the cloud and the controller. No child outlives its parent,
// whatever ends the parent: the kernel kills it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"

namespace s3dr::cloud {

struct ChildOptions {
  std::vector<std::string> arguments;  // after the program's name
  std::string log_path;                // standard output and error are appended to it
  // Adds "--ready-descriptor 3": the child writes "ready\n" there once it answers.
  bool reports_ready = false;
  std::string program = "/proc/self/exe";  // the file to run: this very program
};

class ChildProcess {
 public:
  // Starts the program in a process group of its own, so that Ctrl-C at a terminal reaches
  // the parent alone. To be called by the main thread: the kernel ties the child's life to the thread that
  // made it. Raises invalid (log cannot be opened), unavailable (no process to be had).
  explicit ChildProcess(const ChildOptions& options);
  ~ChildProcess();  // kills and reaps what still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Looks, without waiting.
  bool running();
  // How it ended: "exit code 1", "killed by signal 9"; empty while it runs.
  const std::string& ending() const { return ending_; }
  const std::string& log_path() const { return log_path_; }

  // Returns once the child has written "ready". Raises unavailable, the log as its resource, when it
  // dies before or takes longer than `limit`.
  Task<> wait_ready(Clock& clock, milliseconds limit);
  // SIGTERM, and SIGKILL after `grace`. Returns when it is gone.
  Task<> stop(Clock& clock, milliseconds grace);
  void terminate();  // SIGTERM only
  void kill();       // SIGKILL and reap; blocks for the moment that takes

 private:
  void note_status(int status);

  pid_t pid_ = -1;
  bool reaped_ = false;
  int ready_descriptor_ = -1;
  std::string ending_, log_path_;
};

// The last lines of a log file, for messages; empty when there is nothing.
std::string log_tail(const std::string& path, std::size_t bytes_max = 2000);

// What a child does at the other end of wait_ready(): tells and closes. -1: nobody waits.
void report_ready(int descriptor);

}  // namespace s3dr::cloud
