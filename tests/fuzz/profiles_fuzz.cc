// libFuzzer: a credentials file and a config file, divided by the first zero byte; and the input as an ARN.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/arn.h"
#include "aws/checksum.h"
#include "aws/credentials.h"
#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace s3dr;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = std::min(text.find('\0'), text.size());
  try {
    aws::parse_profiles({"credentials", std::string(text.substr(0, zero))},
                        {"config", std::string(text.substr(std::min(zero + 1, text.size())))});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid || error.resource().empty()) std::abort();
  }
  if (const auto arn = aws::parse_arn(text); arn && aws::to_string(*arn) != text) std::abort();
  for (const aws::ChecksumAlgorithm algorithm : aws::checksum_algorithms) {
    aws::is_well_formed(algorithm, aws::ChecksumType::composite, text);
  }
  return 0;
}
