// Readers over the aws-chunked state machines.
#include <algorithm>
#include <cstring>
#include <utility>

#include "aws/chunked.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

class Decoding : public ChunkedReader {
 public:
  Decoding(std::unique_ptr<BodyReader> encoded, ChunkedParameters parameters)
      : encoded_(std::move(encoded)), decoder_(std::move(parameters)) {}

  // Decodes in the caller's buffer: what comes out is never longer than what went in.
  Task<std::size_t> read(std::span<char> buffer) override {
    while (!ended_) {
      const std::size_t count = co_await encoded_->read(buffer);
      if (count == 0) {
        decoder_.finish();
        ended_ = true;
        break;
      }
      std::string_view input(buffer.data(), count);
      std::size_t filled = 0;
      while (!input.empty()) {
        const std::string_view piece = decoder_.take(input);
        if (piece.empty()) break;  // `input` is used up
        std::memmove(buffer.data() + filled, piece.data(), piece.size());
        filled += piece.size();
      }
      if (filled > 0) co_return filled;
    }
    co_return 0;
  }

  const Headers& trailers() const override { return decoder_.trailers(); }

 private:
  std::unique_ptr<BodyReader> encoded_;
  ChunkedDecoder decoder_;
  bool ended_ = false;
};

class Encoding : public BodyReader {
 public:
  Encoding(std::unique_ptr<BodyReader> plain, ChunkedParameters parameters, std::size_t chunk_bytes,
           std::optional<ChecksumAlgorithm> checksum)
      : plain_(std::move(plain)),
        left_(parameters.decoded_length),
        encoder_(std::move(parameters)),
        data_(chunk_bytes, '\0') {
    if (checksum) checksum_.emplace(*checksum);
  }

  Task<std::size_t> read(std::span<char> buffer) override {
    while (position_ == ready_.size() && !ended_) co_await encode_next();
    const std::size_t count = std::min(buffer.size(), ready_.size() - position_);
    std::memcpy(buffer.data(), ready_.data() + position_, count);
    position_ += count;
    co_return count;
  }

 private:
  Task<> encode_next() {
    // A chunk is full unless it is the last: its length was promised in Content-Length.
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, data_.size()));
    std::size_t filled = 0;
    while (filled < wanted) {
      const std::size_t count =
          co_await plain_->read(std::span<char>(data_).subspan(filled, wanted - filled));
      if (count == 0) throw Error(ErrorKind::corrupt, "the body ended before its stated length");
      filled += count;
    }
    left_ -= filled;
    ready_.clear();
    position_ = 0;
    if (filled > 0) {
      const std::string_view chunk(data_.data(), filled);
      if (checksum_) checksum_->update(chunk);
      ready_ += encoder_.begin_chunk(chunk);
      ready_ += chunk;
      ready_ += ChunkedEncoder::chunk_end;
      co_return;
    }
    char more = 0;
    const std::size_t extra = co_await plain_->read(std::span<char>(&more, 1));
    if (extra != 0) throw Error(ErrorKind::corrupt, "the body is longer than its stated length");
    Headers trailers;
    if (checksum_) trailers.add(std::string(header_name(checksum_->algorithm())), checksum_->finish_base64());
    ready_ = encoder_.end(trailers);
    ended_ = true;
  }

  std::unique_ptr<BodyReader> plain_;
  std::uint64_t left_;
  ChunkedEncoder encoder_;
  std::string data_;
  std::string ready_;
  std::size_t position_ = 0;
  std::optional<Checksum> checksum_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ChunkedReader> decode_chunked(std::unique_ptr<BodyReader> encoded,
                                              ChunkedParameters parameters) {
  return std::make_unique<Decoding>(std::move(encoded), std::move(parameters));
}

std::unique_ptr<BodyReader> encode_chunked(std::unique_ptr<BodyReader> plain, ChunkedParameters parameters,
                                           std::size_t chunk_bytes,
                                           std::optional<ChecksumAlgorithm> checksum) {
  S3DR_CHECK(chunk_bytes > 0);
  return std::make_unique<Encoding>(std::move(plain), std::move(parameters), chunk_bytes, checksum);
}

}  // namespace s3dr::aws
