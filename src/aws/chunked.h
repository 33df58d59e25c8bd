// aws-chunked bodies in the three streaming modes of S3 (docs/protocol.md, Signing): signed chunks, signed
// chunks and trailer, unsigned chunks with a trailer.
// - Client: prepare_chunked, sign_header, encode_chunked.
// - Server: verify, chunked_parameters, decode_chunked.
// Decoder and encoder are plain state machines; the wrappers turn them into readers. Not here: HTTP's own
// chunked coding. The caller also compares a checksum in the trailer with the body.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/checksum.h"
#include "aws/chunk_signature.h"
#include "aws/hash.h"
#include "aws/sigv4.h"
#include "aws/sigv4_verify.h"
#include "base/body.h"
#include "base/http_message.h"

namespace s3dr::aws {

struct ChunkedParameters {
  PayloadMode mode = PayloadMode::unsigned_trailer;
  std::uint64_t decoded_length = 0;
  // Lower-case names that x-amz-trailer announced. No other trailer is accepted.
  std::vector<std::string> trailer_names;
  // Signed modes only.
  Secret signing_key;
  std::string amz_date;
  std::string scope;
  std::string seed_signature;
};

// Server: the parameters of a verified request in a chunked mode. Failures: MissingContentLength 411 without
// a valid x-amz-decoded-content-length; InvalidRequest for an x-amz-trailer that is not a checksum or does
// not fit the mode.
std::expected<ChunkedParameters, AuthFailure> chunked_parameters(const Verified& verified,
                                                                 const Headers& headers);

// Reads an encoded body in pieces of any size. It returns decoded bytes before it can check the signature of
// their chunk. So do nothing with them that cannot be undone before `done`.
class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(ChunkedParameters parameters);

  // Takes bytes off the front of `input` and returns the next decoded piece, a view into `input`. It returns
  // an empty piece exactly when `input` is used up. After an error it must not be called again. Raises
  //   denied   SignatureDoesNotMatch 403: a chunk or the trailer is not what was signed
  //   corrupt  IncompleteBody 400 (length)
  //   corrupt  MalformedTrailerError 400
  //   corrupt  InvalidRequest 400 (framing, bytes after the end)
  std::string_view take(std::string_view& input);
  bool done() const { return state_ == State::done; }
  // The input has ended. Raises corrupt IncompleteBody unless done.
  void finish() const;
  // Lower-case names, trimmed values, in order. Complete and verified once `done`.
  const Headers& trailers() const { return trailers_; }

 private:
  enum class State { chunk_line, data, data_end, trailer, trailer_end, done };

  bool take_line(std::string_view& input, std::size_t bytes_max);
  std::string_view take_data(std::string_view& input);
  void on_chunk_line();
  void on_trailer_line();
  void on_trailer_signature(std::string_view signature);
  void check_chunk();
  void end_of_trailer();

  ChunkedParameters parameters_;
  ChunkSignatures signatures_;
  Hasher hasher_{HashAlgorithm::sha256};
  State state_ = State::chunk_line;
  std::string line_;
  std::string chunk_signature_;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t decoded_ = 0;
  std::size_t trailer_bytes_ = 0;
  bool blank_seen_ = false, lone_lf_seen_ = false;
  Headers trailers_;
  std::string canonical_trailer_;
};

// Writes an encoded body: begin_chunk, the data, chunk_end for each chunk, then `end`.
class ChunkedEncoder {
 public:
  explicit ChunkedEncoder(ChunkedParameters parameters);

  // The line before `data`, which must not be empty.
  std::string begin_chunk(std::string_view data);
  static constexpr std::string_view chunk_end = "\r\n";
  // The last chunk and the trailer.
  std::string end(const Headers& trailers);

 private:
  std::string chunk_line(std::string_view data);

  ChunkedParameters parameters_;
  ChunkSignatures signatures_;
};

// S3 wants at least 8 KiB in all chunks except the last.
inline constexpr std::size_t chunk_bytes_default = 64 * 1024;

// The value of x-amz-content-sha256, to be given to sign_header.
std::string_view payload_word(PayloadMode mode);
// To be called before signing. Adds aws-chunked to Content-Encoding. Sets x-amz-decoded-content-length and,
// with a checksum, x-amz-trailer. `checksum` only in the trailer modes.
void prepare_chunked(HttpRequest& request, PayloadMode mode, std::uint64_t decoded_length,
                     std::optional<ChecksumAlgorithm> checksum);
// Client: the parameters of a request that was signed after prepare_chunked.
ChunkedParameters chunked_parameters(const SignedRequest& signed_request, PayloadMode mode,
                                     std::uint64_t decoded_length, std::optional<ChecksumAlgorithm> checksum);
// Bytes on the wire: the Content-Length.
std::uint64_t encoded_length(PayloadMode mode, std::uint64_t decoded_length, std::size_t chunk_bytes,
                             std::optional<ChecksumAlgorithm> checksum);

// A reader whose trailers may be asked for after it returned 0.
class ChunkedReader : public BodyReader {
 public:
  virtual const Headers& trailers() const = 0;
};

// `read` raises the errors of the decoder. If it reaches its end, every signature and the length were right.
std::unique_ptr<ChunkedReader> decode_chunked(std::unique_ptr<BodyReader> encoded,
                                              ChunkedParameters parameters);

// Encodes `plain` and puts its `checksum` into the trailer. `plain` must give exactly
// parameters.decoded_length bytes, else `read` raises corrupt.
std::unique_ptr<BodyReader> encode_chunked(std::unique_ptr<BodyReader> plain, ChunkedParameters parameters,
                                           std::size_t chunk_bytes,
                                           std::optional<ChecksumAlgorithm> checksum);

}  // namespace s3dr::aws
