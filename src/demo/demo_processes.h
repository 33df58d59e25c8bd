// The processes of the demo: the cloud's supervisor, which has one a region (and those one a function), and
// the controller where it is the controller's way. None outlives the demo.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "cloud/process/child_process.h"
#include "cloud/process/installation.h"

namespace s3dr::app {

// Two regions on free ports; an earlier run's installation in that folder is gone on with. Raises invalid.
cloud::Installation make_demo_installation(const std::string& folder, Clock& clock);
// For us and for the processes we start.
void use_profiles_of(const cloud::Installation& installation);

class DemoProcesses {
 public:
  explicit DemoProcesses(std::string folder) : folder_(std::move(folder)) {}

  // Returns once every region answers. Raises unavailable, the log as its resource.
  Task<> start_cloud(Clock& clock);
  void start_controller(const std::string& config);
  // Raises unavailable, the log as its resource, when one of them has ended.
  void check();
  Task<> stop(Clock& clock);

 private:
  std::string folder_;
  std::optional<cloud::ChildProcess> cloud_, controller_;
};

}  // namespace s3dr::app
