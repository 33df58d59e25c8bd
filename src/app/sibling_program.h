// A program that is installed beside this one: s3dr-cloud beside s3dr, and the other way round.
#pragma once

#include <string>
#include <vector>

namespace s3dr::app {

// "/usr/bin/s3dr-cloud" for a program in /usr/bin. It need not exist.
std::string sibling_program(const std::string& name);

// This process becomes that program. Returns only by raising: unavailable, the program is not there or cannot
// be run.
[[noreturn]] void become_sibling(const std::string& name, std::vector<std::string> arguments);

}  // namespace s3dr::app
