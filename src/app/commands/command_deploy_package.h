// `s3dr deploy package`, which command_deploy.cc hangs below `s3dr deploy`.
#pragma once

#include "app/command.h"

namespace s3dr::app {

void add_deploy_package_command(Command deploy, CommandContext& context);

}  // namespace s3dr::app
