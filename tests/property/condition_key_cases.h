// A case for each condition key of S3: a request that has the key with one value, one that has it with another value,
// and one without it; and what the Service Authorization Reference says that a policy then sees.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/http_message.h"

namespace s3dr::test {

enum class Sent { signed_header, presigned, unsigned_request };

struct KeyRequest {
  std::string method, target;
  Headers headers = {};
  std::string body = {};
  Sent sent = Sent::signed_header;
  std::string tls_version = {};  // "1.2"; empty: plain HTTP
  int age_seconds = 0;           // since it was signed
};

struct Seen {
  KeyRequest request;
  std::vector<std::string> values;
};

struct KeyCase {
  std::string key;     // as a policy names it
  std::string action;  // "s3:GetObject"
  std::optional<Seen> present, other;
  std::optional<KeyRequest> absent;
};

// For the buckets of ConditionKeyTest (policy_conditions.cc).
std::vector<KeyCase> condition_key_cases();

}  // namespace s3dr::test
