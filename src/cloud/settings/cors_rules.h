// Which rule of a CORS configuration lets a web page of another origin in, and what the browser is told.
// Source: S3 User Guide, How does Amazon S3 evaluate the CORS configuration on a bucket?
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"

namespace s3dr::cloud {

// The letters of HTTP's tokens, and '*'.
bool is_header_name(std::string_view text);

struct CrossOriginRequest {
  std::string origin;
  std::string method;                // of the request that the browser wants to send, or of this one
  std::vector<std::string> headers;  // that it wants to send; only a preflight names them
};

// The headers of the answer, by the first rule that fits; nullopt: none does. `configuration`: the inside of a
// CORSConfiguration in normal form.
std::optional<Headers> cors_headers(const std::string& configuration, const CrossOriginRequest& request);

}  // namespace s3dr::cloud
