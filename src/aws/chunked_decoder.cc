#include <algorithm>
#include <charconv>
#include <utility>

#include "aws/chunked.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

constexpr std::string_view signature_extension = ";chunk-signature=";
constexpr std::size_t chunk_line_bytes_max = 128;
constexpr std::size_t trailer_bytes_max = 4096;

Error refused(std::string_view code, std::string message) {
  return Error(ErrorKind::corrupt, std::move(message)).with_code(std::string(code)).with_status(400);
}

Error bad_framing(std::string message) {
  return refused("IncompleteBody", "The request body cannot be read as aws-chunked: " + std::move(message));
}

Error bad_trailer(std::string message) {
  return refused("MalformedTrailerError",
                 "The request contained trailing data that was not well-formed: " + std::move(message));
}

Error incomplete() {
  return refused(
      "IncompleteBody",
      "You did not provide the number of bytes specified by the x-amz-decoded-content-length header");
}

Error mismatch(std::string message) {
  return Error(ErrorKind::denied, std::move(message)).with_code("SignatureDoesNotMatch").with_status(403);
}

bool is_signed(PayloadMode mode) {
  return mode != PayloadMode::unsigned_trailer;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

AuthFailure failure(std::string_view code, int status, std::string message) {
  AuthFailure result;
  result.code = code;
  result.status = status;
  result.message = std::move(message);
  return result;
}

}  // namespace

std::expected<ChunkedParameters, AuthFailure> chunked_parameters(const Verified& verified,
                                                                 const Headers& headers) {
  if (!is_chunked(verified.payload)) {
    return std::unexpected(failure("InvalidRequest", 400, "The body is not aws-chunked."));
  }
  ChunkedParameters result;
  result.mode = verified.payload;
  const std::string_view length = headers.get_or("x-amz-decoded-content-length", "");
  const auto [end, error] =
      std::from_chars(length.data(), length.data() + length.size(), result.decoded_length);
  if (length.empty() || error != std::errc() || end != length.data() + length.size()) {
    return std::unexpected(failure("MissingContentLength", 411,
                                   "You must provide the x-amz-decoded-content-length HTTP header."));
  }
  for (const Header& field : headers) {
    if (!equals_ignoring_case(field.name, "x-amz-trailer")) continue;
    std::size_t at = 0;
    while (at <= field.value.size()) {
      const std::size_t comma = std::min(field.value.find(',', at), field.value.size());
      std::string name = lower_case(trimmed(std::string_view(field.value).substr(at, comma - at)));
      at = comma + 1;
      if (!name.starts_with("x-amz-checksum-") || result.mode == PayloadMode::signed_chunks) {
        return std::unexpected(failure("InvalidRequest", 400,
                                       "The value specified in the x-amz-trailer header is not supported"));
      }
      result.trailer_names.push_back(std::move(name));
    }
  }
  if (is_signed(result.mode)) {
    result.signing_key = verified.signing_key;
    result.amz_date = verified.amz_date;
    result.scope = verified.scope;
    result.seed_signature = verified.signature;
  }
  return result;
}

ChunkedDecoder::ChunkedDecoder(ChunkedParameters parameters)
    : parameters_(std::move(parameters)),
      signatures_(parameters_.signing_key, parameters_.amz_date, parameters_.scope,
                  parameters_.seed_signature) {
  S3DR_CHECK(is_chunked(parameters_.mode));
}

std::string_view ChunkedDecoder::take(std::string_view& input) {
  while (!input.empty()) {
    switch (state_) {
      case State::chunk_line:
        if (take_line(input, chunk_line_bytes_max)) on_chunk_line();
        break;
      case State::data:
        return take_data(input);
      case State::data_end:
        if (take_line(input, 2)) {
          if (!line_.empty()) throw bad_framing("the data of a chunk is not followed by a line end");
          state_ = State::chunk_line;
        }
        break;
      case State::trailer:
      case State::trailer_end:
        if (take_line(input, trailer_bytes_max)) on_trailer_line();
        break;
      case State::done:
        // minio-go ends an unsigned trailer with one empty line more.
        if (is_signed(parameters_.mode) || !lone_lf_seen_) throw bad_framing("there are bytes after its end");
        if (!take_line(input, 2)) break;
        if (!std::exchange(line_, {}).empty()) throw bad_framing("there are bytes after its end");
        lone_lf_seen_ = false;
        break;
    }
  }
  return {};
}

void ChunkedDecoder::finish() const {
  if (!done()) throw incomplete();
}

