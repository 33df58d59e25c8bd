#include "aws/canonical_request.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace s3dr::aws {
namespace {

// What stands between signer and verifier may add, drop or rewrite these.
constexpr std::array<std::string_view, 16> never_signed = {"accept-encoding",
                                                           "authorization",
                                                           "connection",
                                                           "expect",
                                                           "forwarded",
                                                           "keep-alive",
                                                           "proxy-authorization",
                                                           "proxy-connection",
                                                           "te",
                                                           "trailer",
                                                           "transfer-encoding",
                                                           "upgrade",
                                                           "user-agent",
                                                           "via",
                                                           "x-amzn-trace-id",
                                                           "x-forwarded-for"};

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string normalised(std::string_view path) {
  std::vector<std::string_view> kept;
  std::size_t at = 0;
  while (at <= path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
    at = end + 1;
  }
  std::string result;
  for (const std::string_view segment : kept) {
    result += '/';
    result += segment;
  }
  if (result.empty() || path.ends_with('/')) result += '/';
  return result;
}

// Segment by segment, so that an escaped slash (an ARN in an S3 Control path) stays apart from a real one.
std::optional<std::string> encoded_once(std::string_view path) {
  std::string result;
  result.reserve(path.size());
  std::size_t at = 0;
  while (true) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const auto segment = uri_decode(path.substr(at, end - at));
    if (!segment) return std::nullopt;
    result += uri_encode(*segment);
    if (end == path.size()) return result;
    result += '/';
    at = end + 1;
  }
}

}  // namespace

bool signs_like_s3(std::string_view service) {
  return service.starts_with("s3");
}

PathRule path_rule_of(std::string_view service) {
  return signs_like_s3(service) ? PathRule::s3 : PathRule::normalised;
}

std::optional<std::string> canonical_path(std::string_view wire_path, PathRule rule) {
  if (wire_path.empty()) return "/";
  switch (rule) {
    case PathRule::s3:
      return encoded_once(wire_path);
    case PathRule::normalised:
      return uri_encode(normalised(wire_path), Slash::keep);
    case PathRule::as_is:
      return uri_encode(wire_path, Slash::keep);
  }
  return std::nullopt;
}

std::string canonical_query(const QueryParameters& parameters, std::string_view left_out) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(parameters.size());
  for (const auto& [name, value] : parameters) {
    if (!left_out.empty() && name == left_out) continue;
    encoded.emplace_back(uri_encode(name), uri_encode(value));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string result;
  for (const auto& [name, value] : encoded) {
    if (!result.empty()) result += '&';
    result += name;
    result += '=';
    result += value;
  }
  return result;
}

std::string canonical_header_value(std::string_view value) {
  std::string result;
  result.reserve(value.size());
  bool pending = false;
  for (const char c : value) {
    if (is_blank(c)) {
      pending = !result.empty();
    } else {
      if (pending) result += ' ';
      pending = false;
      result += c;
    }
  }
  return result;
}

std::string canonical_headers(const Headers& headers, std::span<const std::string> names) {
  std::string result;
  for (const std::string& name : names) {
    result += name;
    result += ':';
    bool first = true;
    for (const Header& field : headers) {
      if (!equals_ignoring_case(field.name, name)) continue;
      if (!first) result += ',';
      first = false;
      result += canonical_header_value(field.value);
    }
    result += '\n';
  }
  return result;
}

std::vector<std::string> signable_headers(const Headers& headers) {
  std::vector<std::string> names;
  names.reserve(headers.size());
  for (const Header& field : headers) {
    std::string name = lower_case(field.name);
    if (std::find(never_signed.begin(), never_signed.end(), name) == never_signed.end()) {
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string joined_names(std::span<const std::string> names) {
  std::string result;
  for (const std::string& name : names) {
    if (!result.empty()) result += ';';
    result += name;
  }
  return result;
}

std::string canonical_request(std::string_view method, std::string_view path, std::string_view query,
                              const Headers& headers, std::span<const std::string> signed_names,
                              std::string_view payload_hash) {
  std::string result(method);
  result += '\n';
  result += path;
  result += '\n';
  result += query;
  result += '\n';
  result += canonical_headers(headers, signed_names);
  result += '\n';
  result += joined_names(signed_names);
  result += '\n';
  result += payload_hash;
  return result;
}

}  // namespace s3dr::aws
