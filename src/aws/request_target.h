// Splits the target of a request and builds it: path and query, percent-encoded once. The signer, the
// verifier and those who carry the request out all read the query here. So what is done is what was signed.
// In S3's path every byte counts: s3/request_path.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr::aws {

struct TargetParts {
  std::string_view path;
  std::string_view query;  // without the '?'; empty when there is none
};
// Splits at the first '?'. The views live as long as `target`.
TargetParts split_target(std::string_view target);

struct QueryParameter {
  std::string name;   // decoded
  std::string value;  // decoded; empty for a bare name: "?versions" and "?versions=" mean the same
  bool operator==(const QueryParameter&) const = default;
};
using QueryParameters = std::vector<QueryParameter>;

// The parameters of a raw query in order of appearance, percent-decoded. Empty pieces are left out. A '+'
// stays a plus, because signers write a blank as %20 and never as '+' (aws-sigv4, UriEncode). nullopt for a
// broken escape.
std::optional<QueryParameters> parse_query(std::string_view query);
// "/path?versions&prefix=a%20b": an empty value is written as the name alone, and neither name nor value as
// "=". `path` is encoded already. What is written is parsed as the same parameters, and the same text is signed
// for it (tests/property/request_target.cc).
std::string with_query(std::string path, const QueryParameters& parameters);

}  // namespace s3dr::aws
