// The body of an HTTP message: a text in memory, or a stream that is read once, as fast as the reader takes
// it. Used by the client, the server and the embedded cloud. It knows nothing of sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/task.h"

namespace s3dr {

// A stream of bytes that can be read once. One read at a time.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Fills at most `buffer.size()` bytes (> 0) and returns how many. 0 means the end and nothing else.
  // Raises corrupt (checksum, framing), unavailable (the peer went away), cancelled.
  // After an error it must not be called again.
  virtual Task<std::size_t> read(std::span<char> buffer) = 0;
};

class Body {
 public:
  Body() = default;
  Body(std::string text)
      : text_(std::move(text)), length_(text_.size()) {}  // NOLINT(google-explicit-constructor)
  Body(std::unique_ptr<BodyReader> stream, std::optional<std::uint64_t> length)
      : stream_(std::move(stream)), length_(length) {}

  bool is_stream() const { return stream_ != nullptr; }
  // Bytes in all; nullopt for a stream of unknown length.
  std::optional<std::uint64_t> length() const { return length_; }
  // The whole text; only for a body that is not a stream.
  const std::string& text() const;
  // Hands over a reader of the whole body; the body is empty afterwards.
  std::unique_ptr<BodyReader> take_reader();
  // Reads all of it. Raises invalid when there are more than `bytes_max`.
  Task<std::string> read_all(std::size_t bytes_max);

 private:
  std::string text_;
  std::unique_ptr<BodyReader> stream_;
  std::optional<std::uint64_t> length_ = 0;
};

// Reads from a text; for tests and small bodies.
std::unique_ptr<BodyReader> text_reader(std::string text);

}  // namespace s3dr
