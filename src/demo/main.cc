// s3dr-cloud: the embedded cloud and the demo. The program that protects buckets is s3dr
// (app/commands/main.cc). It starts this program for `s3dr cloud` and `s3dr demo`.
#include <csignal>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "demo/commands.h"

namespace {

using namespace s3dr::app;

void add_commands(Command app, CommandContext& context) {
  add_cloud_commands(app, context);
  add_demo_command(app, context);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that hangs up is an error of that connection
  const Program program{
      "s3dr-cloud", "The embedded cloud: regions on this machine, to try s3dr on and to test against.",
      "s3dr-cloud start                  two regions, in the foreground\n"
      "s3dr-cloud status                 which regions run\n"
      "s3dr-cloud stop us-west-2         lose a region on purpose, then: s3dr-cloud start us-west-2",
      add_commands};
  return run_command_line(program, std::vector<std::string>(argv + 1, argv + argc));
}
