#include "app/deploy_access.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "app/command.h"
#include "app/function_package.h"
#include "app/world.h"
#include "aws/arn.h"
#include "client/services/service_client.h"

namespace s3dr::app {
namespace {

std::string read_file(const std::string& path, const char* what) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.str().empty()) {
    UsageError error(std::string("the ") + what +
                     " cannot be read: " + (errno != 0 ? std::strerror(errno) : "it is empty"));
    error.with_resource(path);
    throw error;
  }
  return text.str();
}

int whole(const std::string& option, const std::string& text, milliseconds unit) {
  const milliseconds value = duration_argument(option, text);
  if (value.count() % unit.count() != 0)
    throw UsageError(option + ": \"" + text + "\" is not a whole number of units that AWS takes");
  return static_cast<int>(value / unit);
}

// The endpoints that the functions get: those of the deployment's regions, unless they are AWS's own.
std::string endpoints_json(const Config& config) {
  std::vector<s3::Region> regions{config.source.region};
  for (const ProtectionConfig& protection : config.protections) {
    if (std::ranges::find(regions, protection.destination.region) == regions.end())
      regions.push_back(protection.destination.region);
  }
  return config.endpoints.to_json(regions);
}

std::string ca_pem(const Config& config) {
  if (config.endpoints.empty()) return "";  // AWS's own hosts are in the package's bundle
  // AWS_CA_BUNDLE is the shell's: with it the plan would depend on who makes it.
  return config.ca_bundle.empty() ? "" : read_file(config.ca_bundle, "CA bundle");
}

// The name under which `deploy` makes the role that the configuration names; empty: not said there.
std::string role_to_make(const char* key, const std::optional<std::string>& configured,
                         const Config& config) {
  if (!configured) return "";
  const std::string name = configured->substr(configured->rfind('/') + 1);
  if (aws::role_arn(config.policy.partition, config.source.account.text(), name) == *configured) return name;
  throw UsageError(std::string("cannot be deployed: ") + key + ": " + *configured +
                   " cannot be made by s3dr deploy (a path, or another partition or account)");
}

}  // namespace

void add_deploy_options(Command command, DeployOptions& options) {
  add_access_options(command, options.access);
  command
      .add_option("--name-prefix", options.name_prefix,
                  "every name begins with it (name_prefix of the configuration, else s3dr)")
      .type_name("PREFIX");
  command
      .add_option("--package", options.package,
                  "the zip that the functions are made from (else: see s3dr deploy package)")
      .type_name("FILE");
  command.add_option("--architecture", options.architecture, "x86_64 or arm64").type_name("NAME");
  command.add_option("--memory", options.memory_mib, "memory of a function (256)").type_name("MIB");
  command.add_option("--timeout", options.timeout, "how long a function may run (5m)").type_name("DURATION");
  command.add_option("--sweep", options.sweep, "how often all buckets are looked at (5m)")
      .type_name("DURATION");
  command.add_option("--log-retention", options.log_retention, "how long logs are kept (30d)")
      .type_name("DURATION");
  command.add_flag("--no-alarms", options.no_alarms, "declare no CloudWatch alarms");
  command.add_flag("--create-trail", options.create_trail,
                   "also make a CloudTrail trail that logs management write events, with a bucket for it");
}

