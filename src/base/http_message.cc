#include "base/http_message.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/url_text.h"

namespace s3dr {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Header& field : fields_) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::string_view Headers::get_or(std::string_view name, std::string_view otherwise) const {
  return get(name).value_or(otherwise);
}

void Headers::add(std::string name, std::string value) {
  fields_.push_back({std::move(name), std::move(value)});
}

void Headers::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Header& field) { return equals_ignoring_case(field.name, name); });
}

Endpoint Endpoint::parse(std::string_view url) {
  const auto refuse = [&](const char* why) {
    return Error(ErrorKind::invalid, "\"" + without_user_info(url) + "\" is not an endpoint: " + why)
        .with_advice("write it as http://host:port or https://host:port");
  };
  Endpoint result;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
    result.tls = true;
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    result.tls = false;
  } else {
    throw refuse("it must begin with http:// or https://");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@ \t\r\n") != std::string_view::npos)
    throw refuse("only a host and a port belong here");
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) throw refuse("the bracket is never closed");
    result.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) throw refuse("unexpected text behind the address");
    if (!rest.empty()) port = rest.substr(1);
    if (!rest.empty() && port.empty()) throw refuse("the port is missing");
  } else {
    const auto colon = rest.find(':');
    result.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) {
      port = rest.substr(colon + 1);
      if (port.empty()) throw refuse("the port is missing");
    }
  }
  if (result.host.empty()) throw refuse("the host is missing");
  const bool address = result.host.find(':') != std::string::npos;  // IPv6, from within brackets
  for (const char c : result.host) {
    const bool name =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!name && !(address ? c == ':' || c == '%' : c == '_'))
      throw refuse("the host has a character no host name has");
  }
  result.port = result.tls ? 443 : 80;
  if (!port.empty()) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535) {
      throw refuse("the port is not a number from 1 to 65535");
    }
    result.port = static_cast<std::uint16_t>(number);
  }
  return result;
}

std::string Endpoint::host_header() const {
  std::string result = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) result += ":" + std::to_string(port);
  return result;
}

std::string Endpoint::url() const {
  return (tls ? "https://" : "http://") + host_header();
}

}  // namespace s3dr
