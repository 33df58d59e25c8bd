#include "lambda/wiring.h"

#include <filesystem>
#include <utility>

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
                                                                http::HttpTransport& transport, Clock& clock,
                                                                Random& random) {
  if (settings.remote_role.empty()) return client::make_fixed_credentials(settings.credentials);
  const bool in_destination = settings.function == dr::Function::destination_bucket_check;
  const client::StsPlace place{
      in_destination ? settings.policy.destination_region : settings.policy.source_region,
      settings.endpoints};
  const client::FetchTools tools{transport, clock, random};
  const client::SourceChooser choose = [role = settings.remote_role, own = settings.credentials, place,
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

}  // namespace

struct Wiring::State {
  State(http::HttpTransport& transport, Settings given, Clock& the_clock, Random& the_random, Log& the_log)
      : settings(std::move(given)),
        clock(the_clock),
        random(the_random),
        log(the_log),
        in_destination(settings.function == dr::Function::destination_bucket_check),
        credentials(client::make_fixed_credentials(settings.credentials)),
        remote(remote_credentials(settings, transport, clock, random)),
        source_s3(transport, clock, random, in_destination ? *remote : *credentials,
                  s3_options(settings, settings.policy.source_region)),
        destination_s3(transport, clock, random, in_destination ? *credentials : *remote,
                       s3_options(settings, settings.policy.destination_region)),
        destination_topic_services(
            transport, clock, random, *credentials,
            service_options(settings,
                            region_of_topic(settings.destination_topic, settings.policy.destination_region))),
        enable_topic_services(
            transport, clock, random, *credentials,
            service_options(settings, region_of_topic(settings.enable_topic, settings.policy.source_region))),
        bus_services(transport, clock, random, *credentials,
                     service_options(settings, settings.policy.source_region)),
        source(client::make_bucket_store(source_s3, settings.policy.source_account)),
        destination(client::make_bucket_store(destination_s3, settings.policy.destination_account)),
        records(client::make_document_store(destination_s3, settings.policy.destination_account,
                                            settings.policy.control_bucket)),
        jobs(client::make_batch_jobs(source_s3, settings.policy.source_account)),
        to_destination(topic_or_none(destination_topic_services, settings.destination_topic)),
        to_enable(topic_or_none(enable_topic_services, settings.enable_topic)),
        bus(make_event_bus(bus_services, RetryPolicy())) {}

  Settings settings;
  Clock& clock;
  Random& random;
  Log& log;
  bool in_destination;  // where this function lives
  std::unique_ptr<client::CredentialsProvider> credentials, remote;
  client::S3Client source_s3, destination_s3;
  client::ServiceClient destination_topic_services, enable_topic_services, bus_services;
  std::unique_ptr<ports::BucketStore> source, destination;
  std::unique_ptr<ports::DocumentStore> records;
  std::unique_ptr<ports::BatchJobs> jobs;
  std::unique_ptr<ports::Topic> to_destination, to_enable;
  std::unique_ptr<EventBus> bus;
};

Wiring::Wiring(http::HttpTransport& transport, Settings settings, Clock& clock, Random& random, Log& log)
    : state_(std::make_unique<State>(transport, std::move(settings), clock, random, log)) {}

Wiring::~Wiring() = default;

functions::Context Wiring::context() {
  State& state = *state_;
  return {*state.source,    *state.destination, *state.records, *state.jobs, *state.to_destination,
          *state.to_enable, state.clock,        state.random,   state.log,   state.settings.policy};
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
