// The processes of the demo: the supervisor of the cloud, and for DemoWay::served the controller. The
// supervisor starts one process for each region. A region starts one for each function. None of them outlives
// the demo.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "cloud/process/child_process.h"
#include "cloud/process/installation.h"

namespace s3dr::app {

// Two regions on free ports. If an earlier run left an installation in the folder, it is used again. Raises
// invalid.
cloud::Installation make_demo_installation(const std::string& folder, Clock& clock);
// Sets the AWS profile files of this process and of those it starts.
void use_profiles_of(const cloud::Installation& installation);

class DemoProcesses {
 public:
  explicit DemoProcesses(std::string folder) : folder_(std::move(folder)) {}

  // Returns when every region answers. Raises unavailable, with the log file as resource.
  Task<> start_cloud(Clock& clock);
  void start_controller(const std::string& config);
  // Raises unavailable, with the log file as resource, when one of the processes has ended.
  void check();
  Task<> stop(Clock& clock);

 private:
  std::string folder_;
  std::optional<cloud::ChildProcess> cloud_, controller_;
};

}  // namespace s3dr::app
