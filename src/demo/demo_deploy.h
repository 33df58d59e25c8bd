// Deploys the functions into the embedded cloud: the steps of `s3dr deploy apply`, told one by one. From then
// on Lambda processes of the cloud do the work.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <string>

#include "app/config.h"
#include "app/function_package.h"
#include "base/log.h"
#include "base/task.h"

namespace s3dr::app {

// How the demo prints: `step` for a line that stays, `moving` for a line that is replaced.
struct Telling {
  std::function<void(const std::string&)> step, moving;
};

// Creates what is missing, updates what differs, runs each function once. May be repeated: the second time it
// updates nothing, or only the code. Raises why the deployment failed; unavailable when a self-test failed.
Task<> deploy_into_cloud(boost::asio::any_io_executor executor, Config config, FunctionPackage package,
                         Telling tell, Log& log);

// The health of the functions, read from the services now: "3 active, no dead letters", or what is wrong.
Task<std::string> functions_health(boost::asio::any_io_executor executor, Config config, Log& log);

}  // namespace s3dr::app
