// A program that is installed beside this one: s3dr-cloud beside s3dr, and s3dr beside s3dr-cloud.
#pragma once

#include <string>
#include <vector>

namespace s3dr::app {

// Its path: "/usr/bin/s3dr-cloud" for a program in /usr/bin. The file need not exist.
std::string sibling_program(const std::string& name);

// Replaces this process by that program. Returns only by raising unavailable: the program does not exist or
// cannot be run.
[[noreturn]] void become_sibling(const std::string& name, std::vector<std::string> arguments);

}  // namespace s3dr::app
