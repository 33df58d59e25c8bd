// Bytes that arrived on a connection and were not used yet: header blocks, the rest of a body, pipelined
// requests.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace s3dr::http {

class InputBuffer {
 public:
  explicit InputBuffer(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  std::string_view view() const { return {bytes_.data() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  bool full() const { return size() >= bytes_max_; }

  // Space to read into: at least one byte unless full(). It moves the present bytes, so earlier views become
  // invalid.
  std::span<char> space() {
    if (begin_ > 0) {
      std::memmove(bytes_.data(), bytes_.data() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == bytes_.size() && end_ < bytes_max_)
      bytes_.resize(std::min(bytes_max_, std::max<std::size_t>(8 * 1024, bytes_.size() * 2)));
    return std::span<char>(bytes_).subspan(end_);
  }
  void commit(std::size_t count) { end_ += count; }
  void consume(std::size_t count) { begin_ += count; }

 private:
  std::size_t bytes_max_;
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace s3dr::http
