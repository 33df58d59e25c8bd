// aws-chunked bodies and checksums: encode and decode at any split, no changed byte passes, CRCs combine.
#include "aws/chunked.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "aws/crc.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

std::string bytes(std::size_t length_max) {
  const auto length = *rc::gen::inRange<std::size_t>(0, length_max);
  return *rc::gen::container<std::string>(length, rc::gen::arbitrary<char>());
}

PayloadMode any_mode() {
  return *rc::gen::element(PayloadMode::signed_chunks, PayloadMode::signed_chunks_trailer,
                           PayloadMode::unsigned_trailer);
}

ChunkedParameters parameters_for(PayloadMode mode, std::uint64_t length) {
  ChunkedParameters result;
  result.mode = mode;
  result.decoded_length = length;
  result.signing_key = Secret("a key");
  result.amz_date = "20260801T101500Z";
  result.scope = "20260801/eu-west-1/s3/aws4_request";
  result.seed_signature = std::string(64, 'f');
  if (mode != PayloadMode::signed_chunks) result.trailer_names = {"x-amz-checksum-crc64nvme"};
  return result;
}

std::string encode(PayloadMode mode, const std::string& body, bool random_sizes) {
  ChunkedEncoder encoder(parameters_for(mode, body.size()));
  std::string wire;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t size = random_sizes ? *rc::gen::inRange<std::size_t>(1, 40) : 16;
    const std::string data = body.substr(at, size);
    wire += encoder.begin_chunk(data) + data + "\r\n";
    at += data.size();
  }
  Headers trailers;
  if (mode != PayloadMode::signed_chunks) {
    trailers.add("x-amz-checksum-crc64nvme", checksum_base64(ChecksumAlgorithm::crc64nvme, body));
  }
  return wire + encoder.end(trailers);
}

struct Outcome {
  bool accepted = false;
  std::string body;
  std::string trailer;
};

Outcome decode(PayloadMode mode, std::string_view input, std::uint64_t length, bool split) {
  Outcome outcome;
  try {
    ChunkedDecoder decoder(parameters_for(mode, length));
    while (!input.empty()) {
      const std::size_t count = split ? *rc::gen::inRange<std::size_t>(1, 60) : input.size();
      std::string_view piece = input.substr(0, count);
      input.remove_prefix(piece.size());
      while (!piece.empty()) outcome.body += decoder.take(piece);
    }
    decoder.finish();
    outcome.accepted = true;
    outcome.trailer = decoder.trailers().get_or("x-amz-checksum-crc64nvme", "");
  } catch (const Error&) {
    outcome.accepted = false;
  }
  return outcome;
}

TEST(ChunkedProperty, DecodesWhatWasEncodedAtAnySplit) {
  EXPECT_TRUE(rc::check([] {
    const PayloadMode mode = any_mode();
    const std::string body = bytes(300);
    const Outcome outcome = decode(mode, encode(mode, body, true), body.size(), true);
    RC_ASSERT(outcome.accepted);
    RC_ASSERT(outcome.body == body);
  }));
}

// A flip that only changes the case of a chunk length or a field name says the same and may pass; data never
// may.
TEST(ChunkedProperty, AFlippedByteOfASignedStreamIsRefused) {
  EXPECT_TRUE(rc::check([] {
    const PayloadMode mode =
        *rc::gen::element(PayloadMode::signed_chunks, PayloadMode::signed_chunks_trailer);
    const std::string body = bytes(100);
    const std::string wire = encode(mode, body, true);
    std::string changed = wire;
    const auto at = *rc::gen::inRange<std::size_t>(0, wire.size());
    changed[at] = static_cast<char>(changed[at] ^ *rc::gen::inRange(1, 256));
    const Outcome outcome = decode(mode, changed, body.size(), false);
    const bool only_case = lower_case(changed) == lower_case(wire);
    RC_ASSERT((!outcome.accepted || only_case));
    if (outcome.accepted) RC_ASSERT(outcome.body == body);
  }));
}

// Unsigned chunks: the framing holds, and the checksum in the trailer shows what it cannot.
TEST(ChunkedProperty, AFlippedByteOfAnUnsignedStreamIsSeen) {
  EXPECT_TRUE(rc::check([] {
    const PayloadMode mode = PayloadMode::unsigned_trailer;
    const std::string body = bytes(100);
    const std::string wire = encode(mode, body, true);
    std::string changed = wire;
    const auto at = *rc::gen::inRange<std::size_t>(0, wire.size());
    changed[at] = static_cast<char>(changed[at] ^ *rc::gen::inRange(1, 256));
    const Outcome outcome = decode(mode, changed, body.size(), false);
    if (!outcome.accepted || outcome.body == body) return;
    RC_ASSERT(outcome.trailer != checksum_base64(ChecksumAlgorithm::crc64nvme, outcome.body));
  }));
}

TEST(ChunkedProperty, EncodedLengthIsTheLength) {
  EXPECT_TRUE(rc::check([] {
    const PayloadMode mode = any_mode();
    const std::string body = bytes(300);
    const std::optional<ChecksumAlgorithm> checksum =
        mode == PayloadMode::signed_chunks ? std::nullopt : std::optional(ChecksumAlgorithm::crc64nvme);
    RC_ASSERT(encode(mode, body, false).size() == encoded_length(mode, body.size(), 16, checksum));
  }));
}

TEST(ChunkedProperty, AnyInputEndsInAnAnswer) {
  EXPECT_TRUE(rc::check([] {
    const PayloadMode mode = any_mode();
    std::string input = encode(mode, bytes(40), true);
    const auto at = *rc::gen::inRange<std::size_t>(0, input.size());
    input.replace(at, *rc::gen::inRange<std::size_t>(0, 30), bytes(30));
    const Outcome outcome = decode(mode, input, *rc::gen::inRange(0, 60), true);
    RC_CLASSIFY(outcome.accepted);
  }));
}

TEST(CrcProperty, CombineIsTheCrcOfBoth) {
  EXPECT_TRUE(rc::check([] {
    const std::string a = bytes(400);
    const std::string b = bytes(400);
    RC_ASSERT(crc32_combine(crc32(a), crc32(b), b.size()) == crc32(a + b));
    RC_ASSERT(crc32c_combine(crc32c(a), crc32c(b), b.size()) == crc32c(a + b));
    RC_ASSERT(crc64nvme_combine(crc64nvme(a), crc64nvme(b), b.size()) == crc64nvme(a + b));
    RC_ASSERT(crc32(b, crc32(a)) == crc32(a + b));
    RC_ASSERT(crc64nvme(b, crc64nvme(a)) == crc64nvme(a + b));
    RC_ASSERT(crc32c(a + b) == crc32c_portable(a + b));
  }));
}

TEST(CrcProperty, PartsMakeTheWholeObject) {
  EXPECT_TRUE(rc::check([] {
    const auto algorithm =
        *rc::gen::element(ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme);
    std::string whole;
    std::vector<PartChecksum> parts;
    const int count = *rc::gen::inRange(1, 8);
    for (int i = 0; i < count; ++i) {
      const std::string part = bytes(100);
      parts.push_back({from_base64(checksum_base64(algorithm, part)).value(), part.size()});
      whole += part;
    }
    RC_ASSERT(full_object_base64(algorithm, parts) == checksum_base64(algorithm, whole));
  }));
}

}  // namespace
}  // namespace s3dr::aws
