#include "app/commands/commands.h"

namespace s3dr::app {
namespace {

void add_commands(Command app, CommandContext& context) {
  add_serve_command(app, context);
  add_protect_commands(app, context);
  add_status_command(app, context);
  add_plan_command(app, context);
  add_verify_command(app, context);
  add_rules_command(app, context);
  add_settings_command(app, context);
  add_deploy_command(app, context);
  add_cloud_commands(app, context);
  add_config_command(app, context);
}

}  // namespace

const Program s3dr_program{
    "s3dr", "Tag a bucket dr=true and it is protected in another region: continuously and provably.",
    "s3dr serve --config s3dr.yaml     run the controller\n"
    "s3dr protect photos --wait        protect the bucket \"photos\" and wait until it is verified\n"
    "s3dr status                       every protection and how far it is",
    add_commands};

}  // namespace s3dr::app
