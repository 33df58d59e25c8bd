// libFuzzer: byte 0 chooses the mode, byte 1 the decoded length, byte 2 how the rest is split. The decoder
// gives an answer, the same one for every split, never more bytes than promised, and accepts no signed body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/chunked.h"
#include "base/error.h"

namespace {

using namespace s3dr;

struct Outcome {
  bool accepted = false;
  std::string body;
};

Outcome decode(aws::PayloadMode mode, std::uint64_t length, std::string_view input, std::size_t piece_bytes) {
  aws::ChunkedParameters parameters;
  parameters.mode = mode;
  parameters.decoded_length = length;
  parameters.signing_key = Secret("not to be guessed");
  if (mode != aws::PayloadMode::signed_chunks) parameters.trailer_names = {"x-amz-checksum-crc32"};
  Outcome outcome;
  try {
    aws::ChunkedDecoder decoder(std::move(parameters));
    while (!input.empty()) {
      std::string_view piece = input.substr(0, piece_bytes);
      input.remove_prefix(piece.size());
      while (!piece.empty()) outcome.body += decoder.take(piece);
    }
    decoder.finish();
    outcome.accepted = true;
  } catch (const Error&) {
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  constexpr aws::PayloadMode modes[] = {aws::PayloadMode::signed_chunks,
                                        aws::PayloadMode::signed_chunks_trailer,
                                        aws::PayloadMode::unsigned_trailer};
  const aws::PayloadMode mode = modes[data[0] % 3];
  const std::string_view input(reinterpret_cast<const char*>(data) + 3, size - 3);
  const Outcome whole = decode(mode, data[1], input, input.size() + 1);
  const Outcome split = decode(mode, data[1], input, 1 + data[2] % 16);
  if (whole.accepted != split.accepted || whole.body.size() > data[1] || split.body.size() > data[1])
    std::abort();
  if (whole.accepted && (whole.body != split.body || mode != aws::PayloadMode::unsigned_trailer))
    std::abort();
  return 0;
}
