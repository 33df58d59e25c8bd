#include "aws/chunked.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "base/error.h"

namespace s3dr::aws {
namespace {

constexpr PayloadMode all_modes[] = {PayloadMode::signed_chunks, PayloadMode::signed_chunks_trailer,
                                     PayloadMode::unsigned_trailer};

template <class T>
T run(Task<T> task) {
  boost::asio::io_context context;
  std::exception_ptr error;
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr raised, T value) {
    error = raised;
    result = std::move(value);
  });
  context.run();
  if (error) std::rethrow_exception(error);
  return std::move(*result);
}

ChunkedParameters parameters_for(PayloadMode mode, std::uint64_t length, bool checksum) {
  ChunkedParameters result;
  result.mode = mode;
  result.decoded_length = length;
  result.signing_key = Secret("a key");
  result.amz_date = "20260801T101500Z";
  result.scope = "20260801/eu-west-1/s3/aws4_request";
  result.seed_signature = std::string(64, '0');
  if (checksum) result.trailer_names = {"x-amz-checksum-crc32"};
  return result;
}

std::string encoded(PayloadMode mode, const std::string& body, std::size_t chunk_bytes = 10) {
  ChunkedEncoder encoder(parameters_for(mode, body.size(), mode != PayloadMode::signed_chunks));
  std::string result;
  for (std::size_t at = 0; at < body.size(); at += chunk_bytes) {
    const std::string data = body.substr(at, chunk_bytes);
    result += encoder.begin_chunk(data) + data + "\r\n";
  }
  Headers trailers;
  if (mode != PayloadMode::signed_chunks) {
    trailers.add("x-amz-checksum-crc32", checksum_base64(ChecksumAlgorithm::crc32, body));
  }
  return result + encoder.end(trailers);
}

struct Outcome {
  std::string body;
  std::string code;  // "" when all went well
};

Outcome decode(ChunkedParameters parameters, std::string_view input, std::size_t piece_bytes = 1'000'000) {
  Outcome outcome;
  try {
    ChunkedDecoder decoder(std::move(parameters));
    while (!input.empty()) {
      std::string_view piece = input.substr(0, piece_bytes);
      input.remove_prefix(piece.size());
      while (!piece.empty()) outcome.body += decoder.take(piece);
    }
    decoder.finish();
  } catch (const Error& error) {
    outcome.code = error.code();
  }
  return outcome;
}

Outcome decode(PayloadMode mode, std::string_view input, std::uint64_t length) {
  return decode(parameters_for(mode, length, mode != PayloadMode::signed_chunks), input);
}

const std::string body = "the quick brown fox jumps over the lazy dog";

TEST(Chunked, DecodesByteByByteAsWellAsAtOnce) {
  for (const PayloadMode mode : all_modes) {
    const std::string text = encoded(mode, body);
    for (const std::size_t piece : {1UL, 2UL, 3UL, 17UL, 1000UL}) {
      const auto outcome =
          decode(parameters_for(mode, body.size(), mode != PayloadMode::signed_chunks), text, piece);
      EXPECT_EQ(outcome.code, "");
      EXPECT_EQ(outcome.body, body);
    }
  }
}

TEST(Chunked, AnEmptyBodyIsOneEmptyChunk) {
  EXPECT_EQ(encoded(PayloadMode::unsigned_trailer, ""), "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n");
  for (const PayloadMode mode : all_modes) EXPECT_EQ(decode(mode, encoded(mode, ""), 0).code, "");
}

TEST(Chunked, EveryTruncationIsIncomplete) {
  for (const PayloadMode mode : all_modes) {
    const std::string text = encoded(mode, body);
    for (std::size_t length = 0; length < text.size(); ++length) {
      EXPECT_EQ(decode(mode, std::string_view(text).substr(0, length), body.size()).code, "IncompleteBody");
    }
    EXPECT_EQ(decode(mode, text + "\r\n", body.size()).code, "IncompleteBody");
  }
}

TEST(Chunked, TheDecodedLengthMustBeTheOnePromised) {
  for (const PayloadMode mode : all_modes) {
    const std::string text = encoded(mode, body);
    EXPECT_EQ(decode(mode, text, body.size() - 1).code, "IncompleteBody");
    EXPECT_EQ(decode(mode, text, body.size() + 1).code, "IncompleteBody");
  }
}

