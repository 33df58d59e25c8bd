// libFuzzer: the first line is the request target, the others are headers "name:value". Whatever they say,
// the verifier gives an answer; and it accepts nothing, as the secret is not in the input.
//   clang++-19 -std=c++23 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc tests/fuzz/sigv4_fuzz.cc
//   src/aws/*.cc src/base/{encoding,error,http_message,body}.cc -DFMT_HEADER_ONLY -lcrypto -o
//   build/sigv4_fuzz
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/chunked.h"
#include "aws/hash.h"
#include "aws/sigv4_verify.h"
#include "base/encoding.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace s3dr;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  HttpRequest request;
  request.method = "GET";
  bool first = true;
  while (!text.empty() || first) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (first) {
      request.target = line;
    } else {
      const std::size_t colon = std::min(line.find(':'), line.size());
      request.headers.add(std::string(line.substr(0, colon)),
                          std::string(line.substr(std::min(colon + 1, line.size()))));
    }
    first = false;
  }
  const auto parsed = aws::parse_auth(request);
  if (!parsed || !*parsed) return 0;
  aws::VerifyPolicy policy;
  policy.region = (*parsed)->region;  // let it get as far as it can
  policy.services = {(*parsed)->service};
  policy.body_sha256 = std::string(aws::empty_sha256_hex);
  const aws::Credentials credentials{(*parsed)->access_key_id, Secret("not to be guessed"),
                                     Secret((*parsed)->security_token)};
  if (aws::verify(request, **parsed, credentials, policy, (*parsed)->signed_at)) std::abort();
  return 0;
}
