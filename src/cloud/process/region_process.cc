#include "cloud/process/region_process.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "base/task_group.h"
#include "cloud/door/access_log.h"
#include "cloud/process/child_process.h"
#include "cloud/process/region.h"
#include "cloud/store/global_plane.h"
#include "http/pool.h"
#include "http/server.h"

namespace s3dr::cloud {
namespace asio = boost::asio;
namespace {

constexpr milliseconds stop_grace(3'000);

constexpr milliseconds configuration_interval(1'000);  // between two looks at the controller's

RegionOptions region_options(const Installation& installation, const s3::Region& region,
                             const ServeEndpoint& serve_endpoint) {
  RegionOptions options;
  options.region = region;
  for (const RegionPorts& ports : installation.regions) {
    if (ports.region != region)
      options.peers.emplace_back(ports.region, Endpoint{false, "127.0.0.1", ports.internal});
  }
  options.event_endpoint = serve_endpoint().value_or(Endpoint::parse("http://" + installation.serve_address));
  options.event_secret = read_event_secret(installation);
  options.makes_trail = installation.trail;
  options.access_log = make_file_access_log(installation.region_folder(region) + "/access.log");
  return options;
}

http::ServerOptions listener(std::uint16_t port) {
  http::ServerOptions options;
  options.port = port;
  return options;
}

http::ServerOptions tls_listener(const Installation& installation, std::uint16_t port) {
  http::ServerOptions options = listener(port);
  options.tls = http::ServerTls{read_text_file(installation.certificate_path()),
                                read_text_file(installation.private_key_path())};
  return options;
}

Task<> stop_on_signal(asio::signal_set& signals, std::vector<http::Server*> servers, TaskGroup& background) {
  co_await signals.async_wait(asio::use_awaitable);
  for (http::Server* server : servers) server->stop(stop_grace);
  background.cancel();
}

// When the file was written last; the epoch: it is not there.
std::filesystem::file_time_type written(const std::string& path) {
  std::error_code failure;
  const auto time = std::filesystem::last_write_time(path, failure);
  return failure ? std::filesystem::file_time_type{} : time;
}

// The controller may be told to listen elsewhere while the cloud runs: its events have to follow.
Task<> follow_serve(Region& region, Clock& clock, std::string config_path, ServeEndpoint serve_endpoint) {
  // Not the time of the look before the start: what changed since then would be missed.
  std::filesystem::file_time_type seen{};
  while (true) {
    if (const auto now = written(config_path); now != seen) {
      seen = now;
      const auto endpoint = serve_endpoint();
      RegionContext& context = region.context();
      if (endpoint && endpoint != context.options.event_endpoint) {
        context.log.info("events go to another address of s3dr serve", {{"url", endpoint->url()}});
        context.options.event_endpoint = endpoint;
        context.wake_events();
      }
    }
    co_await clock.sleep(configuration_interval);
  }
}

Task<> run_servers(std::vector<http::Server*> servers, Region& region, Task<> following,
                   asio::signal_set& signals) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup background(executor);
  TaskGroup listeners(executor);
  background.spawn(region.run());
  background.spawn(std::move(following));
  background.spawn(stop_on_signal(signals, servers, background));
  for (http::Server* server : servers) listeners.spawn(server->run());
  co_await listeners.join();
  background.cancel();
  co_await background.join();
}

}  // namespace

void run_region_process(const Installation& installation, const s3::Region& name, RegionServices services,
                        ServeEndpoint serve_endpoint, int ready_descriptor, Log& log) {
  const RegionPorts* ports = installation.find(name);
  if (ports == nullptr) {
    throw Error(ErrorKind::invalid, "the installation has no region " + name.text())
        .with_resource(installation.folder);
  }
  asio::io_context io(1);
  asio::signal_set signals(io, SIGTERM, SIGINT);
  const auto clock = make_real_clock();
  const auto random = make_system_random();
  const auto storage = make_file_storage(installation.region_folder(name), *random);
  const auto global_storage = make_global_storage(installation);
  GlobalPlane global(*global_storage);
  const auto transport = http::make_pool(io.get_executor(), *clock, http::PoolOptions{});
  Region region(io.get_executor(), region_options(installation, name, serve_endpoint), *storage, global,
                *transport, *clock, *random, log, std::move(services));

  const auto handle = [&region](HttpRequest request) { return region.handle(std::move(request)); };
  const auto handle_internal = [&region](HttpRequest request) {
    return region.handle_internal(std::move(request));
  };
  const auto plain = http::make_server(io.get_executor(), listener(ports->http), handle, log);
  const auto tls =
      http::make_server(io.get_executor(), tls_listener(installation, ports->https), handle, log);
  const auto internal = http::make_server(io.get_executor(), listener(ports->internal), handle_internal, log);

  std::exception_ptr failure;
  Task<> following =
      follow_serve(region, *clock, installation.serve_config_path(), std::move(serve_endpoint));
  asio::co_spawn(io,
                 run_servers({plain.get(), tls.get(), internal.get()}, region, std::move(following), signals),
                 [&failure](std::exception_ptr ended) { failure = ended; });
  log.info("region ready", {{"region", name.text()},
                            {"http", std::to_string(plain->port())},
                            {"https", std::to_string(tls->port())}});
  report_ready(ready_descriptor);
  io.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace s3dr::cloud
