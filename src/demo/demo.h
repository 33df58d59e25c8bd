// The demo: a cloud of two regions, the three functions deployed into it, and a bucket that becomes protected
// before one's eyes. Or, on an account of its own, the controller's way. Everything it says it has read from
// the stores through the production client.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <string>

#include "app/function_package.h"
#include "base/log.h"
#include "base/task.h"
#include "cloud/process/installation.h"
#include "demo/demo_content.h"

namespace s3dr::app {

// Who does the work: the deployed functions, or `s3dr serve`. Never both in one account: with IAM roles in
// it, the made-up ones of the controller's configuration are refused.
enum class DemoWay { deployed, served };

struct DemoPlan {
  DemoWay way = DemoWay::deployed;
  FunctionPackage package;  // deployed: what the functions are made from
  Tree tree;
  std::string folder;    // absolute
  bool goes_on = false;  // an earlier run's regions, functions and buckets are in it
  std::uint64_t large_bytes = 100ULL * 1024 * 1024;
  bool keep = false;  // leave everything running until a signal
};

// Starts the processes, runs the story, stops the processes, whatever happens. Returns when the bucket was
// verified; raises the reason otherwise. Prints as it goes.
Task<> run_demo(boost::asio::any_io_executor executor, const DemoPlan& plan, Log& log);

}  // namespace s3dr::app
