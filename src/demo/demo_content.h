// What the demo uploads: a real directory tree, one large object, and odd keys, over which tools stumble.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/s3/body_source.h"
#include "client/s3/object_writer.h"

namespace s3dr::app {

struct TreeFile {
  std::string path;
  std::string key;  // below the tree's root, with '/'
  std::uint64_t bytes = 0;
};

struct Tree {
  std::string root;
  std::vector<TreeFile> files;  // in the order of their keys
  std::uint64_t bytes = 0;
  std::uint64_t left_out = 0;  // symbolic links that lead out of the tree, and files that are not regular
};

// Raises UsageError: no such folder, not readable, or no file in it.
Tree scan_tree(const std::string& root);

// "//", "." and "..", '%', '+', blanks, Unicode, a trailing '/', 1,024 bytes …
std::vector<std::string> odd_keys();

// The same bytes for the same seed. They are made while they are read; nothing is kept in memory.
client::BodySource generated_source(std::uint64_t bytes, std::uint64_t seed);

// Gives some of the files metadata and some of them tags.
client::PutOptions options_of(const TreeFile& file, std::size_t index);

}  // namespace s3dr::app
