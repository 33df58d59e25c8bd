// The command line as a whole: global options, all commands, and help that begins with examples. It is the
// one place where an Error becomes three lines on standard error and an exit code.
#pragma once

#include <string>
#include <vector>

#include "app/command.h"
#include "app/options.h"
#include "base/error.h"

namespace s3dr::app {

// One of the two programs.
struct Program {
  std::string name;         // "s3dr"
  std::string description;  // one sentence, in its help
  std::string examples;     // one on each line, above the description
  void (*add_commands)(Command app, CommandContext& context);
};

// `arguments`: everything after the program's name. Returns the exit code (app/exit_code.h); never throws.
int run_command_line(const Program& program, std::vector<std::string> arguments);

// "s3dr: what happened\n  at: resource\n  next: advice\n". Lines without content are left out, control
// characters and what stands before the '@' of a URL are removed.
std::string describe(const Error& error);
// The same with a completed advice.
std::string describe(const Error& error, const CommandContext& context);
// {"error": {…}} with null for what is not known: what --output json prints on standard output in addition.
std::string error_as_json(const Error& error, int exit_code);

}  // namespace s3dr::app
