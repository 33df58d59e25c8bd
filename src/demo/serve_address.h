// Where `s3dr serve` listens according to its configuration: there the embedded cloud sends its events.
#pragma once

#include <optional>
#include <string>

#include "base/http_message.h"

namespace s3dr::app {

// nullopt with `why`: the file cannot be read or understood, or names no port that could be known (0). An
// address that stands for all of this machine (0.0.0.0, ::) is reached over loopback.
struct ServeAddress {
  std::optional<Endpoint> endpoint;
  std::string why;
};
ServeAddress read_serve_address(const std::string& config_path);

}  // namespace s3dr::app
