// `s3dr cloud`: runs the embedded cloud in the foreground, or starts, stops or asks one in the background
// (start, stop, status). A hidden subcommand is the process of one region.
#include <fmt/format.h>
#include <sys/stat.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/output.h"
#include "app/run_task.h"
#include "app/sibling_program.h"
#include "base/clock.h"
#include "base/environment_block.h"
#include "base/random.h"
#include "cloud/process/child_process.h"
#include "cloud/process/region_process.h"
#include "cloud/process/services.h"
#include "cloud/process/supervisor.h"
#include "demo/commands.h"
#include "demo/data_folder.h"
#include "demo/serve_address.h"

namespace s3dr::app {
namespace {

constexpr const char* default_regions = "us-west-2,us-east-2";

struct CloudOptions {
  std::string data;
  std::string regions;
  int ports = -1;  // not given
  std::string region;
  int ready_descriptor = -1;
  bool no_trail = false;

  std::string folder() const { return data.empty() ? default_data_folder() : data; }
};

std::vector<s3::Region> parse_regions(const std::string& text) {
  std::vector<s3::Region> regions;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const s3::Region region = s3::Region::parse(text.substr(begin, end - begin));
    if (std::ranges::find(regions, region) != regions.end())
      throw Error(ErrorKind::invalid, region.text() + " stands there twice");
    regions.push_back(region);
    begin = end + 1;
  }
  return regions;
}

cloud::InstallationOptions installation_options(const CloudOptions& options) {
  cloud::InstallationOptions installation;
  installation.folder = options.folder();
  try {
    installation.regions = parse_regions(options.regions.empty() ? default_regions : options.regions);
  } catch (const Error& error) {
    throw UsageError(error.message() + " in --regions");
  }
  if (installation.regions.size() < 2) throw UsageError("--regions: two or more are needed");
  installation.regions_given = !options.regions.empty();
  installation.ports_given = options.ports >= 0;
  if (installation.ports_given) installation.port_base = static_cast<std::uint16_t>(options.ports);
  if (options.ports == 0) installation.serve_address = "127.0.0.1:0";
  installation.trail = !options.no_trail;
  return installation;
}

std::string endpoint(const char* scheme, std::uint16_t port) {
  return fmt::format("{}://127.0.0.1:{}", scheme, port);
}

// The name alone where the shell finds the program that stands beside this one, else the path.
std::string typed(const std::string& program) {
  const std::string path = sibling_program(program);
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    std::error_code ignored;
    const std::filesystem::path found = std::filesystem::path(rest.substr(0, end)) / program;
    if (std::filesystem::exists(found, ignored))
      return std::filesystem::equivalent(found, path, ignored) ? program : in_shell(path);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return in_shell(path);
}

std::string describe_cloud(const cloud::Installation& installation) {
  Table table({{"REGION"}, {"HTTP"}, {"HTTPS"}, {"INTERNAL"}, {"AWS PROFILES"}});
  for (const cloud::RegionPorts& ports : installation.regions) {
    std::string profiles;
    for (const s3::AccountId& account : installation.accounts)
      profiles += (profiles.empty() ? "" : ", ") + cloud::Installation::profile(account, ports.region);
    table.add({ports.region.text(), endpoint("http", ports.http), endpoint("https", ports.https),
               fmt::format("127.0.0.1:{}", ports.internal), profiles});
  }
  const ServeAddress serve = read_serve_address(installation.serve_config_path());
  const char* trail =
      installation.trail
          ? "trail: made in each region for each account, so that events of buckets arrive; on AWS you make "
            "one yourself"
          : "trail: none; without one no event of a bucket arrives, only the sweep finds changes";
  return fmt::format(
      "{}s3dr serve: {}\n{}\n\nFor aws, boto3, rclone and s3dr itself:\n"
      "  export AWS_SHARED_CREDENTIALS_FILE={}\n  export AWS_CONFIG_FILE={}\n  export AWS_CA_BUNDLE={}\n"
      "  export S3DR_CONFIG={}\n\n"
      "Next, in another terminal with these variables:\n  {} serve\n"
      "and in a third one:\n  aws --profile {} --endpoint-url {} s3 mb s3://my-bucket\n  {} protect "
      "my-bucket --wait\n\n"
      "Ctrl-C stops the cloud; what it stores stays in {}\n",
      table.render(0), serve.endpoint ? serve.endpoint->url() : "not known, " + serve.why, trail,
      in_shell(installation.credentials_path()), in_shell(installation.config_path()),
      in_shell(installation.ca_path()), in_shell(installation.serve_config_path()), typed("s3dr"),
      cloud::Installation::profile(installation.accounts.at(0), installation.regions.at(0).region),
      endpoint("http", installation.regions.at(0).http), typed("s3dr"), installation.folder);
}

void print_log_tail(const CloudOptions& options, const Error& error) {
  if (!error.resource().ends_with(".log")) return;
  const std::string tail = cloud::log_tail(error.resource());
  if (!tail.empty()) print_error("the end of " + error.resource() + ":\n" + tail + "\n");
  if (tail.find("cannot listen") != std::string::npos)
    print_error(fmt::format("next: free the port, or begin in another folder: {} start --data {} --ports 0\n",
                            typed("s3dr-cloud"), in_shell(options.folder() + "-2")));
}

// What this process and its children write is their user's alone, and what the shell gave it is not for the functions.
void keep_to_ourselves() {
  ::umask(077);
  hide_environment();
}

void start_all(const CloudOptions& options, CommandContext& context) {
  keep_to_ourselves();
  notice_signals();  // the keys of an installation take a moment
  const auto clock = make_real_clock();
  const auto random = make_system_random();
  const auto log = make_stderr_log(context.log_level);
  const bool is_new = !std::filesystem::exists(options.folder() + "/installation.json");
  const cloud::Installation installation =
      cloud::open_installation(installation_options(options), *clock, *random);
  if (is_new && options.ports < 0 &&
      installation.regions.at(0).http != cloud::InstallationOptions().port_base)
    print_error("note: a default port is taken, so others were chosen\n");
  if (options.ports > 0 && installation.regions.at(0).http != options.ports)
    print_error("note: this installation keeps the ports it was made with\n");
  if (options.no_trail && installation.trail)
    print_error("note: this installation was made with trails; delete them to be without\n");
  cloud::Supervisor supervisor(installation, *clock, *log);
  cloud::SupervisorNews news;
  news.all_ready = [&] {
    print(describe_cloud(installation));
    cloud::report_ready(options.ready_descriptor);
  };
  news.region_changed = [&](const s3::Region& region, const std::string& what) {
    std::string line = "region " + region.text() + " " + what + "\n";
    if (what.starts_with("ended"))
      line += fmt::format("  log: {}/region.log\n  next: {} start --data {} {}\n",
                          installation.region_folder(region), typed("s3dr-cloud"),
                          in_shell(installation.folder), region.text());
    print(line);
  };
  try {
    run_until_signal([&](boost::asio::any_io_executor) { return supervisor.run(news); });
    print("stopped\n");
  } catch (const Error& error) {
    print_log_tail(options, error);
    throw;
  }
}

s3::Region region_argument(const cloud::Installation& installation, const std::string& text) {
  std::string names;
  for (const cloud::RegionPorts& ports : installation.regions) {
    if (ports.region.text() == text) return ports.region;
    names += (names.empty() ? "" : ", ") + ports.region.text();
  }
  throw UsageError("this cloud has no region \"" + text + "\"; it has " + names);
}

void start(const CloudOptions& options, CommandContext& context) {
  if (options.region.empty()) {
    start_all(options, context);
    return;
  }
  try {
    const cloud::Installation installation = cloud::read_installation(options.folder());
    print(cloud::start_region(installation, region_argument(installation, options.region)) + "\n");
  } catch (const Error& error) {
    print_log_tail(options, error);
    throw;
  }
}

void stop(const CloudOptions& options) {
  const cloud::Installation installation = cloud::read_installation(options.folder());
  print(cloud::stop_region(installation, region_argument(installation, options.region)) + "\n");
}

void status(const CloudOptions& options, CommandContext& context) {
  const cloud::Installation installation = cloud::read_installation(options.folder());
  Table table({{"REGION"}, {"STATE"}, {"PID", true}, {"HTTP"}, {"HTTPS"}});
  boost::json::array regions;
  for (const cloud::RegionStatus& region : cloud::supervisor_status(installation)) {
    const cloud::RegionPorts& ports = *installation.find(region.region);
    const std::string state = region.running ? "running" : region.ending;
    const std::string http = endpoint("http", ports.http), https = endpoint("https", ports.https);
    table.add({region.region.text(), state, region.running ? std::to_string(region.pid) : "-", http, https});
    regions.push_back({{"region", region.region.text()},
                       {"running", region.running},
                       {"state", state},
                       {"pid", region.pid},
                       {"http", http},
                       {"https", https}});
    if (!region.running) context.exit_code = exit_failed;
  }
  print(context.output == OutputFormat::json ? boost::json::serialize(regions) + "\n"
                                             : table.render(terminal_width()));
}

void run_region(const CloudOptions& options, CommandContext& context) {
  keep_to_ourselves();
  const auto log = make_stderr_log(context.log_level_given ? context.log_level : LogLevel::info);
  const cloud::Installation installation = cloud::read_installation(options.folder());
  const s3::Region region = s3::Region::parse(options.region);
  services::ServicesOptions services;
  services.folder = installation.region_folder(region);
  const auto serve_endpoint = [&] {
    const ServeAddress address = read_serve_address(installation.serve_config_path());
    if (!address.endpoint)
      log->warning("the address of s3dr serve is not known: events go where they went before",
                   {{"configuration", installation.serve_config_path()}, {"why", address.why}});
    return address.endpoint;
  };
  cloud::run_region_process(installation, region, services::region_services(services), serve_endpoint,
                            options.ready_descriptor, *log);
}

void add_data_option(Command command, CloudOptions& options) {
  command.add_option("--data", options.data, "data folder (default: ${XDG_DATA_HOME:-~/.local/share}/s3dr)")
      .type_name("DIR");
}

void add_ready_option(Command command, CloudOptions& options) {
  command.add_option("--ready-descriptor", options.ready_descriptor).hidden();  // for our own processes
}

}  // namespace

