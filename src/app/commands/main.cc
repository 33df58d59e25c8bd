// s3dr: the program that people install. The embedded cloud and the demo are in another program,
// demo/main.cc.
#include <csignal>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/commands/commands.h"
#include "app/run_task.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that hangs up is an error of that connection
  s3dr::app::notice_signals();
  return s3dr::app::run_command_line(s3dr::app::s3dr_program,
                                     std::vector<std::string>(argv + 1, argv + argc));
}
