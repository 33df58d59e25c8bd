// Deployed packages unpacked: one read-only folder a zip, and working folders of environments. Blocks: for a
// helper thread.
#pragma once

#include <string>

namespace s3dr::services {

// Unpacks to `folder`, which is there complete or not at all. Nothing is done where it is there already.
// Raises invalid (not a package: limits, names), unavailable (disk).
void unpack_package(const std::string& zip, const std::string& folder, const std::string& unfinished_name);
// Removes a folder, read-only ones in it included. Best effort.
void remove_folder(const std::string& folder) noexcept;
void make_folders(const std::string& folder);  // 0700; raises unavailable

}  // namespace s3dr::services
