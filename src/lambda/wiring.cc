#include "lambda/wiring.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "base/error.h"
#include "client/credentials.h"
#include "client/credentials/assume_role.h"
#include "client/credentials/refreshing_credentials.h"
#include "client/s3/batch_jobs.h"
#include "client/s3/bucket_store.h"
#include "client/s3/document_store.h"
#include "client/s3/s3_client.h"
#include "client/services/service_client.h"
#include "client/services/sns_topic.h"
#include "dr/messages/environment_variables.h"
#include "http/pool.h"

namespace s3dr::lambda {
namespace {

// The pool with its authorities is made for the first request: reading some hundred certificates takes longer
// than refusing a malformed event.
class LateTransport : public http::HttpTransport {
 public:
  LateTransport(boost::asio::any_io_executor executor, Clock& clock, http::PoolOptions options)
      : executor_(std::move(executor)), clock_(clock), options_(std::move(options)) {}

  Task<HttpResponse> send(Endpoint endpoint, HttpRequest request, http::SendOptions options) override {
    if (pool_ == nullptr) pool_ = http::make_pool(executor_, clock_, options_);
    return pool_->send(std::move(endpoint), std::move(request), options);
  }

 private:
  boost::asio::any_io_executor executor_;
  Clock& clock_;
  http::PoolOptions options_;
  std::unique_ptr<http::HttpTransport> pool_;
};

http::PoolOptions pool_options(const Settings& settings, std::string ca_bundle) {
  http::PoolOptions options;
  if (settings.ca_pem.empty()) options.ca_bundle_path = std::move(ca_bundle);
  options.ca_pem = settings.ca_pem;
  options.proxies = http::proxies_of_environment();
  // The clock may stand still while the process is frozen, so an idle connection is older than it seems.
  options.idle_connection_max = milliseconds(5'000);
  return options;
}

client::S3ClientOptions s3_options(const Settings& settings, const s3::Region& region) {
  client::S3ClientOptions options;
  options.region = region;
  options.endpoints = settings.endpoints;
  options.user_agent = "s3dr-lambda";
  return options;
}

// An ARN that read_settings() has checked, or none.
s3::Region region_of_topic(const std::string& topic_arn, const s3::Region& otherwise) {
  const auto arn = aws::parse_arn(topic_arn);
  return arn ? s3::Region::parse(arn->region) : otherwise;
}

client::ServiceClientOptions service_options(const Settings& settings, s3::Region region) {
  client::ServiceClientOptions options;
  options.region = std::move(region);
  options.endpoints = settings.endpoints;
  options.user_agent = "s3dr-lambda";
  return options;
}

// Stands for a topic to which this function never publishes.
class NoTopic : public ports::Topic {
 public:
  Task<> publish(std::string) override {
    throw Error(ErrorKind::invalid, "this function has no topic to hand the work on");
    co_return;
  }
};

std::unique_ptr<ports::Topic> topic_or_none(client::ServiceClient& client, const std::string& topic_arn) {
  if (topic_arn.empty()) return std::make_unique<NoTopic>();
  return client::make_sns_topic(client, topic_arn);
}

// With two accounts: the role of the other side, assumed with the function's own keys.
std::unique_ptr<client::CredentialsProvider> remote_credentials(const Settings& settings,
                                                                const Destination& destination,
                                                                http::HttpTransport& transport, Clock& clock,
                                                                Random& random) {
  if (destination.remote_role.empty()) return client::make_fixed_credentials(settings.credentials);
  const bool in_destination = settings.function == dr::Function::destination_bucket_check;
  const client::StsPlace place{
      in_destination ? destination.place.region : settings.protections.front().source_region,
      settings.endpoints};
  const client::FetchTools tools{transport, clock, random};
  const client::SourceChooser choose = [role = destination.remote_role, own = settings.credentials, place,
                                        tools] {
    client::RoleSettings role_settings;
    role_settings.role_arn = role;
    role_settings.where = dr::environment::remote_role;
    return client::assume_role_source(
        std::move(role_settings), client::make_static_source({own, std::nullopt}, "env", "the environment"),
        place, tools);
  };
  return client::make_refreshing_credentials(choose, clock, random);
}

struct Tools {
  http::HttpTransport& transport;
  Clock& clock;
  Random& random;
};

const dr::Policy& first_policy_to(const Settings& settings, const dr::Place& place) {
  const auto found = std::ranges::find(settings.protections, place, &dr::destination_of);
  S3DR_CHECK(found != settings.protections.end());
  return *found;
}

// The ports of one destination, for all protections that lead there. `s3`: who reaches it; the topic is published to
// with the function's own keys.
struct DestinationPorts {
  DestinationPorts(const Tools& tools, const Settings& settings, const Destination& destination,
                   client::CredentialsProvider& s3_keys, client::CredentialsProvider& own_keys)
      : s3(tools.transport, tools.clock, tools.random, s3_keys,
           s3_options(settings, destination.place.region)),
        topic_services(
            tools.transport, tools.clock, tools.random, own_keys,
            service_options(settings, region_of_topic(destination.topic, destination.place.region))),
        store(client::make_bucket_store(s3, destination.place.account)),
        records(client::make_document_store(s3, destination.place.account,
                                            first_policy_to(settings, destination.place).control_bucket)),
        topic(topic_or_none(topic_services, destination.topic)) {}

  client::S3Client s3;
  client::ServiceClient topic_services;
  std::unique_ptr<ports::BucketStore> store;
  std::unique_ptr<ports::DocumentStore> records;
  std::unique_ptr<ports::Topic> topic;
};

}  // namespace

struct Wiring::State {
  State(http::HttpTransport& transport, Settings given, Clock& the_clock, Random& the_random, Log& the_log)
      : settings(std::move(given)),
        clock(the_clock),
        random(the_random),
        log(the_log),
        in_destination(settings.function == dr::Function::destination_bucket_check),
        credentials(client::make_fixed_credentials(settings.credentials)),
        remote(remotes(settings, transport, clock, random)),
        source_s3(transport, clock, random, in_destination ? *remote.front() : *credentials,
                  s3_options(settings, shared().source_region)),
        enable_topic_services(
            transport, clock, random, *credentials,
            service_options(settings, region_of_topic(settings.enable_topic, shared().source_region))),
        bus_services(transport, clock, random, *credentials,
                     service_options(settings, shared().source_region)),
        source(client::make_bucket_store(source_s3, shared().source_account)),
        jobs(client::make_batch_jobs(source_s3, shared().source_account)),
        to_enable(topic_or_none(enable_topic_services, settings.enable_topic)),
        bus(make_event_bus(bus_services, RetryPolicy())) {
    for (std::size_t i = 0; i < settings.destinations.size(); ++i) {
      client::CredentialsProvider& s3_keys = in_destination ? *credentials : *remote[i];
      destinations.push_back(std::make_unique<DestinationPorts>(
          Tools{transport, clock, random}, settings, settings.destinations[i], s3_keys, *credentials));
    }
  }

