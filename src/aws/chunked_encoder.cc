#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "aws/chunked.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

constexpr std::size_t signature_digits = 64;
constexpr std::string_view signature_extension = ";chunk-signature=";
constexpr std::string_view trailer_signature = "x-amz-trailer-signature:";

bool has_signed_chunks(PayloadMode mode) {
  return mode != PayloadMode::unsigned_trailer;
}

std::size_t line_bytes(PayloadMode mode, std::uint64_t chunk_bytes) {
  std::size_t digits = 1;
  while (chunk_bytes >>= 4) ++digits;
  return digits + (has_signed_chunks(mode) ? signature_extension.size() + signature_digits : 0) + 2;
}

}  // namespace

ChunkedEncoder::ChunkedEncoder(ChunkedParameters parameters)
    : parameters_(std::move(parameters)),
      signatures_(parameters_.signing_key, parameters_.amz_date, parameters_.scope,
                  parameters_.seed_signature) {
  S3DR_CHECK(is_chunked(parameters_.mode));
}

std::string ChunkedEncoder::chunk_line(std::string_view data) {
  std::string line = fmt::format("{:x}", data.size());
  if (has_signed_chunks(parameters_.mode)) {
    line += signature_extension;
    line += signatures_.of_chunk(sha256_hex(data));
  }
  line += "\r\n";
  return line;
}

std::string ChunkedEncoder::begin_chunk(std::string_view data) {
  S3DR_CHECK(!data.empty());
  return chunk_line(data);
}

std::string ChunkedEncoder::end(const Headers& trailers) {
  std::string text = chunk_line({});
  std::string canonical;
  for (const Header& field : trailers) {
    const std::string line = lower_case(field.name) + ":" + field.value;
    canonical += line + "\n";
    text += line + "\r\n";
  }
  if (parameters_.mode == PayloadMode::signed_chunks_trailer) {
    text += trailer_signature;
    text += signatures_.of_trailer(canonical);
    text += "\r\n";
  }
  text += "\r\n";
  return text;
}

std::string_view payload_word(PayloadMode mode) {
  switch (mode) {
    case PayloadMode::signed_chunks:
      return streaming_signed;
    case PayloadMode::signed_chunks_trailer:
      return streaming_signed_trailer;
    case PayloadMode::unsigned_trailer:
      return streaming_unsigned_trailer;
    case PayloadMode::unsigned_payload:
      return unsigned_payload;
    case PayloadMode::hashed:
      break;
  }
  S3DR_CHECK(false);  // a hashed payload has its hash for a word
}

void prepare_chunked(HttpRequest& request, PayloadMode mode, std::uint64_t decoded_length,
                     std::optional<ChecksumAlgorithm> checksum) {
  S3DR_CHECK(is_chunked(mode) && (!checksum || mode != PayloadMode::signed_chunks));
  const std::string encoding(request.headers.get_or("content-encoding", ""));
  if (!equals_ignoring_case(encoding, "aws-chunked") && !lower_case(encoding).ends_with(",aws-chunked")) {
    request.headers.set("content-encoding", encoding.empty() ? "aws-chunked" : encoding + ",aws-chunked");
  }
  request.headers.set("x-amz-decoded-content-length", std::to_string(decoded_length));
  request.headers.remove("x-amz-trailer");
  if (checksum) request.headers.set("x-amz-trailer", std::string(header_name(*checksum)));
}

ChunkedParameters chunked_parameters(const SignedRequest& signed_request, PayloadMode mode,
                                     std::uint64_t decoded_length,
                                     std::optional<ChecksumAlgorithm> checksum) {
  ChunkedParameters result;
  result.mode = mode;
  result.decoded_length = decoded_length;
  if (checksum) result.trailer_names.emplace_back(header_name(*checksum));
  if (has_signed_chunks(mode)) {
    result.signing_key = signed_request.signing_key;
    result.amz_date = signed_request.amz_date;
    result.scope = signed_request.scope;
    result.seed_signature = signed_request.signature;
  }
  return result;
}

std::uint64_t encoded_length(PayloadMode mode, std::uint64_t decoded_length, std::size_t chunk_bytes,
                             std::optional<ChecksumAlgorithm> checksum) {
  S3DR_CHECK(is_chunked(mode) && chunk_bytes > 0);
  const std::uint64_t full = decoded_length / chunk_bytes;
  const std::uint64_t rest = decoded_length % chunk_bytes;
  std::uint64_t total = full * (line_bytes(mode, chunk_bytes) + chunk_bytes + 2);
  if (rest > 0) total += line_bytes(mode, rest) + rest + 2;
  total += line_bytes(mode, 0);
  if (checksum) {
    const std::size_t base64_digits = (digest_bytes(*checksum) + 2) / 3 * 4;
    total += header_name(*checksum).size() + 1 + base64_digits + 2;
  }
  if (mode == PayloadMode::signed_chunks_trailer) total += trailer_signature.size() + signature_digits + 2;
  return total + 2;
}

}  // namespace s3dr::aws