void add_cloud_commands(Command app, CommandContext& context) {
  auto options = std::make_shared<CloudOptions>();

  Command starting =
      app.add_command("start", "Starts the cloud and runs until Ctrl-C; with REGION, starts that one again.",
                      "s3dr-cloud start\ns3dr-cloud start --data /tmp/cloud --ports 0\n"
                      "s3dr-cloud start us-west-2");
  add_data_option(starting, *options);
  add_ready_option(starting, *options);
  starting
      .add_option("--regions", options->regions,
                  std::string("regions of a new installation (default: ") + default_regions + ")")
      .type_name("A,B");
  starting
      .add_option("--ports", options->ports,
                  "first http port of a new installation, https 100 above, internal 200 above; 0: free ones "
                  "(default: 9101, or others where one of its ports is taken)")
      .between(0, 65000)
      .type_name("PORT");
  starting.add_flag(
      "--no-trail", options->no_trail,
      "a new installation makes no CloudTrail trails: as on AWS, no events flow until there is one");
  starting.add_option("region", options->region, "start this region of the running cloud")
      .type_name("REGION");
  starting.callback([options, &context] { start(*options, context); });

  Command stopping =
      app.add_command("stop", "Stops one region of the running cloud.", "s3dr-cloud stop us-west-2");
  add_data_option(stopping, *options);
  stopping.add_option("region", options->region, "the region").required().type_name("REGION");
  stopping.callback([options] { stop(*options); });

  Command state =
      app.add_command("status", "Which regions run; exit code 1 when one does not.", "s3dr-cloud status");
  add_data_option(state, *options);
  state.callback([options, &context] { status(*options, context); });

  Command process = app.add_hidden_command("region", "The process of one region.");
  add_data_option(process, *options);
  add_ready_option(process, *options);
  process.add_option("region", options->region).required();
  process.callback([options, &context] { run_region(*options, context); });
}

}  // namespace s3dr::app