TEST(Chunked, AnyChangedByteOfASignedStreamIsRefused) {
  for (const PayloadMode mode : {PayloadMode::signed_chunks, PayloadMode::signed_chunks_trailer}) {
    const std::string text = encoded(mode, body);
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (const char flip : {'\x01', '\x80'}) {
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ flip);
        EXPECT_NE(decode(mode, changed, body.size()).code, "") << "byte " << i;
      }
    }
  }
}

TEST(Chunked, ChunksCannotBeReorderedRepeatedOrLeftOut) {
  const std::string twice(20, 'a');  // two chunks with the same data
  const std::string text = encoded(PayloadMode::signed_chunks, twice);
  const std::size_t chunk = text.find("\r\n") + 2 + 10 + 2;
  const std::string swapped = text.substr(chunk, chunk) + text.substr(0, chunk) + text.substr(2 * chunk);
  EXPECT_EQ(decode(PayloadMode::signed_chunks, swapped, 20).code, "SignatureDoesNotMatch");
  EXPECT_EQ(decode(PayloadMode::signed_chunks, text.substr(chunk), 10).code, "SignatureDoesNotMatch");
}

TEST(Chunked, TheTrailerHoldsWhatWasAnnouncedAndNothingElse) {
  const auto parameters = [] { return parameters_for(PayloadMode::unsigned_trailer, 1, true); };
  const std::string start = "1\r\na\r\n0\r\n";
  EXPECT_EQ(decode(parameters(), start + "x-amz-checksum-crc32:AAAAAA==\r\n\r\n").code, "");
  EXPECT_EQ(decode(parameters(), start + "X-Amz-Checksum-Crc32: AAAAAA== \r\n\r\n").code, "");
  for (const char* trailer : {"\r\n", "x-amz-checksum-crc32c:AAAAAA==\r\n\r\n", "nonsense\r\n\r\n",
                              "x-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
                              "x-amz-checksum-crc32:AAAAAA==\r\nx-amz-meta-a:b\r\n\r\n"}) {
    EXPECT_EQ(decode(parameters(), start + trailer).code, "MalformedTrailerError") << trailer;
  }
  const std::string long_value(5000, 'A');
  EXPECT_NE(decode(parameters(), start + "x-amz-checksum-crc32:" + long_value + "\r\n\r\n").code, "");
}

TEST(Chunked, FramingIsStrict) {
  const auto outcome = [](const std::string& text) {
    return decode(parameters_for(PayloadMode::unsigned_trailer, 1, false), text).code;
  };
  EXPECT_EQ(outcome("1\r\na\r\n0\r\n\r\n"), "");
  for (const char* text :
       {"1\na\r\n0\r\n\r\n", "1\r\na\n0\r\n\r\n", "1\r\nab\r\n0\r\n\r\n", "+1\r\na\r\n0\r\n\r\n",
        "0x1\r\na\r\n0\r\n\r\n", " 1\r\na\r\n0\r\n\r\n", "1;a=b\r\na\r\n0\r\n\r\n", "\r\na\r\n0\r\n\r\n",
        "-1\r\na\r\n0\r\n\r\n", "00000000000000001\r\na\r\n0\r\n\r\n", "1\r\na\r\n0\r\n\n"}) {
    EXPECT_EQ(outcome(text), "IncompleteBody") << text;
  }
  EXPECT_EQ(outcome("ffffffffffffffff\r\na\r\n0\r\n\r\n"), "IncompleteBody");
  EXPECT_EQ(outcome(std::string(1'000'000, '0')), "IncompleteBody");
}

// minio-go (restic, mc) ends the fields with LF and puts an empty line before the signature.
TEST(Chunked, TrailerAsMinioGoSendsIt) {
  std::string text = encoded(PayloadMode::signed_chunks_trailer, body);
  const std::size_t field = text.find("x-amz-checksum-crc32");
  const std::size_t end = text.find("\r\n", field);
  text.replace(end, 2, "\n\r\n");
  EXPECT_EQ(decode(PayloadMode::signed_chunks_trailer, text, body.size()).code, "");
  const std::size_t signature = text.find("x-amz-trailer-signature");
  const std::string without = text.substr(0, signature) + "\r\n";
  EXPECT_EQ(decode(PayloadMode::signed_chunks_trailer, without, body.size()).code, "MalformedTrailerError");
}

