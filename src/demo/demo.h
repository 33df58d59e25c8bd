// The demo: a cloud of two regions, the three functions deployed into it, and a bucket that becomes protected
// while the user watches. With DemoWay::served the controller does the work instead, in an account of its
// own. Everything that the demo prints was read from the stores with the production client.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <string>

#include "app/function_package.h"
#include "base/log.h"
#include "base/task.h"
#include "cloud/process/installation.h"
#include "demo/demo_content.h"

namespace s3dr::app {

// Who does the work: the deployed functions, or `s3dr serve`. An account is used for one of them only. Once
// it holds IAM roles, it refuses the invented roles in the controller's configuration.
enum class DemoWay { deployed, served };

struct DemoPlan {
  DemoWay way = DemoWay::deployed;
  FunctionPackage package;  // deployed: what the functions are made from
  Tree tree;
  std::string folder;    // absolute
  bool goes_on = false;  // the folder has the regions, functions and buckets of an earlier run
  std::uint64_t large_bytes = 100ULL * 1024 * 1024;
  bool keep = false;  // leave everything running until a signal
};

// Starts the processes, runs the demo, and always stops the processes. Prints each step. Returns when the
// bucket was verified; raises the reason otherwise.
Task<> run_demo(boost::asio::any_io_executor executor, const DemoPlan& plan, Log& log);

}  // namespace s3dr::app
