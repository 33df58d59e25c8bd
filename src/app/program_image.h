// What an executable says of itself: its processor, and whether it needs a dynamic linker, that is, libraries
// of the machine it runs on. Read from the ELF headers. Pure. Decides what a package of functions is called
// (app/function_package.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace s3dr::app {

struct ProgramImage {
  std::string architecture;  // as Lambda names it: "x86_64", "arm64"; else "machine 8"
  bool is_static = false;    // no interpreter: runs where nothing else is installed
};

// nullopt: not a little-endian 64-bit ELF file (a script, say), or one whose headers lead out of it.
std::optional<ProgramImage> read_program_image(std::string_view bytes);

// The architecture of this very program, in Lambda's words.
std::string own_architecture();

}  // namespace s3dr::app
