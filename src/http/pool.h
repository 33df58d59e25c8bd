// The production HttpTransport: Beast + TLS with a keep-alive pool per endpoint.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "http/proxy.h"
#include "http/transport.h"

namespace s3dr::http {

struct PoolOptions {
  std::size_t connections_per_endpoint_max = 64;  // further requests wait in line
  // Over all endpoints, in use and idle: AWS gives each bucket a host of its own, and a function has 1,024
  // descriptors. A new connection beyond it closes the oldest idle one first. Connections in use are never
  // closed and never waited for: a request may hold one while it needs another.
  std::size_t connections_max = 256;
  milliseconds idle_connection_max{20'000};  // an idle connection older than this is not used again
  // PEM file of the authorities to trust instead of the system's (AWS_CA_BUNDLE); empty: the system's.
  std::string ca_bundle_path;
  ProxyRules proxies;  // none, unless the caller asks for those of the environment
  std::string ca_pem;  // the same as text (S3DR_CA_PEM); added to ca_bundle_path when both are given
};

// Certificates and host names are always verified. Raises invalid when the bundle cannot be read. When no file
// descriptor is free, idle connections are closed and the connection is tried once more; else the request fails
// as unavailable with advice, and the next one may succeed.
std::unique_ptr<HttpTransport> make_pool(boost::asio::any_io_executor executor, Clock& clock,
                                         PoolOptions options);

}  // namespace s3dr::http
