// What an executable says of itself, read from its ELF headers: its processor, and whether it is static. A
// program that is not static needs libraries of the machine it runs on. Pure. app/function_package.h names
// the kind of a package from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace s3dr::app {

struct ProgramImage {
  std::string architecture;  // as Lambda names it: "x86_64", "arm64"; else "machine 8"
  bool is_static = false;    // no interpreter: needs nothing else that is installed
};

// nullopt: not a little-endian 64-bit ELF file (a script, for example), or its headers point outside the
// file.
std::optional<ProgramImage> read_program_image(std::string_view bytes);

// The architecture of this program, in Lambda's words.
std::string own_architecture();

}  // namespace s3dr::app
