// The commands of s3dr-cloud. `s3dr cloud WORD` starts `s3dr-cloud WORD`, `s3dr demo` starts `s3dr-cloud demo`.
#pragma once

#include "app/command.h"
#include "app/options.h"

namespace s3dr::app {

void add_cloud_commands(Command app, CommandContext& context);  // start, stop, status
void add_demo_command(Command app, CommandContext& context);

}  // namespace s3dr::app
