#include "base/body.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace s3dr {
namespace {

class TextReader : public BodyReader {
 public:
  explicit TextReader(std::string text) : text_(std::move(text)) {}

  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min(buffer.size(), text_.size() - position_);
    std::memcpy(buffer.data(), text_.data() + position_, count);
    position_ += count;
    co_return count;
  }

 private:
  std::string text_;
  std::size_t position_ = 0;
};

}  // namespace

std::unique_ptr<BodyReader> text_reader(std::string text) {
  return std::make_unique<TextReader>(std::move(text));
}

const std::string& Body::text() const {
  S3DR_CHECK(stream_ == nullptr);
  return text_;
}

std::unique_ptr<BodyReader> Body::take_reader() {
  length_ = 0;
  if (stream_ != nullptr) return std::move(stream_);
  return text_reader(std::exchange(text_, {}));
}

Task<std::string> Body::read_all(std::size_t bytes_max) {
  if (stream_ == nullptr) {
    if (text_.size() > bytes_max) throw Error(ErrorKind::invalid, "the body is too large");
    length_ = 0;
    co_return std::exchange(text_, {});
  }
  auto reader = take_reader();
  std::string all;
  std::string chunk(64 * 1024, '\0');
  while (true) {
    const std::size_t count = co_await reader->read(std::span<char>(chunk));
    if (count == 0) co_return all;
    if (all.size() + count > bytes_max) throw Error(ErrorKind::invalid, "the body is too large");
    all.append(chunk.data(), count);
  }
}

}  // namespace s3dr
