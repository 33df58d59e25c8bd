// The texts of policies: the context of a request, policy variables, and wildcards. Part of
// aws/policy/policy.h. It knows no statements.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr::aws {

// The condition keys of one request, "aws:SourceArn" and the like. Names compare without case.
class PolicyContext {
 public:
  PolicyContext& set(std::string_view key, std::string value);
  PolicyContext& set(std::string_view key, std::vector<std::string> values);
  // nullptr: the request has no such key.
  const std::vector<std::string>* find(std::string_view key) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;  // by lower-case name
};

// A policy's text prepared for comparing: variables are replaced, wildcards are told from plain bytes.
struct PatternPart {
  enum class Kind : char { byte, any_one, any_run };
  Kind kind = Kind::byte;
  char byte = 0;
};
using Pattern = std::vector<PatternPart>;

enum class Wildcards { act, plain };       // plain: '*' and '?' stand for themselves
enum class Variables { replaced, plain };  // plain: "${…}" stands for itself (policies of version 2008-10-17)
enum class Letters { exact, any_case };

// Replaces variables:
// - "${key}" becomes the request's value, byte for byte (a '*' in it is no wildcard);
// - "${key, 'x'}" gives x where the request has no value;
// - "${*}", "${?}" and "${$}" are these characters themselves.
// nullopt: a variable has no value or several values, so nothing can match.
std::optional<Pattern> make_pattern(std::string_view text, const PolicyContext& context, Wildcards wildcards,
                                    Variables variables);
bool matches(std::span<const PatternPart> pattern, std::string_view text, Letters letters = Letters::exact);

// Compares the six fields of an ARN one by one. A wildcard does not reach beyond a colon, except in the last
// field. A pattern "*" matches everything. A pattern with fewer fields is completed with "*". What has no six fields is
// no ARN and matches no other pattern.
bool matches_arn(std::span<const PatternPart> pattern, std::string_view arn);

}  // namespace s3dr::aws
