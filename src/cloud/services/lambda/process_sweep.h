// Ends the processes that a function's environment has left: a child that leads a session of its own is not in the
// function's process group, and outlives it. They are known by the environment variables that they inherited.
#pragma once

#include <string>
#include <vector>

namespace s3dr::services {

// Kills every process of this user whose initial environment has all of `variables` ("NAME=value"), and all that they
// started, until none is found. A variable that ends with '*' fits any that begins so. Returns how many were killed.
// Blocks for the time of a walk through /proc. May be repeated. Not found: a process that has cleared its environment
// and has lost its parent.
int kill_processes_of(const std::vector<std::string>& variables);

}  // namespace s3dr::services
