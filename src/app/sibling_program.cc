#include "app/sibling_program.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/error.h"

namespace s3dr::app {

std::string sibling_program(const std::string& name) {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) throw Error(ErrorKind::unavailable, "/proc/self/exe cannot be read: " + failure.message());
  return (self.parent_path() / name).string();
}

void become_sibling(const std::string& name, std::vector<std::string> arguments) {
  const std::string path = sibling_program(name);
  arguments.insert(arguments.begin(), name);
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  ::execv(path.c_str(), words.data());
  const std::string why = std::generic_category().message(errno);
  throw Error(ErrorKind::unavailable,
              "this command is done by the program " + name + ", which has to lie at " + path + ": " + why);
}

}  // namespace s3dr::app
