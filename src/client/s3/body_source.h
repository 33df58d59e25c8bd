// A body that can be sent again: every attempt of an upload opens a reader of its own, and parts of a
// multipart upload open ranges of it. Nothing is held in memory beyond what the source itself holds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/body.h"

namespace s3dr::client {

struct BodySource {
  std::uint64_t length = 0;
  // A reader of exactly `length` bytes from `offset`. May be called often, also while other readers are open.
  std::function<std::unique_ptr<BodyReader>(std::uint64_t offset, std::uint64_t length)> open;
};

// Holds the text once, however many readers there are.
BodySource text_source(std::string text);

// A regular file, read in pieces as the peer takes them. Raises invalid with the path (absent, unreadable,
// not a regular file); its readers raise corrupt when the file has become shorter meanwhile.
BodySource file_source(const std::string& path);

}  // namespace s3dr::client