  static std::vector<std::unique_ptr<client::CredentialsProvider>> remotes(const Settings& settings,
                                                                           http::HttpTransport& transport,
                                                                           Clock& clock, Random& random) {
    std::vector<std::unique_ptr<client::CredentialsProvider>> result;
    for (const Destination& destination : settings.destinations)
      result.push_back(remote_credentials(settings, destination, transport, clock, random));
    return result;
  }

  // The source is the same in all protections.
  const dr::Policy& shared() const { return settings.protections.front(); }

  DestinationPorts& ports_of(const dr::Policy& policy) {
    const auto found =
        std::ranges::find(settings.destinations, dr::destination_of(policy), &Destination::place);
    S3DR_CHECK(found != settings.destinations.end());
    return *destinations[static_cast<std::size_t>(found - settings.destinations.begin())];
  }

  Settings settings;
  Clock& clock;
  Random& random;
  Log& log;
  bool in_destination;  // where this function lives
  std::unique_ptr<client::CredentialsProvider> credentials;
  // By destination: the keys of the account that is not this function's.
  std::vector<std::unique_ptr<client::CredentialsProvider>> remote;
  client::S3Client source_s3;
  client::ServiceClient enable_topic_services, bus_services;
  std::unique_ptr<ports::BucketStore> source;
  std::unique_ptr<ports::BatchJobs> jobs;
  std::unique_ptr<ports::Topic> to_enable;
  std::unique_ptr<EventBus> bus;
  std::vector<std::unique_ptr<DestinationPorts>> destinations;
};

Wiring::Wiring(http::HttpTransport& transport, Settings settings, Clock& clock, Random& random, Log& log)
    : state_(std::make_unique<State>(transport, std::move(settings), clock, random, log)) {}

Wiring::~Wiring() = default;

functions::Context Wiring::context(std::size_t protection) {
  State& state = *state_;
  const dr::Policy& policy = state.settings.protections.at(protection);
  DestinationPorts& destination = state.ports_of(policy);
  return {*state.source,    *destination.store, *destination.records, *state.jobs, *destination.topic,
          *state.to_enable, state.clock,        state.random,         state.log,   policy};
}

std::vector<functions::Context> Wiring::contexts() {
  std::vector<functions::Context> result;
  for (std::size_t i = 0; i < state_->settings.protections.size(); ++i) result.push_back(context(i));
  return result;
}

EventBus& Wiring::bus() {
  return *state_->bus;
}

std::unique_ptr<http::HttpTransport> make_late_transport(boost::asio::any_io_executor executor,
                                                         const Settings& settings, std::string ca_bundle,
                                                         Clock& clock) {
  return std::make_unique<LateTransport>(std::move(executor), clock,
                                         pool_options(settings, std::move(ca_bundle)));
}

std::string choose_ca_bundle(const std::string& program_folder) {
  std::string system = "/etc/pki/tls/certs/ca-bundle.crt";
  std::error_code ignored;
  if (std::filesystem::exists(system, ignored)) return system;
  return program_folder + "/ca-certificates.crt";
}

}  // namespace s3dr::lambda
