#include "app/world.h"

#include <cstdlib>
#include <utility>

#include "app/named_transport.h"
#include "client/credentials/credential_chain.h"
#include "client/credentials/local_settings.h"
#include "client/s3/batch_jobs.h"
#include "client/s3/bucket_store.h"
#include "client/s3/document_store.h"
#include "client/s3/object_store.h"
#include "http/pool.h"

namespace s3dr::app {
namespace {

// A topic that drops its messages: outside of a controller the functions only look.
class NoTopic : public ports::Topic {
 public:
  Task<> publish(std::string) override { co_return; }
};

// Chooses the credentials' source now, so that a missing profile is an error before anything is started.
std::unique_ptr<client::CredentialsProvider> credentials_of(const SideConfig& side, const Config& config,
                                                            client::FetchTools tools, Log& log) {
  const client::CredentialChoice choice = credential_choice(side);
  for (const std::string& warning : client::read_local_settings(choice).warnings) log.warning(warning);
  (void)client::choose_source(choice, config.endpoints, tools);
  return client::make_credentials(choice, config.endpoints, tools);
}

client::S3ClientOptions client_options(const Config& config, const SideConfig& side) {
  client::S3ClientOptions options;
  options.region = side.region;
  options.endpoints = config.endpoints;
  options.expected_owner = side.expected_owner;
  options.retry = config.retry;
  options.attempt_max = config.attempt_max;
  return options;
}

}  // namespace

http::PoolOptions pool_options(const Config& config) {
  http::PoolOptions options;
  options.ca_bundle_path = config.ca_bundle;
  if (options.ca_bundle_path.empty()) {
    if (const char* bundle = std::getenv("AWS_CA_BUNDLE")) options.ca_bundle_path = bundle;
  }
  if (const char* pem = std::getenv("S3DR_CA_PEM")) options.ca_pem = pem;
  options.proxies = http::proxies_of_environment();
  return options;
}

client::CredentialChoice credential_choice(const SideConfig& side) {
  client::CredentialChoice choice;
  choice.profile = side.profile;
  choice.region = side.region.text();
  return choice;
}

// One destination with its ports.
struct DestinationSide {
  DestinationSide(const Config& config, const ProtectionConfig& protection, client::FetchTools tools,
                  Log& log)
      : credentials(credentials_of(protection.destination, config, tools, log)),
        client(tools.transport, tools.clock, tools.random, *credentials,
               client_options(config, protection.destination)),
        buckets(client::make_bucket_store(client, protection.destination.account)),
        objects(client::make_object_store(client, protection.destination.account)),
        records(client::make_document_store(client, protection.destination.account,
                                            protection.policy.control_bucket)) {}
  std::unique_ptr<client::CredentialsProvider> credentials;
  client::S3Client client;
  std::unique_ptr<ports::BucketStore> buckets;
  std::unique_ptr<ports::ObjectStore> objects;
  std::unique_ptr<ports::DocumentStore> records;
};

struct World::State {
  State(boost::asio::any_io_executor executor, Config given, Log& log)
      : config(std::move(given)),
        log(log),
        clock(make_real_clock()),
        random(make_system_random()),
        transport(name_sides(http::make_pool(std::move(executor), *clock, pool_options(config)), config)),
        source_credentials(credentials_of(config.source, config, {*transport, *clock, *random}, log)),
        source_client(*transport, *clock, *random, *source_credentials,
                      client_options(config, config.source)),
        source(client::make_bucket_store(source_client, config.source.account)),
        source_objects(client::make_object_store(source_client, config.source.account)),
        jobs(client::make_batch_jobs(source_client, config.source.account)) {
    for (const ProtectionConfig& protection : config.protections) {
      destinations.push_back(std::make_unique<DestinationSide>(
          config, protection, client::FetchTools{*transport, *clock, *random}, log));
    }
  }

  Config config;
  Log& log;
  std::unique_ptr<Clock> clock;
  std::unique_ptr<Random> random;
  std::unique_ptr<http::HttpTransport> transport;
  std::unique_ptr<client::CredentialsProvider> source_credentials;
  client::S3Client source_client;
  std::unique_ptr<ports::BucketStore> source;
  std::unique_ptr<ports::ObjectStore> source_objects;
  std::unique_ptr<ports::BatchJobs> jobs;
  std::vector<std::unique_ptr<DestinationSide>> destinations;  // one for each protection
  NoTopic no_topic;
};

World::World(boost::asio::any_io_executor executor, Config config, Log& log)
    : state_(std::make_unique<State>(std::move(executor), std::move(config), log)) {}

World::~World() = default;

const Config& World::config() const {
  return state_->config;
}
Clock& World::clock() {
  return *state_->clock;
}
Random& World::random() {
  return *state_->random;
}
Log& World::log() {
  return state_->log;
}
http::HttpTransport& World::transport() {
  return *state_->transport;
}
client::CredentialsProvider& World::source_credentials() {
  return *state_->source_credentials;
}
client::CredentialsProvider& World::destination_credentials(std::size_t protection) {
  return *state_->destinations[protection]->credentials;
}
client::S3Client& World::source_client() {
  return state_->source_client;
}
client::S3Client& World::destination_client(std::size_t protection) {
  return state_->destinations[protection]->client;
}
ports::BucketStore& World::source() {
  return *state_->source;
}
ports::BucketStore& World::destination(std::size_t protection) {
  return *state_->destinations[protection]->buckets;
}
ports::ObjectStore& World::source_objects() {
  return *state_->source_objects;
}
ports::ObjectStore& World::replica_objects(std::size_t protection) {
  return *state_->destinations[protection]->objects;
}
ports::DocumentStore& World::records(std::size_t protection) {
  return *state_->destinations[protection]->records;
}
ports::BatchJobs& World::jobs() {
  return *state_->jobs;
}

functions::Context World::context(std::size_t protection) {
  return {source(),
          destination(protection),
          records(protection),
          jobs(),
          state_->no_topic,
          state_->no_topic,
          clock(),
          random(),
          log(),
          state_->config.protections[protection].policy};
}

std::vector<control::ControlledProtection> World::controlled_protections() {
  std::vector<control::ControlledProtection> result;
  for (std::size_t i = 0; i < state_->config.protections.size(); ++i) {
    result.push_back({state_->config.protections[i].policy, destination(i), records(i), replica_objects(i)});
  }
  return result;
}

control::ControllerPorts World::controller_ports() {
  return {source(), jobs(), source_objects(), clock(), random(), log()};
}

}  // namespace s3dr::app
