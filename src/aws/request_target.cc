#include "aws/request_target.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace s3dr::aws {

TargetParts split_target(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::optional<QueryParameters> parse_query(std::string_view query) {
  QueryParameters parameters;
  std::size_t at = 0;
  while (at < query.size()) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string_view piece = query.substr(at, end - at);
    at = end + 1;
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    auto name = uri_decode(piece.substr(0, equals));
    auto value = uri_decode(equals < piece.size() ? piece.substr(equals + 1) : std::string_view());
    if (!name || !value) return std::nullopt;
    parameters.push_back({std::move(*name), std::move(*value)});
  }
  return parameters;
}

std::string with_query(std::string path, const QueryParameters& parameters) {
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    path += separator + uri_encode(name);
    if (!value.empty() || name.empty()) path += "=" + uri_encode(value);
    separator = '&';
  }
  return path;
}

}  // namespace s3dr::aws
