// The text of a policy document: cut into its statements byte for byte, and its statements in one normal form.
// It judges nothing: a document whose principals AWS has deleted can be cut, though parse_policy refuses it.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace s3dr::aws {

struct PolicyText {
  std::vector<std::pair<std::string, std::string>> members;  // all but Statement: name and bytes
  std::vector<std::string> statements;                       // the bytes of each one
};
// Raises corrupt for a text that is no object with statements. `Statement` may be a single one.
PolicyText cut_policy(std::string_view document);
std::string joined_policy(const PolicyText& policy);

// The statements in normal form and in their order. Names are sorted, and what may be a list is one: sorted, without
// repeats. An account's root is its number, {"AWS": "*"} alone is "*". "${" of version 2008-10-17, which knows no
// variables, is written as version 2012-10-17 writes it. A Sid stays. Raises corrupt.
std::vector<boost::json::object> normal_statements(std::string_view document);
boost::json::object normal_statement(const boost::json::object& statement);  // of version 2012-10-17

// A document of version 2012-10-17. Their order says nothing: they are sorted.
std::string normal_policy(const std::vector<boost::json::object>& statements);

std::string sid_of(const boost::json::object& statement);  // empty: none

}  // namespace s3dr::aws
