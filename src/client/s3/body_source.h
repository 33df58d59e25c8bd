// A body that can be sent again. Every attempt of an upload opens its own reader. The parts of a multipart
// upload open ranges. Only what the source itself holds is in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/body.h"

namespace s3dr::client {

struct BodySource {
  std::uint64_t length = 0;
  // Opens a reader of exactly `length` bytes from `offset`. May be called often, also while other readers are
  // open.
  std::function<std::unique_ptr<BodyReader>(std::uint64_t offset, std::uint64_t length)> open;
};

// Holds the text once, for any number of readers.
BodySource text_source(std::string text);

// A regular file, read in pieces as fast as the peer takes them. Raises invalid with the path (absent,
// unreadable, not a regular file). A reader raises corrupt when the file has become shorter meanwhile.
BodySource file_source(const std::string& path);

}  // namespace s3dr::client
