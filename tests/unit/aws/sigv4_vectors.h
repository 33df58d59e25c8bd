// Reads tests/data/sigv4/vectors.txt: the 38 public Signature Version 4 cases.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "aws/sigv4.h"
#include "base/http_message.h"

namespace s3dr::aws::testing {

struct VectorCase {
  std::string name;
  std::map<std::string, std::string> files;

  // A member of context.json; "" when absent.
  std::string context(const std::string& member) const;
  bool normalise() const { return context("normalize") == "true"; }
  bool omits_token() const { return context("omit_session_token") == "true"; }
  Credentials credentials() const;
  Instant time() const;
  SigningScope scope() const { return {context("region"), context("service")}; }
  PathRule rule() const { return normalise() ? PathRule::normalised : PathRule::as_is; }
};

std::vector<VectorCase> load_vectors();

// An HTTP/1.1 text with LF line ends, as the suite writes it: raw bytes in the target, folded header lines.
HttpRequest parse_request(const std::string& text);
// "name:value" for each field, name in lower case, sorted.
std::vector<std::string> sorted_fields(const Headers& headers);

}  // namespace s3dr::aws::testing
