// `s3dr deploy package`: shows which zip the functions are made from, or packs one (app/function_package.h).
// `make package`, the tests and the benchmarks use it.
#include <boost/json.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "app/commands/command_deploy_package.h"
#include "app/function_package.h"
#include "app/output.h"
#include "app/program_image.h"
#include "aws/hash.h"

namespace s3dr::app {
namespace {

struct PackageCommand {
  PackageChoice choice;
  std::string program, out;
};

FunctionPackage package_of(const PackageCommand& command) {
  if (command.program.empty()) return find_package(command.choice);
  FunctionPackage package = pack_program(command.program);
  if (command.choice.on_this_machine || package.kind == "static " + command.choice.architecture)
    return package;
  UsageError error("not a package for AWS: " + package.kind + " instead of static " +
                   command.choice.architecture);
  error.with_resource(command.program);
  throw error;
}

// Written as a whole or not at all: an interrupted build leaves no partial archive.
void write_whole(const std::string& path, const std::string& bytes) {
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file || std::rename(fresh.c_str(), path.c_str()) != 0)
    throw Error(ErrorKind::invalid, std::string("the package cannot be written: ") + std::strerror(errno))
        .with_resource(path);
}

void run(const PackageCommand& command, CommandContext& context) {
  const FunctionPackage package = package_of(command);
  if (!command.out.empty()) write_whole(command.out, package.zip);
  const std::string digest = aws::sha256_hex(package.zip);
  if (context.output == OutputFormat::json) {
    print(boost::json::serialize(boost::json::object{{"origin", package.origin},
                                                     {"kind", package.kind},
                                                     {"bytes", package.zip.size()},
                                                     {"sha256", digest}}) +
          "\n");
    return;
  }
  print(render_facts({{"from", package.origin},
                      {"program", package.kind},
                      {"size", format_count(package.zip.size()) + " bytes"},
                      {"sha256", digest}}));
}

}  // namespace

void add_deploy_package_command(Command deploy, CommandContext& context) {
  Command app = deploy.add_command(
      "package",
      "Which zip the functions are made from: on AWS the static one of make package; with --here the program "
      "built beside this one, packed on the spot.",
      "s3dr deploy package\ns3dr deploy package --here --out functions.zip");
  auto command = std::make_shared<PackageCommand>();
  command->choice.architecture = own_architecture();
  app.add_option("--package", command->choice.file, "this one").type_name("FILE");
  app.add_option("--architecture", command->choice.architecture, "x86_64 or arm64").type_name("NAME");
  app.add_flag("--here", command->choice.on_this_machine, "for a cloud on this machine");
  app.add_option("--program", command->program, "pack this program, with the authorities of this machine")
      .type_name("FILE");
  app.add_option("--out", command->out, "write it there").type_name("ZIP");
  app.callback([command, &context] { run(*command, context); });
}

}  // namespace s3dr::app
