#include "base/environment_block.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

extern "C" char** environ;

namespace s3dr {

void hide_environment() {
  std::vector<std::pair<std::string, std::string>> kept;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos && equals > 0)
      kept.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    std::memset(*entry, 0, text.size());
  }
  ::clearenv();
  for (const auto& [name, value] : kept) ::setenv(name.c_str(), value.c_str(), 1);
}

}  // namespace s3dr
