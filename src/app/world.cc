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

struct World::State {
  State(boost::asio::any_io_executor executor, Config given, Log& log)
      : config(std::move(given)),
        log(log),
        clock(make_real_clock()),
        random(make_system_random()),
        transport(name_sides(http::make_pool(std::move(executor), *clock, pool_options(config)), config)),
        source_credentials(credentials_of(config.source, config, {*transport, *clock, *random}, log)),
        destination_credentials(
            credentials_of(config.destination, config, {*transport, *clock, *random}, log)),
        source_client(*transport, *clock, *random, *source_credentials,
                      client_options(config, config.source)),
        destination_client(*transport, *clock, *random, *destination_credentials,
                           client_options(config, config.destination)),
        source(client::make_bucket_store(source_client, config.source.account)),
        destination(client::make_bucket_store(destination_client, config.destination.account)),
        source_objects(client::make_object_store(source_client, config.source.account)),
        replica_objects(client::make_object_store(destination_client, config.destination.account)),
        records(client::make_document_store(destination_client, config.destination.account,
                                            config.policy.control_bucket)),
        jobs(client::make_batch_jobs(source_client, config.source.account)) {}

  Config config;
  Log& log;
  std::unique_ptr<Clock> clock;
  std::unique_ptr<Random> random;
  std::unique_ptr<http::HttpTransport> transport;
  std::unique_ptr<client::CredentialsProvider> source_credentials, destination_credentials;
  client::S3Client source_client, destination_client;
  std::unique_ptr<ports::BucketStore> source, destination;
  std::unique_ptr<ports::ObjectStore> source_objects, replica_objects;
  std::unique_ptr<ports::DocumentStore> records;
  std::unique_ptr<ports::BatchJobs> jobs;
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
client::CredentialsProvider& World::destination_credentials() {
  return *state_->destination_credentials;
}
client::S3Client& World::source_client() {
  return state_->source_client;
}
client::S3Client& World::destination_client() {
  return state_->destination_client;
}
ports::BucketStore& World::source() {
  return *state_->source;
}
ports::BucketStore& World::destination() {
  return *state_->destination;
}
ports::ObjectStore& World::source_objects() {
  return *state_->source_objects;
}
ports::ObjectStore& World::replica_objects() {
  return *state_->replica_objects;
}
ports::DocumentStore& World::records() {
  return *state_->records;
}
ports::BatchJobs& World::jobs() {
  return *state_->jobs;
}

functions::Context World::context() {
  return {source(),         destination(), records(), jobs(), state_->no_topic,
          state_->no_topic, clock(),       random(),  log(),  state_->config.policy};
}

control::ControllerPorts World::controller_ports() {
  return {source(),          destination(), records(), jobs(), source_objects(),
          replica_objects(), clock(),       random(),  log()};
}

}  // namespace s3dr::app
