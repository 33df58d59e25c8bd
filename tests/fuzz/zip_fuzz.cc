// libFuzzer: any bytes either give entries within the limits that survive being written and read again, or
// Error invalid.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "aws/zip.h"
#include "base/error.h"

namespace {

using namespace s3dr;

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr aws::ZipLimits limits{20, 1 << 20};
  std::vector<aws::ZipEntry> entries;
  try {
    entries = aws::read_zip(std::string_view(reinterpret_cast<const char*>(data), size), limits);
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::invalid);
    return 0;
  }
  check(entries.size() <= limits.entries_max);
  std::size_t unpacked = 0;
  for (const aws::ZipEntry& entry : entries) unpacked += entry.data.size();
  check(unpacked <= limits.unpacked_bytes_max);
  std::ranges::sort(entries, {}, &aws::ZipEntry::name);  // as they are written
  for (const aws::ZipMethod method : {aws::ZipMethod::stored, aws::ZipMethod::deflated}) {
    check(aws::read_zip(aws::write_zip(entries, method), limits) == entries);
  }
  return 0;
}
