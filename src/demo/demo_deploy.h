// The demo's installation of the functions: what `s3dr deploy apply` does, into the embedded cloud, told step
// by step. From then on Lambda processes of the cloud do the work.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <string>

#include "app/config.h"
#include "app/function_package.h"
#include "base/log.h"
#include "base/task.h"

namespace s3dr::app {

// How the demo tells something: a step that stays to be read, or one that moves.
struct Telling {
  std::function<void(const std::string&)> step, moving;
};

// Makes what is missing, changes what differs, runs each function once. May be repeated: a second time there
// is nothing to do, or the code alone. Raises why a deployment failed, and unavailable for a self-test that
// did.
Task<> deploy_into_cloud(boost::asio::any_io_executor executor, Config config, FunctionPackage package,
                         Telling tell, Log& log);

// "3 active, no dead letters", or what is wrong with them: read from the services now.
Task<std::string> functions_health(boost::asio::any_io_executor executor, Config config, Log& log);

}  // namespace s3dr::app
