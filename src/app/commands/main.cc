#include <csignal>
#include <string>
#include <vector>

#include "app/command_line.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that hangs up is an error of that connection
  return s3dr::app::run_command_line(std::vector<std::string>(argv + 1, argv + argc));
}
