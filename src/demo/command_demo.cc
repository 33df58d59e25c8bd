// `s3dr demo`: the first command for a newcomer (demo/demo.h).
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/command_line.h"
#include "app/function_package.h"
#include "app/output.h"
#include "app/program_image.h"
#include "app/run_task.h"
#include "cloud/process/child_process.h"
#include "demo/commands.h"
#include "demo/demo.h"
#include "demo/demo_folder.h"

namespace s3dr::app {
namespace {

struct DemoOptions {
  std::string input = "/usr/include/boost";
  std::string data;  // empty: the way's own folder
  std::string package;
  bool serve = false;
  bool fresh = false;
  bool keep = false;
};

DemoPlan plan_of(const DemoOptions& options) {
  if (options.serve && !options.package.empty())
    throw UsageError("--package: with --serve no functions are deployed");
  DemoPlan plan;
  plan.way = options.serve ? DemoWay::served : DemoWay::deployed;
  if (!options.serve) plan.package = find_package({options.package, own_architecture(), true});
  plan.tree = scan_tree(options.input);
  plan.keep = options.keep;
  return plan;
}

void demo(const DemoOptions& options, CommandContext& context) {
  notice_signals();
  DemoPlan plan = plan_of(options);
  const std::string data = !options.data.empty() ? options.data
                           : options.serve       ? "build/demo-serve"
                                                 : "build/demo";
  // Deployed functions are gone on with; the controller's demo has always begun anew.
  const DemoFolder folder(data, options.serve ? "serve" : "deploy", !options.serve && !options.fresh);
  plan.folder = folder.path();
  plan.goes_on = folder.kept();
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
    print_error("NOT VERIFIED; logs: " + plan.folder + "/*.log, */region.log\n");
    throw;
  }
}

}  // namespace

void add_demo_command(Command app, CommandContext& context) {
  Command command = app.add_command(
      "demo", "Starts two regions, deploys the functions into them, and protects a bucket before your eyes.",
      "s3dr demo\ns3dr demo --input ~/photos\ns3dr demo --keep                  look around afterwards\n"
      "s3dr demo --serve                 with the controller instead of functions");
  auto options = std::make_shared<DemoOptions>();
  command.add_option("--input", options->input, "directory tree to upload").type_name("DIR").shows_default();
  command
      .add_option("--data", options->data, "folder of the demo (build/demo; with --serve build/demo-serve)")
      .type_name("DIR");
  command
      .add_option("--package", options->package,
                  "the functions' zip (else the program beside this one, packed)")
      .type_name("FILE");
  command.add_flag("--serve", options->serve, "the controller does the work; no functions");
  command.add_flag("--fresh", options->fresh, "begin with an empty folder, not with what the last run left");
  command.add_flag("--keep", options->keep, "leave everything running until Ctrl-C");
  command.callback([options, &context] { demo(*options, context); });
}

}  // namespace s3dr::app
