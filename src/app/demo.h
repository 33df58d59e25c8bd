// The demo: a cloud of two regions, the controller, and a bucket that becomes protected before one's eyes.
// Everything it says it has read from the stores through the production client.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <string>

#include "app/demo_content.h"
#include "base/log.h"
#include "base/task.h"
#include "cloud/installation.h"

namespace s3dr::app {

struct DemoPlan {
  Tree tree;
  std::string folder;  // absolute
  std::uint64_t large_bytes = 100ULL * 1024 * 1024;
  bool keep = false;  // leave everything running until a signal
};

// Starts the processes, runs the story, stops the processes, whatever happens. Returns when the bucket was
// verified; raises the reason otherwise. Prints as it goes.
Task<> run_demo(boost::asio::any_io_executor executor, const DemoPlan& plan, Log& log);

}  // namespace s3dr::app
