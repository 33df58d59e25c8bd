// From s3dr.yaml and the options of `s3dr deploy` to the settings of a deployment and to the clients of the source and
// of all destinations. A mistake is a UsageError, before any request is sent.
#pragma once

#include <memory>
#include <string>

#include "app/access.h"
#include "app/config.h"
#include "app/destroy_confirmation.h"
#include "base/log.h"
#include "base/random.h"
#include "deploy/deployment.h"
#include "deploy/resources/settings.h"

namespace s3dr::app {

struct DeployOptions {
  AccessOptions access;
  std::string name_prefix;  // empty: the configuration's
  std::string package;      // path of the zip; empty: app/function_package.h finds one
  std::string architecture = "x86_64";
  int memory_mib = 256;
  std::string timeout = "5m", sweep = "5m", log_retention = "30d";
  bool no_alarms = false, create_trail = false, adopt = false;
};

// Adds --config, --profile, … and the options that decide what is declared. plan, apply, destroy and status
// need the same ones.
void add_deploy_options(Command command, DeployOptions& options);

// `needs_package` is false for destroy and status. Raises UsageError: a file that cannot be read, a value
// that AWS would refuse.
deploy::Settings deploy_settings(const DeployOptions& options, const Config& config, bool needs_package);

// The clients of the source and of each destination, each with its own credentials, and the deployment over them.
class DeployWorld {
 public:
  DeployWorld(
      boost::asio::any_io_executor executor, Config config, deploy::Settings settings, bool adopt, Log& log,
      deploy::Progress progress = [](const std::string&, bool) {});
  ~DeployWorld();

  Random& random();
  deploy::Deployment& deployment();
  // What the records of all destinations call protected. Raises nothing that a store answers.
  Task<ProtectedBuckets> protected_buckets();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace s3dr::app
