// A new folder for one test, removed at its end.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace s3dr::cloud {

struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "s3dr-test-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

}  // namespace s3dr::cloud
