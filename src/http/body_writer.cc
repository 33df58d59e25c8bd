#include "http/body_writer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace s3dr::http {
namespace {

constexpr std::size_t piece_bytes = 128 * 1024;

Error wrong_length() {
  return Error(ErrorKind::invalid, "the body does not have the announced length");
}

Task<> write_with_length(Wire& wire, std::string head, BodyReader& body, std::uint64_t length,
                         std::chrono::milliseconds stall_max) {
  std::vector<char> buffer(static_cast<std::size_t>(std::clamp<std::uint64_t>(length, 1, piece_bytes)));
  std::uint64_t left = length;
  while (true) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    std::size_t count = 0;
    if (wanted > 0) {
      count = co_await body.read(std::span<char>(buffer.data(), wanted));
      if (count == 0) throw wrong_length();
      left -= count;
    }
    if (left == 0) {
      std::array<char, 1> beyond{};
      if (co_await body.read(std::span<char>(beyond)) != 0) throw wrong_length();
    }
    co_await wire.write(head, std::string_view(buffer.data(), count), stall_max);
    head.clear();
    if (left == 0) co_return;
  }
}

// The size line stands right in front of the piece, so that each chunk is one contiguous write.
Task<> write_chunked(Wire& wire, std::string head, BodyReader& body, std::chrono::milliseconds stall_max) {
  constexpr std::size_t front = 16;
  std::vector<char> buffer(front + piece_bytes + 2);
  while (true) {
    const std::size_t count = co_await body.read(std::span<char>(buffer.data() + front, piece_bytes));
    if (count == 0) break;
    std::array<char, front> line{};
    const int line_size = std::snprintf(line.data(), line.size(), "%zx\r\n", count);
    char* begin = buffer.data() + front - line_size;
    std::copy_n(line.data(), line_size, begin);
    buffer[front + count] = '\r';
    buffer[front + count + 1] = '\n';
    co_await wire.write(head, std::string_view(begin, static_cast<std::size_t>(line_size) + count + 2),
                        stall_max);
    head.clear();
  }
  co_await wire.write(head, "0\r\n\r\n", stall_max);
}

Task<> write_to_end(Wire& wire, std::string head, BodyReader& body, std::chrono::milliseconds stall_max) {
  std::vector<char> buffer(piece_bytes);
  while (true) {
    const std::size_t count = co_await body.read(std::span<char>(buffer));
    co_await wire.write(head, std::string_view(buffer.data(), count), stall_max);
    if (count == 0) co_return;
    head.clear();
  }
}

}  // namespace

Task<> write_stream(Wire& wire, std::string head, BodyReader& body, BodyFraming framing,
                    std::chrono::milliseconds stall_max) {
  S3DR_CHECK(framing.kind != Framing::none);
  if (framing.kind == Framing::to_end) return write_to_end(wire, std::move(head), body, stall_max);
  if (framing.kind == Framing::chunked) return write_chunked(wire, std::move(head), body, stall_max);
  return write_with_length(wire, std::move(head), body, framing.length, stall_max);
}

}  // namespace s3dr::http
