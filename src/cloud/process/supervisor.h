// Runs the regions of an installation as child processes and answers on a Unix socket in its folder. A region
// that dies stays dead until somebody starts it:
// the loss of a region must be visible (docs/architecture.md, The embedded cloud).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "cloud/process/installation.h"
#include "s3/names.h"

namespace s3dr::cloud {

struct RegionStatus {
  s3::Region region;
  bool running = false;
  int pid = 0;
  std::string ending;  // how it ended ("killed by signal 9"); empty: it runs
};

// What a person at the terminal gets told. Both may be empty.
struct SupervisorNews {
  std::function<void()> all_ready;
  std::function<void(const s3::Region&, const std::string& what)> region_changed;
};

class Supervisor {
 public:
  // Takes the installation's lock, and keeps the installation, because it holds the ports.
  // Raises precondition_failed, with advice, when another supervisor has the lock.
  Supervisor(Installation installation, Clock& clock, Log& log);
  ~Supervisor();  // ends all children

  // Starts every region, calls `news`, then serves the socket until cancelled.
  // Stops the regions before it returns.
  // Raises unavailable (a region did not start; the message has the end of its log).
  Task<> run(SupervisorNews news);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// These three ask the running supervisor of an installation.
// All raise unavailable (with advice) when none runs.
std::vector<RegionStatus> supervisor_status(const Installation& installation);
// Return what was done, as text for people. Raise invalid (no such region), unavailable (it did not start).
std::string start_region(const Installation& installation, const s3::Region& region);
std::string stop_region(const Installation& installation, const s3::Region& region);

}  // namespace s3dr::cloud
