// The commands of s3dr. Each command_<name>.cc adds its subcommand with its options and a callback. The
// callback sets the exit code.
#pragma once

#include "app/command.h"
#include "app/command_line.h"
#include "app/options.h"

namespace s3dr::app {

extern const Program s3dr_program;

void add_serve_command(Command app, CommandContext& context);
void add_protect_commands(Command app, CommandContext& context);  // protect, unprotect
void add_status_command(Command app, CommandContext& context);
void add_plan_command(Command app, CommandContext& context);
void add_rules_command(Command app, CommandContext& context);     // restore, forget
void add_settings_command(Command app, CommandContext& context);  // accept
void add_verify_command(Command app, CommandContext& context);
void add_deploy_command(Command app, CommandContext& context);  // plan, apply, destroy, status
void add_config_command(Command app, CommandContext& context);
void add_cloud_commands(Command app, CommandContext& context);  // cloud, demo: s3dr-cloud does them

}  // namespace s3dr::app