// True when `line_` holds a whole line without its end. Lines end in CRLF. Only minio-go, which many backup
// tools use, ends the fields of a trailer with a bare LF (tests/unit/aws/chunked_test.cc,
// "TrailerAsMinioGoSendsIt").
bool ChunkedDecoder::take_line(std::string_view& input, std::size_t bytes_max) {
  const std::size_t end = input.find('\n');
  const std::size_t count = end == std::string_view::npos ? input.size() : end + 1;
  if (line_.size() + count > bytes_max) throw bad_framing("a line is too long");
  line_ += input.substr(0, count);
  input.remove_prefix(count);
  if (end == std::string_view::npos) return false;
  if (state_ == State::trailer || state_ == State::trailer_end) {
    trailer_bytes_ += line_.size();
    if (trailer_bytes_ > trailer_bytes_max) throw bad_trailer("it is too long");
  }
  line_.pop_back();
  if (line_.ends_with('\r')) {
    line_.pop_back();
  } else if (state_ == State::trailer && !line_.empty()) {
    lone_lf_seen_ = true;
  } else {
    throw bad_framing("a line does not end in CRLF");
  }
  if (line_.find('\r') != std::string::npos) throw bad_framing("a line holds a bare CR");
  return true;
}

void ChunkedDecoder::on_chunk_line() {
  const std::string_view line = line_;
  const std::size_t digits = std::min(line.find(';'), line.size());
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + digits, length, 16);
  if (digits == 0 || digits > 16 || error != std::errc() || end != line.data() + digits) {
    throw bad_framing("the length of a chunk is not a hexadecimal number");
  }
  std::string_view extension = line.substr(digits);
  if (is_signed(parameters_.mode)) {
    if (!extension.starts_with(signature_extension)) throw bad_framing("a chunk has no signature");
    chunk_signature_ = extension.substr(signature_extension.size());
  } else if (!extension.empty()) {
    throw bad_framing("a chunk of an unsigned body has an extension");
  }
  line_.clear();
  if (length > parameters_.decoded_length - decoded_) throw incomplete();
  chunk_left_ = length;
  if (length != 0) {
    state_ = State::data;
    return;
  }
  if (decoded_ != parameters_.decoded_length) throw incomplete();
  check_chunk();
  state_ = State::trailer;
}

std::string_view ChunkedDecoder::take_data(std::string_view& input) {
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, input.size()));
  const std::string_view piece = input.substr(0, count);
  input.remove_prefix(count);
  if (is_signed(parameters_.mode)) hasher_.update(piece);
  decoded_ += count;
  chunk_left_ -= count;
  if (chunk_left_ == 0) {
    check_chunk();
    state_ = State::data_end;
  }
  return piece;
}

void ChunkedDecoder::check_chunk() {
  if (!is_signed(parameters_.mode)) return;
  const std::string expected = signatures_.of_chunk(to_hex(hasher_.finish()));
  if (!constant_time_equal(expected, chunk_signature_)) {
    throw mismatch("The signature of a chunk does not match its data.");
  }
}

void ChunkedDecoder::on_trailer_line() {
  const std::string line = std::exchange(line_, {});
  const bool signed_trailer = parameters_.mode == PayloadMode::signed_chunks_trailer;
  if (line.empty()) {
    if (signed_trailer && state_ == State::trailer) {
      // minio-go puts one empty line between the fields and their signature.
      if (std::exchange(blank_seen_, true)) throw bad_trailer("its signature is missing");
      return;
    }
    end_of_trailer();
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || state_ == State::trailer_end)
    throw bad_trailer("a line is not name:value");
  std::string name = lower_case(line.substr(0, colon));
  std::string value(trimmed(std::string_view(line).substr(colon + 1)));
  if (signed_trailer && name == "x-amz-trailer-signature") {
    on_trailer_signature(value);
    return;
  }
  const auto& allowed = parameters_.trailer_names;
  if (blank_seen_ || trailers_.has(name) ||
      std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
    throw bad_trailer("a field was not announced in x-amz-trailer, or comes twice");
  }
  canonical_trailer_ += name + ":" + value + "\n";
  trailers_.add(std::move(name), std::move(value));
}

void ChunkedDecoder::on_trailer_signature(std::string_view signature) {
  if (!constant_time_equal(signatures_.of_trailer(canonical_trailer_), signature)) {
    throw mismatch("The signature of the trailer does not match.");
  }
  state_ = State::trailer_end;
}

void ChunkedDecoder::end_of_trailer() {
  for (const std::string& name : parameters_.trailer_names) {
    if (!trailers_.has(name)) throw bad_trailer("a field announced in x-amz-trailer is missing");
  }
  state_ = State::done;
}

}  // namespace s3dr::aws
