// s3dr.yaml: any bytes give a configuration or an Error that names the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "app/config.h"
#include "base/error.h"
#include "dr/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace s3dr;
  const std::string text(reinterpret_cast<const char*>(data), size);
  // It would be opened, whatever it is.
  if (text.find("event_secret_file") != std::string::npos) return 0;
  try {
    const app::Config config = app::parse_config(text, "s3dr.yaml");
    if (dr::why_invalid(config.policy)) std::abort();
    if (config.policy.control_bucket.text().empty() || config.policy.match_tags.empty()) std::abort();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid || error.message().empty()) std::abort();
  }
  return 0;
}
