// `s3dr serve`: the controller behind its HTTP door, until SIGTERM or SIGINT. At start it checks, in this
// order: configuration, credentials, port, stores. Work begins only when all of them are right.
// SIGHUP: the file is read and checked again while everything goes on. If it is right, the controller is ended and made
// anew from it; else it is refused with the line, and the one before stays.
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "app/access.h"
#include "app/commands/commands.h"
#include "app/role_check.h"
#include "app/run_task.h"
#include "base/cleanup.h"
#include "base/task_group.h"
#include "control/controller.h"
#include "control/intake.h"
#include "http/server.h"

namespace s3dr::app {
namespace {

struct ServeOptions {
  AccessOptions access;
  bool wait_for_stores = false;
};

// However the door ends, the controller behind it ends too.
Task<> keep_open(http::Server& server, TaskGroup& controller) {
  std::exception_ptr failure;
  try {
    co_await server.run();
  } catch (...) {
    failure = std::current_exception();
  }
  controller.cancel();
  if (failure) std::rethrow_exception(failure);
}

Task<> stop_all(http::Server& server, milliseconds grace, TaskGroup& controller, TaskGroup& door,
                TaskGroup& reload) {
  server.stop(grace);
  controller.cancel();
  reload.cancel();
  std::exception_ptr failure;
  try {
    co_await controller.join();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await door.join();
  co_await reload.join();
  if (failure) std::rethrow_exception(failure);
}

// Nothing is created before each side has told whose credentials it has.
Task<> run_controller(World& world, control::Controller& controller, UnreachedSides unreached) {
  co_await await_accounts(world, std::move(unreached));
  co_await controller.run();
}

void say_what_is_served(const Config& config, std::uint16_t port, Log& log) {
  std::string destinations;
  for (const ProtectionConfig& protection : config.protections) {
    if (!destinations.empty()) destinations += ", ";
    if (config.protections.size() > 1) destinations += protection.policy.protection_name + ": ";
    destinations += protection.destination.region.text();
  }
  std::vector<LogField> fields{{"address", config.serve.address + ":" + std::to_string(port)},
                               {"source", config.source.region.text()},
                               {"destination", destinations}};
  if (config.protections.size() == 1) {
    const s3::Tag& tag = config.policy.match_tags.front();
    fields.push_back({"match_tag", tag.key + "=" + tag.value});
  }
  fields.push_back({"sweep_every", format_duration(config.serve.controller.sweep_interval)});
  log.info("serving", fields);
  for (const std::string& text : dr::precedence_texts(protections_of(config))) log.info(text, {});
  if (config.serve.event_secret.empty()) {
    log.warning("no event secret is configured: events are refused, the sweep alone finds changes",
                {{"next", "set serve.event_secret_file in " + config.path}});
  }
}

std::unique_ptr<http::Server> open_door(boost::asio::any_io_executor executor, const Config& config,
                                        control::Intake& intake, Log& log) {
  http::ServerOptions options;
  options.address = config.serve.address;
  options.port = config.serve.port;
  try {
    return http::make_server(
        std::move(executor), options,
        [&intake](HttpRequest request) { return intake.handle(std::move(request)); }, log);
  } catch (Error& error) {
    error.with_advice("does another s3dr serve run here? The address is serve.listen in " + config.path);
    throw;
  }
}

// What may not change while it runs: who sends events knows the address.
void require_same_door(const ServeConfig& now, const ServeConfig& next, const std::string& path) {
  const bool any_port = next.port == 0;
  if (now.address == next.address && (now.port == next.port || any_port)) return;
  throw Error(ErrorKind::invalid, "serve.listen changed: that needs a restart").with_resource(path);
}

// The checked configuration. Raises what the start would raise.
Task<Config> read_again(boost::asio::any_io_executor executor, AccessOptions access, ServeConfig now,
                        Log& log) {
  Config next = load_config(access);
  require_same_door(now, next.serve, next.path);
  World probe(executor, next, log);
  co_await check_stores(probe, true);
  next.serve.port = now.port;  // that the kernel chose, if it did
  co_return next;
}

// Waits for SIGHUP until the file is right; then ends the controller.
Task<> reload_on_hangup(boost::asio::any_io_executor executor, Signals& hangups, AccessOptions access,
                        ServeConfig now, TaskGroup& working, std::optional<Config>& next, Log& log) {
  while (!next) {
    co_await hangups.wait();
    try {
      next = co_await read_again(executor, access, now, log);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      log.error("the configuration is not reloaded; the one before stays",
                {{"where", error.resource()}, {"why", error.message()}, {"next", error.advice()}});
    }
  }
  log.info("the configuration is reloaded", {{"file", next->path}});
  working.cancel();
}

Task<> serve(boost::asio::any_io_executor executor, Config config, bool wait_for_stores, AccessOptions access,
             Signals& hangups, std::optional<Config>& next, Log& log) {
  World world(executor, std::move(config), log);
  const ServeConfig& settings = world.config().serve;
  control::Controller controller(executor, world.controlled_protections(), world.controller_ports(),
                                 settings.controller);
  control::IntakeOptions intake_options;
  intake_options.event_secret = settings.event_secret;
  control::Intake intake(controller, std::move(intake_options), log);
  const auto server = open_door(executor, world.config(), intake, log);
  auto unreached = co_await check_stores(world, wait_for_stores);

  say_what_is_served(world.config(), server->port(), log);
  // A controller that ends ends all: whoever waits for SIGHUP would wait on.
  TaskGroup working(executor), door(executor), reload(executor);
  working.spawn(run_controller(world, controller, std::move(unreached)));
  working.spawn(warn_of_missing_roles(world));
  ServeConfig now = settings;
  now.port = server->port();
  reload.spawn(reload_on_hangup(executor, hangups, access, std::move(now), working, next, log));
  door.spawn(keep_open(*server, working));
  TaskGroup* const tasks = &working;
  TaskGroup* const listener = &door;
  TaskGroup* const reloading = &reload;
  http::Server* const listening = server.get();
  const milliseconds grace = settings.stop_grace;
  co_await with_clean_up(working.wait(),
                         [=] { return stop_all(*listening, grace, *tasks, *listener, *reloading); });
}

// Once for each configuration.
Task<> serve_until_stopped(boost::asio::any_io_executor executor, Config config, bool wait_for_stores,
                           AccessOptions access, Log& log) {
  Signals hangups(executor, SIGHUP);
  while (true) {
    std::optional<Config> next;
    co_await serve(executor, config, wait_for_stores, access, hangups, next, log);
    if (!next) co_return;
    config = std::move(*next);
    wait_for_stores = true;  // who reloads does not want an end because a region does not answer now
  }
}

}  // namespace

void add_serve_command(Command app, CommandContext& context) {
  Command command = app.add_command(
      "serve", "Runs the controller until it is told to stop. SIGHUP makes it read its file again.",
      "s3dr serve --config s3dr.yaml\n"
      "s3dr serve --wait-for-stores     also when a region does not answer now");
  auto options = std::make_shared<ServeOptions>();
  add_config_option(command, options->access);
  command.add_flag("--wait-for-stores", options->wait_for_stores,
                   "start although a store cannot be reached, and keep trying");
  command.callback([options, &context] {
    Config config = load_config(options->access);
    const auto log = make_stderr_log(context.log_level_given ? context.log_level : LogLevel::info);
    const bool ended = run_until_signal([&](boost::asio::any_io_executor executor) {
      return serve_until_stopped(executor, config, options->wait_for_stores, options->access, *log);
    });
    if (!ended) log->info("stopped");
  });
}

}  // namespace s3dr::app
