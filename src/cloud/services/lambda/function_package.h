// Unpacks deployed packages: one read-only folder for each zip. Also makes and removes the working folders of
// environments. These functions block: call them on a helper thread.
#pragma once

#include <string>

namespace s3dr::services {

// Unpacks to `folder`. The folder is either complete or not there at all. Does nothing if it exists already.
// Raises invalid (not a package: limits, names), unavailable (disk).
void unpack_package(const std::string& zip, const std::string& folder, const std::string& unfinished_name);
// Removes a folder, also one with read-only folders in it. Best effort.
void remove_folder(const std::string& folder) noexcept;
void make_folders(const std::string& folder);  // 0700; raises unavailable

}  // namespace s3dr::services
