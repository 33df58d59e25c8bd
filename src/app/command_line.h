// The command line as a whole: global options, all commands, help that begins with an example, and the one
// place where an Error becomes three lines on standard error and an exit code.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace s3dr::app {

// Everything after the program's name. Returns the exit code (app/exit_code.h); never throws.
int run_command_line(std::vector<std::string> arguments);

// "s3dr: what happened\n  at: resource\n  next: advice\n"; lines without content are left out, control
// characters are taken out.
std::string describe(const Error& error);

}  // namespace s3dr::app
