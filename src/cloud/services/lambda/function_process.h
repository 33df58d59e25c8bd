// One process of a function: its bootstrap, executed directly (no shell), with exactly the given environment.
// Its limits:
// - RLIMIT_DATA is the function's memory size (private writable memory). Unlike an address-space limit it
//   does not count memory that a runtime only reserves. Unlike a cgroup it needs no special rights.
// - no core files
// - 1024 descriptors
// This is not a sandbox: the process has the rights of the region's user.
// The process dies with the region's process (PR_SET_PDEATHSIG).
// What it started dies with it (its process group).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace s3dr::services {

struct FunctionProcessOptions {
  std::string executable;  // absolute
  std::string working_folder;
  std::vector<std::string> environment;  // "NAME=value"
  std::uint64_t memory_bytes_max = 0;
};

class FunctionProcess {
 public:
  // Needs: the main thread calls it. The kernel ties the child's life to the thread that made it.
  // Raises invalid (cannot be executed; the message is the system's),
  // unavailable (no process, no descriptors).
  explicit FunctionProcess(const FunctionProcessOptions& options);
  ~FunctionProcess();  // kills and reaps what still runs; blocks until that is done
  FunctionProcess(const FunctionProcess&) = delete;
  FunctionProcess& operator=(const FunctionProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Descriptors that this object owns. The first becomes readable when the process has ended.
  // The second is its output (non-blocking).
  int ended_descriptor() const { return ended_; }
  int output_descriptor() const { return output_; }
  void kill();  // SIGKILL to the whole group; returns at once
  // Needs: the process has ended. Reaps it, kills what it left behind, and says how it ended: "exit status
  // 1", "signal: killed"; empty for exit status 0. May be repeated.
  const std::string& reap();
  // The peak of its resident memory, while it runs; 0: it cannot be read.
  std::uint64_t peak_memory_bytes() const;

 private:
  pid_t pid_ = -1;
  int ended_ = -1, output_ = -1;
  bool reaped_ = false;
  std::string ending_;
};

}  // namespace s3dr::services
