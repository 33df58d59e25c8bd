#include "cloud/door/payload_mode.h"

#include <utility>

#include "aws/chunked.h"
#include "aws/hash.h"
#include "base/encoding.h"

namespace s3dr::cloud {
namespace {

// Compares the body with its declared sha256: at its end, or as soon as its last byte has been read. So a
// reader that stops at the declared length gets the error too.
class HashedBody : public BodyReader {
 public:
  HashedBody(std::unique_ptr<BodyReader> plain, std::optional<std::uint64_t> length, std::string expected_hex)
      : plain_(std::move(plain)), length_(length), expected_hex_(std::move(expected_hex)) {}

  Task<std::size_t> read(std::span<char> buffer) override {
    if (checked_) co_return 0;
    const std::size_t count = co_await plain_->read(buffer);
    hasher_.update(std::string_view(buffer.data(), count));
    seen_ += count;
    if (count == 0 || (length_ && seen_ >= *length_)) check();
    co_return count;
  }

 private:
  void check() {
    if (length_ && seen_ != *length_) {
      throw refuse("IncompleteBody", "You did not provide the number of bytes specified by Content-Length.");
    }
    if (to_hex(hasher_.finish()) != expected_hex_) {
      throw refuse("XAmzContentSHA256Mismatch",
                   "The provided 'x-amz-content-sha256' header does not match what was computed.");
    }
    checked_ = true;
  }

  std::unique_ptr<BodyReader> plain_;
  std::optional<std::uint64_t> length_;
  std::string expected_hex_;
  aws::Hasher hasher_{aws::HashAlgorithm::sha256};
  std::uint64_t seen_ = 0;
  bool checked_ = false;
};

// Hands the trailers to the request once the body has ended.
class BodyWithTrailers : public BodyReader {
 public:
  BodyWithTrailers(std::unique_ptr<aws::ChunkedReader> body, std::shared_ptr<std::vector<Header>> trailers)
      : body_(std::move(body)), trailers_(std::move(trailers)) {}

  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = co_await body_->read(buffer);
    if (count == 0 && trailers_->empty()) *trailers_ = body_->trailers().fields();
    co_return count;
  }

 private:
  std::unique_ptr<aws::ChunkedReader> body_;
  std::shared_ptr<std::vector<Header>> trailers_;
};

// "gzip, aws-chunked" → "gzip": the object keeps the client's encoding, not the encoding of its transport.
void strip_aws_chunked(Headers& headers) {
  const auto encoding = headers.get("content-encoding");
  if (!encoding) return;
  std::string kept;
  std::string_view rest = *encoding;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view token = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    while (token.starts_with(' ')) token.remove_prefix(1);
    while (token.ends_with(' ')) token.remove_suffix(1);
    if (token.empty() || equals_ignoring_case(token, "aws-chunked")) continue;
    kept += (kept.empty() ? "" : ", ") + std::string(token);
  }
  if (kept.empty()) {
    headers.remove("content-encoding");
  } else {
    headers.set("Content-Encoding", kept);
  }
}

aws::AuthFailure missing_length() {
  aws::AuthFailure failure;
  failure.code = "MissingContentLength";
  failure.status = 411;
  failure.message = "You must provide the Content-Length HTTP header.";
  return failure;
}

}  // namespace

std::optional<aws::AuthFailure> attach_body(Request& request, HttpRequest& http,
                                            const aws::Verified& verified) {
  const std::optional<std::uint64_t> length = http.body.length();
  if (aws::is_chunked(verified.payload)) {
    auto parameters = aws::chunked_parameters(verified, http.headers);
    if (!parameters) return parameters.error();
    strip_aws_chunked(request.headers);
    request.body_length = parameters->decoded_length;
    request.trailers = std::make_shared<std::vector<Header>>();
    request.body = std::make_unique<BodyWithTrailers>(
        aws::decode_chunked(http.body.take_reader(), std::move(*parameters)), request.trailers);
    return std::nullopt;
  }
  if (!length) return missing_length();
  request.body_length = length;
  request.body = http.body.take_reader();
  if (verified.payload == aws::PayloadMode::hashed) {
    request.declared_sha256 = verified.payload_hash;
    request.body = std::make_unique<HashedBody>(std::move(request.body), length, verified.payload_hash);
  }
  return std::nullopt;
}

}  // namespace s3dr::cloud
