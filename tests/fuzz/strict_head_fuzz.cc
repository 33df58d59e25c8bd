// Whatever the bytes: no crash, and what is accepted holds what the header promises.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/strict_head.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace s3dr::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // The end is found at the same place when the bytes arrive one by one.
  const auto whole = find_head_end(bytes, 0);
  std::size_t scanned = 0;
  for (std::size_t have = 1; have <= size && have < 2000; ++have) {
    const auto found = find_head_end(bytes.substr(0, have), scanned);
    if (found.state != HeadEnd::State::incomplete) {
      require(found.state == whole.state && found.size == whole.size);
      break;
    }
    require(found.size <= have);
    scanned = found.size;
  }
  const bool complete = whole.state == HeadEnd::State::complete;
  const auto head = check_head(complete ? bytes.substr(0, whole.size) : bytes, 32 * 1024);
  if (!head) {
    require(head.error().status >= 400 && head.error().status <= 505);
    return 0;
  }
  require(complete);
  require(!(head->chunked && head->content_length));
  require(head->target == "*" || head->target.front() == '/');
  int hosts = 0;
  for (const auto& field : head->headers) {
    if (s3dr::equals_ignoring_case(field.name, "Host")) ++hosts;
    for (const std::string_view text : {std::string_view(field.name), std::string_view(field.value)})
      require(text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
  require(hosts == 1);
  return 0;
}
