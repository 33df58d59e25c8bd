// One GET or PUT to a metadata service (container, instance): small, unsigned, with a short time limit of its
// own. Redirects are not followed, because the answer could come from somebody else.
#pragma once

#include <string>

#include "base/http_message.h"
#include "client/credentials/credential_source.h"

namespace s3dr::client {

struct MetadataRequest {
  Endpoint endpoint;
  std::string method = "GET";
  std::string target;
  Headers headers;
  milliseconds limit{2'000};
};

struct MetadataAnswer {
  int status = 0;
  std::string text;
};

// Returns any status as an answer. Raises unavailable (not reached) or outcome_unknown (no answer in time).
Task<MetadataAnswer> ask_metadata(FetchTools tools, MetadataRequest request);

// Splits a url: "http://127.0.0.1:81/a?b" gives the endpoint and "/a?b". Raises invalid.
struct SplitUrl {
  Endpoint endpoint;
  std::string target;
};
SplitUrl split_url(std::string_view url);

}  // namespace s3dr::client
