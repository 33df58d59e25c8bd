#include "http/message_head.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/http_status.h"

namespace s3dr::http {
namespace {

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
  const bool clean = std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
  if (!is_name(name) || !clean)
    throw Error(ErrorKind::invalid,
                "a header cannot be sent: control characters in \"" + std::string(name) + "\"");
  text.append(name).append(": ").append(value).append("\r\n");
}

bool is_framing(std::string_view name) {
  return equals_ignoring_case(name, "Content-Length") || equals_ignoring_case(name, "Transfer-Encoding");
}

void append_framing(std::string& text, BodyFraming framing) {
  if (framing.kind == Framing::length) append_field(text, "Content-Length", std::to_string(framing.length));
  if (framing.kind == Framing::chunked) append_field(text, "Transfer-Encoding", "chunked");
}

}  // namespace

BodyFraming request_framing(const HttpRequest& request) {
  if (const auto length = request.body.length()) {
    const bool says_zero = request.method == "PUT" || request.method == "POST" || request.method == "PATCH";
    if (*length == 0 && !request.body.is_stream() && !says_zero) return {};
    return {Framing::length, *length};
  }
  const auto declared = request.headers.get("Content-Length");
  if (!declared) return {Framing::chunked, 0};
  std::uint64_t length = 0;
  const auto [end, failure] = std::from_chars(declared->data(), declared->data() + declared->size(), length);
  if (failure != std::errc() || end != declared->data() + declared->size())
    throw Error(ErrorKind::invalid, "Content-Length is not a number");
  return {Framing::length, length};
}

std::string request_head(const HttpRequest& request, const Endpoint& endpoint, BodyFraming framing,
                         const std::optional<Proxy>& proxy) {
  const bool good_target = !request.target.empty() && request.target.front() == '/' &&
                           std::all_of(request.target.begin(), request.target.end(),
                                       [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!is_name(request.method))
    throw Error(ErrorKind::invalid, "not an HTTP method: \"" + request.method + "\"");
  if (!good_target) throw Error(ErrorKind::invalid, "a request target begins with / and holds no raw bytes");
  std::string text;
  text.reserve(512);
  text.append(request.method).append(" ");
  if (proxy) text.append(endpoint.url());
  text.append(request.target).append(" HTTP/1.1\r\n");
  if (!request.headers.has("Host")) append_field(text, "Host", endpoint.host_header());
  if (proxy && !proxy->authorization.empty())
    append_field(text, "Proxy-Authorization", proxy->authorization.reveal());
  for (const Header& field : request.headers) {
    if (!is_framing(field.name)) append_field(text, field.name, field.value);
  }
  append_framing(text, framing);
  return text.append("\r\n");
}

std::string response_head(const HttpResponse& response, BodyFraming framing,
                          std::optional<std::uint64_t> declared_length, bool closes) {
  if (response.status < 100 || response.status > 999) throw Error(ErrorKind::invalid, "not an HTTP status");
  std::string text;
  text.reserve(512);
  text.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  text.append(reason_or(response.status, "Status")).append("\r\n");
  for (const Header& field : response.headers) {
    if (!is_framing(field.name) && !equals_ignoring_case(field.name, "Connection"))
      append_field(text, field.name, field.value);
  }
  append_framing(text, framing);
  if (declared_length) append_field(text, "Content-Length", std::to_string(*declared_length));
  if (closes) append_field(text, "Connection", "close");
  return text.append("\r\n");
}

bool status_has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace s3dr::http
