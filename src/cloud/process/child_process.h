// One child process: a command of this program or of another one, with its output in a log file. The
// supervisor runs the regions with it, the demo runs the cloud and the controller.
// No child outlives its parent: when the parent ends for any reason, the kernel kills the child.
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
  std::string program = "/proc/self/exe";  // the file to run; by default this program
};

class ChildProcess {
 public:
  // Starts the program in a process group of its own, so that Ctrl-C at a terminal reaches only the parent.
  // Needs: the main thread calls it. The kernel ties the child's life to the thread that made it.
  // Raises invalid (the log cannot be opened), unavailable (no process can be made).
  explicit ChildProcess(const ChildOptions& options);
  ~ChildProcess();  // kills and reaps the child if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Does not wait.
  bool running();
  // How it ended: "exit code 1", "killed by signal 9"; empty while it runs.
  const std::string& ending() const { return ending_; }
  const std::string& log_path() const { return log_path_; }

  // Returns when the child has written "ready". Raises unavailable, with the log as its resource, if the
  // child dies first or takes longer than `limit`.
  Task<> wait_ready(Clock& clock, milliseconds limit);
  // Sends SIGTERM, and SIGKILL after `grace`. Returns when the child is gone.
  Task<> stop(Clock& clock, milliseconds grace);
  void terminate();  // SIGTERM only
  void kill();       // SIGKILL and reap; blocks until that is done

 private:
  void note_status(int status);

  pid_t pid_ = -1;
  bool reaped_ = false;
  int ready_descriptor_ = -1;
  std::string ending_, log_path_;
};

// The last lines of a log file, for messages; "": there is nothing.
std::string log_tail(const std::string& path, std::size_t bytes_max = 2000);

// The child's side of wait_ready(): writes "ready" and closes the descriptor. -1: nobody waits.
void report_ready(int descriptor);

}  // namespace s3dr::cloud
