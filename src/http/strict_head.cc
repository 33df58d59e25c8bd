#include "http/strict_head.h"

#include <algorithm>
#include <array>
#include <utility>

namespace s3dr::http {
namespace {

constexpr std::size_t fields_max = 200;

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr std::array<bool, 256> token_table = make_token_table();

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return token_table[static_cast<unsigned char>(c)]; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  // 18 digits cannot overflow, and no body is that long.
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::unexpected<Refusal> refuse(int status, std::string reason) {
  return std::unexpected(Refusal{status, std::move(reason)});
}

// A host name, an IPv4 address or a bracketed IPv6 address, with an optional port. No user, path, blank or
// comma.
bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 300) return false;
  std::string_view port;
  if (text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos || close == 1) return false;
    const auto address = text.substr(1, close - 1);
    if (address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    port = text.substr(close + 1);
    if (port.empty()) return true;
    if (port.front() != ':') return false;
    port.remove_prefix(1);
  } else {
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    const auto allowed = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
             c == '.' || c == '_';
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), allowed)) return false;
    if (colon == std::string_view::npos) return true;
    port = text.substr(colon + 1);
  }
  const auto number = decimal(port);
  return number.has_value() && *number <= 65'535;
}

std::expected<void, Refusal> check_target(std::string_view method, std::string_view target) {
  if (target.empty()) return refuse(400, "the target is empty");
  if (target == "*") {
    if (method == "OPTIONS") return {};
    return refuse(400, "the target * belongs to OPTIONS only");
  }
  if (target.front() != '/') return refuse(400, "the target is not in origin form");
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte > 0x7e || byte == '#') return refuse(400, "raw byte in the target");
  }
  return {};
}

std::expected<void, Refusal> check_request_line(std::string_view line, Head& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(400, "malformed request line");
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method) || method.size() > 32) return refuse(400, "malformed method");
  if (const auto checked = check_target(method, target); !checked) return std::unexpected(checked.error());
  if (version == "HTTP/1.0") {
    head.is_http_1_0 = head.closes = true;
  } else if (version != "HTTP/1.1") {
    const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
                             version[5] >= '0' && version[5] <= '9' && version[7] >= '0' && version[7] <= '9';
    return well_formed ? refuse(505, "HTTP version not supported") : refuse(400, "malformed HTTP version");
  }
  if (method == "CONNECT" || method == "TRACE") return refuse(501, "method not supported");
  head.method = method;
  head.target = target;
  return {};
}

// The fields that decide where the message ends and whom it is for; each may stand there once.
std::expected<void, Refusal> note_framing(std::string_view name, std::string_view value, Head& head,
                                          bool& has_host) {
  if (equals_ignoring_case(name, "Content-Length")) {
    if (head.content_length) return refuse(400, "Content-Length stands there twice");
    head.content_length = decimal(value);
    if (!head.content_length) return refuse(400, "Content-Length is not one number");
  } else if (equals_ignoring_case(name, "Transfer-Encoding")) {
    if (head.chunked) return refuse(400, "Transfer-Encoding stands there twice");
    if (!equals_ignoring_case(value, "chunked")) return refuse(400, "Transfer-Encoding other than chunked");
    head.chunked = true;
  } else if (equals_ignoring_case(name, "Host")) {
    if (has_host) return refuse(400, "Host stands there twice");
    if (!is_host(value)) return refuse(400, "malformed Host");
    has_host = true;
  } else if (equals_ignoring_case(name, "Expect")) {
    // Another expectation is passed over, as RFC 9110 (10.1.1) allows and S3 does.
    if (equals_ignoring_case(value, "100-continue")) head.expects_continue = true;
  } else if (equals_ignoring_case(name, "Connection")) {
    while (!value.empty()) {
      const auto comma = value.find(',');
      if (equals_ignoring_case(trimmed(value.substr(0, comma)), "close")) head.closes = true;
      value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    }
  } else if (equals_ignoring_case(name, "Upgrade") && equals_ignoring_case(value, "h2c")) {
    // Ignored as RFC 9110 allows; but what follows must not be read as another protocol, so nothing is
    // reused.
    head.closes = true;
  }
  return {};
}

std::expected<void, Refusal> check_field(std::string_view line, Head& head, bool& has_host) {
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "folded header line");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(400, "header line without a colon");
  const auto name = line.substr(0, colon);
  if (!is_token(name)) return refuse(400, "malformed header name");
  const auto value = trimmed(line.substr(colon + 1));
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
      return refuse(400, "control character in a header value");
  }
  if (const auto noted = note_framing(name, value, head, has_host); !noted) return noted;
  head.headers.add(std::string(name), std::string(value));
  return {};
}

}  // namespace

HeadEnd find_head_end(std::string_view bytes, std::size_t scanned) {
  using State = HeadEnd::State;
  for (std::size_t i = scanned; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\0' || c == '\n') return {State::broken, i};
    if (c != '\r') continue;
    if (i + 1 == bytes.size()) return {State::incomplete, i};
    if (bytes[i + 1] != '\n') return {State::broken, i};
    // Only a CRLF right behind another one, or at the very beginning, ends the block.
    if (i == 0) return {State::complete, 2};
    if (i >= 2 && bytes[i - 1] == '\n') return {State::complete, i + 2};
    ++i;
  }
  return {State::incomplete, bytes.size()};
}

std::expected<Head, Refusal> check_head(std::string_view block, std::size_t bytes_max) {
  if (block.size() > bytes_max) return refuse(431, "the header block is too large");
  const auto end = find_head_end(block, 0);
  if (end.state == HeadEnd::State::broken) return refuse(400, "bare CR, bare LF or NUL in the header block");
  if (end.state != HeadEnd::State::complete || end.size != block.size())
    return refuse(400, "the header block has no end of its own");
  Head head;
  bool has_host = false;
  bool first = true;
  while (true) {
    const auto line_end = block.find("\r\n");
    const auto line = block.substr(0, line_end);
    block.remove_prefix(line_end + 2);
    if (first) {
      if (const auto checked = check_request_line(line, head); !checked)
        return std::unexpected(checked.error());
      first = false;
      continue;
    }
    if (line.empty()) break;
    if (head.headers.size() == fields_max) return refuse(431, "too many header fields");
    if (const auto checked = check_field(line, head, has_host); !checked)
      return std::unexpected(checked.error());
  }
  if (!has_host && !head.is_http_1_0) return refuse(400, "Host is missing");
  if (head.is_http_1_0 && head.chunked) return refuse(400, "Transfer-Encoding in HTTP/1.0");
  if (head.is_http_1_0) head.expects_continue = false;  // RFC 9110, 10.1.1
  if (head.chunked && head.content_length)
    return refuse(400, "Content-Length and Transfer-Encoding together");
  return head;
}

}  // namespace s3dr::http
