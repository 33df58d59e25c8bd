// The zip that the functions are made from, and the one rule where it comes from; `s3dr deploy`, the demo and
// the tests (through `s3dr deploy package`) ask here and nowhere else:
//   1. the file that was named;
//   2. where both regions are on this machine: the program `bootstrap` that was built beside this one, packed
//      on the spot, so that the functions are of the same build as everything else;
//   3. the package of `make package`, static and small: s3dr-lambda-<architecture>.zip beside this program or
//      in ../lambda. AWS gets no other without being told.
#pragma once

#include <optional>
#include <string>

#include "app/config.h"

namespace s3dr::app {

struct FunctionPackage {
  std::string zip;     // its bytes
  std::string origin;  // the file they were read or packed from
  // "static x86_64", "dynamically linked x86_64", or what the archive has instead of a program
  std::string kind;
};

struct PackageChoice {
  std::string file;  // empty: 2 and 3
  std::string architecture = "x86_64";
  bool on_this_machine = false;  // 2 may be taken
};

// Both regions are answered for by a loopback address.
bool is_on_this_machine(const Config& config);

// Raises UsageError: nothing found (with advice), not readable, not an archive, too large for Lambda.
FunctionPackage find_package(const PackageChoice& choice);

// `program` as `bootstrap` (0755), with the authorities of this machine. Same files, same bytes. Raises
// UsageError.
FunctionPackage pack_program(const std::string& program);

}  // namespace s3dr::app
