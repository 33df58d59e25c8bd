#include "http/proxy.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "base/encoding.h"

namespace s3dr::http {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> address_of(const std::string& text) {
  boost::system::error_code failure;
  ip::address address = ip::make_address(text, failure);
  if (failure) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return ip::address(ip::make_address_v4(ip::v4_mapped, address.to_v6()));
  return address;
}

bool is_in(const ip::address& address, const std::string& network) {
  boost::system::error_code failure;
  if (address.is_v4()) {
    const auto net = ip::make_network_v4(network, failure);
    return !failure && net.canonical() == ip::network_v4(address.to_v4(), net.prefix_length()).canonical();
  }
  const auto net = ip::make_network_v6(network, failure);
  return !failure && net.canonical() == ip::network_v6(address.to_v6(), net.prefix_length()).canonical();
}

bool is_below(std::string_view name, std::string_view domain) {
  if (name == domain) return true;
  return name.size() > domain.size() && name.ends_with(domain) &&
         name[name.size() - domain.size() - 1] == '.';
}

std::string plain_name(std::string_view host) {
  std::string name = lower_case(std::string(host));
  if (name.ends_with('.')) name.pop_back();
  return name;
}

// Where a proxy would reach another machine than the one that is meant.
bool is_of_this_machine(const std::string& name) {
  if (is_below(name, "localhost")) return true;
  const auto address = address_of(name);
  if (!address) return false;
  return address->is_loopback() || is_in(*address, "169.254.0.0/16") || is_in(*address, "fd00:ec2::/32");
}

std::string basic(std::string_view user_and_password) {
  std::string decoded;
  const auto colon = user_and_password.find(':');
  const std::string_view password =
      colon == std::string_view::npos ? std::string_view() : user_and_password.substr(colon + 1);
  const std::string_view user = user_and_password.substr(0, colon);
  decoded += uri_decode(user).value_or(std::string(user));
  decoded += ':';
  decoded += uri_decode(password).value_or(std::string(password));
  return "Basic " + to_base64(decoded);
}

std::uint16_t port_in(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc() && end == text.data() + text.size() ? port : 0;
}

}  // namespace

ProxyRules::Choice ProxyRules::read_proxy(std::string text, const char* variable) {
  if (text.empty()) return {};
  std::string scheme = "http";
  // Without a scheme, "://" can stand in the password.
  if (const auto mark = text.find("://"); mark != std::string::npos && text.find(':') == mark) {
    scheme = lower_case(text.substr(0, mark));
    text.erase(0, mark + 3);
  }
  Choice choice;
  if (scheme != "http") {
    choice.refusal = Error(ErrorKind::invalid, std::string(variable) + ": a proxy of the scheme \"" + scheme +
                                                   "\" is not supported");
    choice.refusal->with_advice(
        "name an http:// proxy (it carries https as well), or except the host in NO_PROXY");
    return choice;
  }
  Proxy proxy;
  proxy.variable = variable;
  if (const auto at = text.rfind('@'); at != std::string::npos) {
    proxy.authorization = Secret(basic(std::string_view(text).substr(0, at)));
    text.erase(0, at + 1);
  }
  text.erase(std::min(text.find('/'), text.size()));
  try {
    proxy.endpoint = Endpoint::parse("http://" + text);
    choice.proxy = std::move(proxy);
  } catch (const Error& error) {
    choice.refusal = Error(ErrorKind::invalid, std::string(variable) + ": " + error.message());
    choice.refusal->with_advice("write it as http://host:port or http://user:password@host:port");
  }
  return choice;
}

ProxyRules::Exception ProxyRules::read_exception(std::string_view text) {
  Exception result;
  if (text.starts_with('[')) {
    const auto close = std::min(text.find(']'), text.size());
    result.host = plain_name(text.substr(1, close - 1));
    if (const auto colon = text.find(':', close); colon != std::string_view::npos)
      result.port = port_in(text.substr(colon + 1));
    return result;
  }
  if (std::ranges::count(text, ':') == 1) {
    const auto colon = text.find(':');
    result.port = port_in(text.substr(colon + 1));
    text = text.substr(0, colon);
  }
  if (text.starts_with("*.")) text.remove_prefix(1);
  if (text.starts_with('.')) text.remove_prefix(1);
  result.host = plain_name(text);
  return result;
}

ProxyRules ProxyRules::parse(const ProxySettings& settings) {
  ProxyRules rules;
  rules.http_ = read_proxy(settings.http, "HTTP_PROXY");
  rules.https_ = read_proxy(settings.https, "HTTPS_PROXY");
  std::string_view rest = settings.none;
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of(", \t"), rest.size());
    if (end > 0) rules.exceptions_.push_back(read_exception(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return rules;
}

bool ProxyRules::is_exempt(const Endpoint& endpoint) const {
  const std::string name = plain_name(endpoint.host);
  if (is_of_this_machine(name)) return true;
  const auto address = address_of(name);
  return std::ranges::any_of(exceptions_, [&](const Exception& exception) {
    if (exception.port != 0 && exception.port != endpoint.port) return false;
    if (exception.host == "*") return true;
    if (!address) return !exception.host.empty() && is_below(name, exception.host);
    if (exception.host.find('/') != std::string::npos) return is_in(*address, exception.host);
    return address_of(exception.host) == address;
  });
}

std::optional<Proxy> ProxyRules::proxy_for(const Endpoint& endpoint) const {
  const Choice& choice = endpoint.tls ? https_ : http_;
  if ((!choice.proxy && !choice.refusal) || is_exempt(endpoint)) return std::nullopt;
  if (choice.refusal) throw Error(*choice.refusal).with_resource(endpoint.url());
  return choice.proxy;
}

ProxySettings proxy_settings(const std::function<const char*(const char*)>& environment) {
  const auto value = [&](const char* lower, const char* upper) -> std::string {
    const char* text = environment(lower);
    if (text == nullptr && upper != nullptr) text = environment(upper);
    return text == nullptr ? "" : text;
  };
  const bool in_cgi = environment("REQUEST_METHOD") != nullptr;
  return {value("http_proxy", in_cgi ? nullptr : "HTTP_PROXY"), value("https_proxy", "HTTPS_PROXY"),
          value("no_proxy", "NO_PROXY")};
}

ProxyRules proxies_of_environment() {
  return ProxyRules::parse(proxy_settings([](const char* name) { return std::getenv(name); }));
}

}  // namespace s3dr::http
