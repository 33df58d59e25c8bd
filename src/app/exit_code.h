// Exit codes, the same everywhere (docs/architecture.md).
#pragma once

namespace s3dr::app {

enum ExitCode : int {
  exit_done = 0,           // done, or nothing to do
  exit_failed = 1,         // failed; also: blocked
  exit_usage = 2,          // wrong command line or configuration
  exit_differences = 3,    // differences found, or changes pending
  exit_interrupted = 130,  // the demo, stopped by Ctrl-C
};

}  // namespace s3dr::app
