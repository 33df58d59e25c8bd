// How a command joins the command line: each command_<name>.cc adds its subcommand with its options and a
// callback that sets the exit code. Errors are thrown as Error and printed in one place (app/command_line.h):
// what, where, what to do next.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <utility>

#include "app/exit_code.h"
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

// A subcommand whose help begins with examples: what a person would type, one a line.
inline CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                             const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer(examples);  // printed first (app/command_line.cc)
  return command;
}

void add_demo_command(CLI::App& app, CommandContext& context);
void add_cloud_command(CLI::App& app, CommandContext& context);
void add_serve_command(CLI::App& app, CommandContext& context);
void add_protect_commands(CLI::App& app, CommandContext& context);  // protect, unprotect
void add_status_command(CLI::App& app, CommandContext& context);
void add_plan_command(CLI::App& app, CommandContext& context);
void add_verify_command(CLI::App& app, CommandContext& context);
void add_deploy_command(CLI::App& app, CommandContext& context);  // plan, apply, destroy, status
void add_config_command(CLI::App& app, CommandContext& context);

}  // namespace s3dr::app
