// Everything with which a command reaches both sides: transport, credentials, S3 clients, ports. Built from a
// Config, once in each process. Each protection of the Config has a destination; `protection` says which one, by its
// place in the Config. Left out: the first one, and the only one where a command works for one (of_protection).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "app/config.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "client/credentials.h"
#include "client/s3/object_writer.h"
#include "client/s3/s3_client.h"
#include "control/controller.h"
#include "functions/context.h"
#include "http/pool.h"
#include "ports/batch_jobs.h"
#include "ports/bucket_store.h"
#include "ports/document_store.h"
#include "ports/object_store.h"

namespace s3dr::app {

class World {
 public:
  // Reads the credentials at once. So a missing profile is an error before anything is started. Raises
  // invalid.
  World(boost::asio::any_io_executor executor, Config config, Log& log);
  ~World();

  const Config& config() const;
  Clock& clock();
  Random& random();
  Log& log();
  http::HttpTransport& transport();
  client::CredentialsProvider& source_credentials();
  client::CredentialsProvider& destination_credentials(std::size_t protection = 0);
  client::S3Client& source_client();
  client::S3Client& destination_client(std::size_t protection = 0);
  ports::BucketStore& source();
  ports::BucketStore& destination(std::size_t protection = 0);
  ports::ObjectStore& source_objects();
  ports::ObjectStore& replica_objects(std::size_t protection = 0);
  ports::DocumentStore& records(std::size_t protection = 0);
  ports::BatchJobs& jobs();

  // The context of the functions where no controller runs. Their messages go nowhere: `plan` and `verify`
  // only look.
  functions::Context context(std::size_t protection = 0);
  std::vector<control::ControlledProtection> controlled_protections();
  control::ControllerPorts controller_ports();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What the connections of both sides trust (the configuration, AWS_CA_BUNDLE, S3DR_CA_PEM), and the proxies of
// the environment.
http::PoolOptions pool_options(const Config& config);
// The credentials that a side uses.
client::CredentialChoice credential_choice(const SideConfig& side);

}  // namespace s3dr::app