// Where it signs no chunk, it sends one empty line more.
TEST(Chunked, UnsignedTrailerAsMinioGoSendsIt) {
  std::string text = encoded(PayloadMode::unsigned_trailer, body);
  EXPECT_EQ(decode(PayloadMode::unsigned_trailer, text + "\r\n", body.size()).code, "IncompleteBody");
  text.replace(text.find("\r\n", text.find("x-amz-checksum-crc32")), 2, "\n");
  const auto code_of = [](const std::string& sent) {
    return decode(PayloadMode::unsigned_trailer, sent, body.size()).code;
  };
  EXPECT_EQ(code_of(text), "");
  EXPECT_EQ(code_of(text + "\r\n"), "");
  EXPECT_EQ(code_of(text + "\r\n\r\n"), "IncompleteBody");
  EXPECT_EQ(code_of(text + "more"), "IncompleteBody");
}

Task<std::string> read_whole(BodyReader& reader, std::size_t buffer_bytes) {
  std::string all;
  std::string buffer(buffer_bytes, '\0');
  while (true) {
    const std::size_t count = co_await reader.read(std::span<char>(buffer));
    if (count == 0) co_return all;
    all.append(buffer.data(), count);
  }
}

TEST(ChunkedReader, RoundTripThroughBothWrappers) {
  std::string large;
  for (int i = 0; i < 30'000; ++i) large += static_cast<char>(i * 7);
  for (const PayloadMode mode : all_modes) {
    const bool with_trailer = mode != PayloadMode::signed_chunks;
    const std::optional<ChecksumAlgorithm> checksum =
        with_trailer ? std::optional(ChecksumAlgorithm::crc32) : std::nullopt;
    for (const std::size_t buffer : {7UL, 4096UL, 100'000UL}) {
      auto encoder = encode_chunked(text_reader(large), parameters_for(mode, large.size(), with_trailer),
                                    8192, checksum);
      const std::string wire = run(read_whole(*encoder, buffer));
      EXPECT_EQ(wire.size(), encoded_length(mode, large.size(), 8192, checksum));
      const auto decoder =
          decode_chunked(text_reader(wire), parameters_for(mode, large.size(), with_trailer));
      EXPECT_EQ(run(read_whole(*decoder, buffer)), large);
      EXPECT_EQ(run(read_whole(*decoder, buffer)), "");  // the end stays the end
      EXPECT_EQ(decoder->trailers().get_or("x-amz-checksum-crc32", ""),
                with_trailer ? checksum_base64(ChecksumAlgorithm::crc32, large) : "");
    }
  }
}

TEST(ChunkedReader, ABodyOfAnotherLengthIsAnError) {
  for (const std::uint64_t length : {9U, 11U}) {
    auto encoder =
        encode_chunked(text_reader("ten bytes."),
                       parameters_for(PayloadMode::unsigned_trailer, length, false), 8192, std::nullopt);
    try {
      run(read_whole(*encoder, 100));
      FAIL() << "a body that is not as long as stated must not be sent";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    }
  }
}

TEST(ChunkedParameters, NeedLengthAndKnownTrailers) {
  Verified verified;
  verified.payload = PayloadMode::unsigned_trailer;
  EXPECT_EQ(chunked_parameters(verified, {}).error().status, 411);
  EXPECT_EQ(chunked_parameters(verified, {{"x-amz-decoded-content-length", "-1"}}).error().status, 411);
  const Headers good{{"x-amz-decoded-content-length", "5"}, {"x-amz-trailer", "X-Amz-Checksum-CRC32"}};
  EXPECT_EQ(chunked_parameters(verified, good)->trailer_names,
            std::vector<std::string>{"x-amz-checksum-crc32"});
  const Headers bad{{"x-amz-decoded-content-length", "5"}, {"x-amz-trailer", "x-amz-meta-a"}};
  EXPECT_EQ(chunked_parameters(verified, bad).error().code, "InvalidRequest");
  verified.payload = PayloadMode::signed_chunks;
  EXPECT_EQ(chunked_parameters(verified, good).error().code, "InvalidRequest");
  verified.payload = PayloadMode::hashed;
  EXPECT_FALSE(chunked_parameters(verified, good).has_value());
}

TEST(PrepareChunked, AddsToTheEncodingOnce) {
  HttpRequest request;
  request.headers.add("Content-Encoding", "gzip");
  for (int attempt = 0; attempt < 2; ++attempt) {
    prepare_chunked(request, PayloadMode::unsigned_trailer, 5, ChecksumAlgorithm::crc64nvme);
    EXPECT_EQ(request.headers.get_or("content-encoding", ""), "gzip,aws-chunked");
    EXPECT_EQ(request.headers.get_or("x-amz-trailer", ""), "x-amz-checksum-crc64nvme");
    EXPECT_EQ(request.headers.get_or("x-amz-decoded-content-length", ""), "5");
  }
}

}  // namespace
}  // namespace s3dr::aws
