// `s3dr demo`: what a newcomer runs first (app/demo.h).
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "app/command.h"
#include "app/command_line.h"
#include "app/demo.h"
#include "app/demo_folder.h"
#include "app/output.h"
#include "app/run_task.h"
#include "cloud/child_process.h"

namespace s3dr::app {
namespace {

struct DemoOptions {
  std::string input = "/usr/include/boost";
  std::string data = "build/demo";
  bool keep = false;
};

void demo(const DemoOptions& options, CommandContext& context) {
  DemoPlan plan;
  plan.tree = scan_tree(options.input);
  plan.keep = options.keep;
  const DemoFolder folder(options.data);
  plan.folder = folder.path();
  const auto log = make_stderr_log(context.log_level_given ? context.log_level : LogLevel::error);
  try {
    const bool ended = run_until_signal(
        [&](boost::asio::any_io_executor executor) { return run_demo(executor, plan, *log); });
    if (ended) return;
    print_error("stopped; nothing is left running\n");
    context.exit_code = exit_interrupted;
  } catch (const Error& error) {
    if (error.resource().ends_with(".log"))
      print_error("the end of " + error.resource() + ":\n" + cloud::log_tail(error.resource()) + "\n");
    print_error("NOT VERIFIED; logs: " + plan.folder + "/serve.log, cloud.log, */region.log\n");
    throw;
  }
}

}  // namespace

void add_demo_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = add_command(
      app, "demo", "Starts two regions and the controller, and protects a bucket before your eyes.",
      "s3dr demo\ns3dr demo --input ~/photos\ns3dr demo --keep                  look around afterwards");
  auto options = std::make_shared<DemoOptions>();
  command->add_option("--input", options->input, "directory tree to upload")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--data", options->data, "folder of the demo; emptied when a demo made it")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_flag("--keep", options->keep, "leave everything running until Ctrl-C");
  command->callback([options, &context] { demo(*options, context); });
}

}  // namespace s3dr::app