deploy::Settings deploy_settings(const DeployOptions& options, const Config& config, bool needs_package) {
  deploy::Settings settings;
  settings.name_prefix = options.name_prefix.empty() ? config.name_prefix : options.name_prefix;
  settings.partition = config.policy.partition;
  settings.source = {config.source.account, config.source.region};
  settings.protections.clear();
  for (const ProtectionConfig& protection : config.protections)
    settings.protections.push_back(deploy::protection_of(protection.policy));
  settings.replication_role = role_to_make("replication_role", config.replication_role, config);
  settings.batch_role = role_to_make("batch_role", config.batch_role, config);
  settings.pass_roles = config.policy.pass_roles;
  settings.store = config.policy.store;
  settings.reports_bucket = config.policy.reports_bucket;
  settings.architecture = options.architecture;
  settings.memory_mib = options.memory_mib;
  settings.timeout_seconds = whole("--timeout", options.timeout, milliseconds(1'000));
  settings.sweep_minutes = whole("--sweep", options.sweep, milliseconds(60'000));
  settings.log_retention_days = whole("--log-retention", options.log_retention, milliseconds(86'400'000));
  settings.alarms = !options.no_alarms;
  settings.create_trail = options.create_trail;
  settings.endpoints_json = endpoints_json(config);
  settings.ca_pem = ca_pem(config);
  if (const auto why = deploy::Deployment::why_impossible(settings))
    throw UsageError("cannot be deployed: " + *why);
  if (needs_package)
    settings.package = find_package({options.package, options.architecture, is_on_this_machine(config)}).zip;
  return settings;
}

namespace {

// The service clients of one destination, and those with which the two accounts reach each other's region.
struct DestinationClients {
  DestinationClients(World& world, std::size_t protection)
      : here(world.transport(), world.clock(), world.random(), world.destination_credentials(protection),
             deploy::service_options(world.destination_client(protection).options())),
        at_source(world.transport(), world.clock(), world.random(), world.destination_credentials(protection),
                  deploy::service_options(world.source_client().options())),
        source_here(world.transport(), world.clock(), world.random(), world.source_credentials(),
                    deploy::service_options(world.destination_client(protection).options())),
        access{here,
               world.destination_client(protection),
               world.destination(protection),
               world.replica_objects(protection),
               {&at_source}} {}
  client::ServiceClient here, at_source, source_here;
  deploy::SideAccess access;
};

std::vector<std::unique_ptr<DestinationClients>> clients_of_destinations(World& world) {
  std::vector<std::unique_ptr<DestinationClients>> result;
  for (const std::size_t first : dr::first_of_each_place(protections_of(world.config())))
    result.push_back(std::make_unique<DestinationClients>(world, first));
  return result;
}

}  // namespace

struct DeployWorld::State {
  State(boost::asio::any_io_executor executor, Config config, deploy::Settings settings, bool adopt, Log& log,
        deploy::Progress progress)
      : world(std::move(executor), std::move(config), log),
        source(world.transport(), world.clock(), world.random(), world.source_credentials(),
               deploy::service_options(world.source_client().options())),
        destinations(clients_of_destinations(world)),
        deployment(places(), std::move(settings), adopt, world.clock(), std::move(progress)) {}

  deploy::Places places() {
    deploy::Places result{{source, world.source_client(), world.source(), world.source_objects(), {}}, {}};
    for (const auto& destination : destinations) {
      result.destinations.push_back(destination->access);
      auto& elsewhere = result.source.elsewhere;
      // Destinations of two accounts may be in one region.
      const bool known = std::ranges::any_of(elsewhere, [&](client::ServiceClient* client) {
        return client->region() == destination->source_here.region();
      });
      if (!known) elsewhere.push_back(&destination->source_here);
    }
    return result;
  }

  World world;
  client::ServiceClient source;
  std::vector<std::unique_ptr<DestinationClients>> destinations;
  deploy::Deployment deployment;
};

DeployWorld::DeployWorld(boost::asio::any_io_executor executor, Config config, deploy::Settings settings,
                         bool adopt, Log& log, deploy::Progress progress)
    : state_(std::make_unique<State>(std::move(executor), std::move(config), std::move(settings), adopt, log,
                                     std::move(progress))) {}

DeployWorld::~DeployWorld() = default;

Random& DeployWorld::random() {
  return state_->world.random();
}

Task<ProtectedBuckets> DeployWorld::protected_buckets() {
  ProtectedBuckets result;
  const dr::Protections protections = protections_of(state_->world.config());
  for (const std::size_t first : dr::first_of_each_place(protections)) {
    ProtectedBuckets there =
        co_await app::protected_buckets(state_->world.records(first), protections[first]);
    for (std::string& name : there.names) result.names.push_back(std::move(name));
    if (result.unreadable.empty()) result.unreadable = there.unreadable;
  }
  co_return result;
}

deploy::Deployment& DeployWorld::deployment() {
  return state_->deployment;
}

}  // namespace s3dr::app
