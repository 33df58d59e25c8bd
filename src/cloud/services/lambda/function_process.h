// One process of a function: its bootstrap, executed directly (no shell), with exactly the environment given.
// Bounds: RLIMIT_DATA at the function's memory size (private writable memory; unlike an address-space limit
// it does not count what a runtime only reserves, and unlike a cgroup it needs no rights), no core files,
// 1024 descriptors. This is no sandbox: the process has the rights of the region's user.
// It dies with the region's process (PR_SET_PDEATHSIG), and what it started dies with it (its process group).
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
  // To be called by the main thread: the kernel ties the child's life to the thread that made it. Raises
  // invalid (cannot be executed: the message is the system's), unavailable (no process, no descriptors).
  explicit FunctionProcess(const FunctionProcessOptions& options);
  ~FunctionProcess();  // kills and reaps what still runs; blocks for the moment that takes
  FunctionProcess(const FunctionProcess&) = delete;
  FunctionProcess& operator=(const FunctionProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Descriptors, owned by this object: readable when the process has ended, and its output (non-blocking).
  int ended_descriptor() const { return ended_; }
  int output_descriptor() const { return output_; }
  void kill();  // SIGKILL to the whole group; returns at once
  // Once it has ended: reaps, kills what it left behind, and says how: "exit status 1", "signal: killed";
  // empty for exit status 0. Repeatable.
  const std::string& reap();
  // Peak resident memory, while it runs; 0 when that cannot be read.
  std::uint64_t peak_memory_bytes() const;

 private:
  pid_t pid_ = -1;
  int ended_ = -1, output_ = -1;
  bool reaped_ = false;
  std::string ending_;
};

}  // namespace s3dr::services
