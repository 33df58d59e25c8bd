#include "demo/demo_processes.h"

#include <cstdlib>

#include "app/sibling_program.h"
#include "base/error.h"
#include "base/random.h"

namespace s3dr::app {
namespace {

constexpr milliseconds cloud_ready_max(30'000);
constexpr milliseconds stop_grace(8'000);

void check_one(std::optional<cloud::ChildProcess>& child, const char* name) {
  if (!child || child->running()) return;
  throw Error(ErrorKind::unavailable, std::string(name) + " ended: " + child->ending())
      .with_resource(child->log_path());
}

}  // namespace

cloud::Installation make_demo_installation(const std::string& folder, Clock& clock) {
  const auto random = make_system_random();
  cloud::InstallationOptions options;
  options.folder = folder;
  options.regions = {s3::Region::parse("us-west-2"), s3::Region::parse("us-east-2")};
  options.port_base = 0;
  options.serve_address = "127.0.0.1:0";
  return cloud::open_installation(options, clock, *random);
}

void use_profiles_of(const cloud::Installation& installation) {
  ::setenv("AWS_SHARED_CREDENTIALS_FILE", installation.credentials_path().c_str(), 1);
  ::setenv("AWS_CONFIG_FILE", installation.config_path().c_str(), 1);
  ::setenv("AWS_CA_BUNDLE", installation.ca_path().c_str(), 1);
}

Task<> DemoProcesses::start_cloud(Clock& clock) {
  cloud_.emplace(cloud::ChildOptions{{"start", "--data", folder_}, folder_ + "/cloud.log", true});
  try {
    co_await cloud_->wait_ready(clock, cloud_ready_max);
  } catch (const Error& error) {
    throw Error(error.kind(), "the cloud " + error.message())
        .with_resource(error.resource())
        .with_advice("another run of the demo begins anew with --fresh");
  }
}

void DemoProcesses::start_controller(const std::string& config) {
  controller_.emplace(cloud::ChildOptions{
      {"serve", "--config", config}, folder_ + "/serve.log", false, sibling_program("s3dr")});
}

void DemoProcesses::check() {
  check_one(cloud_, "the cloud");
  check_one(controller_, "the controller");
}

Task<> DemoProcesses::stop(Clock& clock) {
  if (controller_) co_await controller_->stop(clock, stop_grace);
  if (cloud_) co_await cloud_->stop(clock, stop_grace);
}

}  // namespace s3dr::app
