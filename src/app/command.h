// How a command joins the command line: each command_<name>.cc adds its subcommand with its options and a callback that
// sets the exit code. Errors are thrown as Error and printed in one place (app/main.cc): what, where, what to do next.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "app/exit_code.h"
#include "base/log.h"

namespace s3dr::app {

enum class OutputFormat { table, json };

// Options before the subcommand, and the result.
struct CommandContext {
  OutputFormat output = OutputFormat::table;
  LogLevel log_level = LogLevel::warning;
  int exit_code = exit_done;
};

void add_demo_command(CLI::App& app, CommandContext& context);
void add_cloud_command(CLI::App& app, CommandContext& context);
void add_serve_command(CLI::App& app, CommandContext& context);
void add_protect_commands(CLI::App& app, CommandContext& context);  // protect, unprotect
void add_status_command(CLI::App& app, CommandContext& context);
void add_plan_command(CLI::App& app, CommandContext& context);
void add_verify_command(CLI::App& app, CommandContext& context);
void add_config_command(CLI::App& app, CommandContext& context);

}  // namespace s3dr::app
