// What all commands share: the options before the subcommand, the exit code they set, and the error that means
// "wrong usage". Errors are thrown as Error and printed in one place (app/command_line.h): what, where, what to
// do next. The commands themselves are in app/commands/ and demo/.
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

}  // namespace s3dr::app
