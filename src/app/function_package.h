// Finds the zip from which the functions are made. `s3dr deploy`, the demo and the tests (through `s3dr
// deploy package`) all ask here. The first of these that applies is taken:
//   1. The file that was named.
//   2. If both regions are on this machine: the program `bootstrap` that was built beside this one, packed
//      now. So the functions come from the same build as everything else.
//   3. The package of `make package`, static and small: s3dr-lambda-<architecture>.zip beside this program or
//      in ../lambda. For AWS, only this one or a named file is taken.
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
  std::string file;  // empty: rules 2 and 3 apply
  std::string architecture = "x86_64";
  bool on_this_machine = false;  // true: rule 2 may apply
};

// True: a loopback address answers for each of the two regions.
bool is_on_this_machine(const Config& config);

// Raises UsageError: nothing found (with advice), not readable, not an archive, too large for Lambda.
FunctionPackage find_package(const PackageChoice& choice);

// Packs `program` as `bootstrap` (0755), with the authorities of this machine. Same files, same bytes. Raises
// UsageError.
FunctionPackage pack_program(const std::string& program);

}  // namespace s3dr::app
