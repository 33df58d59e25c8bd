// How a command joins the command line: each command_<name>.cc adds its subcommand with its options and a
// callback that sets the exit code. Errors are thrown as Error and printed in one place (app/command_line.h):
// what, where, what to do next.
#pragma once

#include <string>
#include <utility>

#include "app/exit_code.h"
#include "app/options.h"
#include "base/error.h"
#include "base/log.h"

namespace s3dr::app {

enum class OutputFormat { table, json };

// Options before the subcommand, and the result.
struct CommandContext {
  OutputFormat output = OutputFormat::table;
  LogLevel log_level = LogLevel::warning;
  bool log_level_given = false;  // else a command that runs for long (serve) says more by itself
  int exit_code = exit_done;
};

// The command line or the configuration is wrong: exit code 2, nothing was started.
class UsageError : public Error {
 public:
  explicit UsageError(std::string message) : Error(ErrorKind::invalid, std::move(message)) {}
  explicit UsageError(const Error& error) : Error(error) {}
};

void add_demo_command(Command app, CommandContext& context);
void add_cloud_command(Command app, CommandContext& context);
void add_serve_command(Command app, CommandContext& context);
void add_protect_commands(Command app, CommandContext& context);  // protect, unprotect
void add_status_command(Command app, CommandContext& context);
void add_plan_command(Command app, CommandContext& context);
void add_verify_command(Command app, CommandContext& context);
void add_deploy_command(Command app, CommandContext& context);  // plan, apply, destroy, status
void add_config_command(Command app, CommandContext& context);

}  // namespace s3dr::app
