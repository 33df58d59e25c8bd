// `s3dr deploy package`. command_deploy.cc adds it to `s3dr deploy`.
#pragma once

#include "app/command.h"

namespace s3dr::app {

void add_deploy_package_command(Command deploy, CommandContext& context);

}  // namespace s3dr::app
