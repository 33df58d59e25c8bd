// What all commands share: the global options, the exit code, and the error for wrong usage. An error is
// thrown as Error and printed in one place (app/command_line.h): what happened, where, what to do next. The
// commands are in app/commands/ and demo/.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "app/exit_code.h"
#include "app/options.h"
#include "base/error.h"
#include "base/log.h"

namespace s3dr::app {

enum class OutputFormat { table, json };

// The options before the subcommand, and the exit code.
struct CommandContext {
  OutputFormat output = OutputFormat::table;
  LogLevel log_level = LogLevel::warning;
  bool log_level_given = false;  // false: a command that runs for long (serve) logs more by default
  int exit_code = exit_done;
  // A "next:" with its s3dr commands as they have to be typed: when the configuration was named by --config, or the
  // protection by --protection, it belongs into each of them. Set by run_command_line.
  std::function<std::string(std::string)> complete_advice = [](std::string advice) { return advice; };
  // The same for a protection that the command line does not name.
  std::function<std::string(std::string, std::string)> advice_for_protection =
      [](std::string advice, const std::string&) { return advice; };
};

// The command line or the configuration is wrong: exit code 2, nothing was started.
class UsageError : public Error {
 public:
  explicit UsageError(std::string message) : Error(ErrorKind::invalid, std::move(message)) {}
  explicit UsageError(const Error& error) : Error(error) {}
};

}  // namespace s3dr::app
