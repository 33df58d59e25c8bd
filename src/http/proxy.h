// Which requests go through a proxy, from HTTP_PROXY, HTTPS_PROXY and NO_PROXY as curl and the AWS SDKs read
// them (docs/configuration.md). Pure but for the environment. How a request travels through one: http/dial.h
// (CONNECT, for https) and http/message_head.h (the whole URL as the target, for http).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/http_message.h"
#include "base/secret.h"

namespace s3dr::http {

struct Proxy {
  Endpoint endpoint;     // plain HTTP
  Secret authorization;  // the value of Proxy-Authorization; empty: none
  std::string variable;  // where it was named: "HTTPS_PROXY"
};

// The values of the variables; empty: not set.
struct ProxySettings {
  std::string http, https;  // "http://user:password@proxy:3128"; http:// and the port (80) may be missing
  std::string none;         // NO_PROXY
};

class ProxyRules {
 public:
  ProxyRules() = default;  // no proxy at all
  // Raises nothing: what is wrong with a proxy is told by the first request that would need it.
  static ProxyRules parse(const ProxySettings& settings);

  // nullopt: directly. Never through a proxy: this machine (localhost and names below it, 127.0.0.0/8, ::1),
  // the metadata services of AWS (169.254.0.0/16, fd00:ec2::/32), and what NO_PROXY names. Raises invalid
  // without the proxy's password: a proxy that cannot be used (socks5, https, not understood).
  std::optional<Proxy> proxy_for(const Endpoint& endpoint) const;

 private:
  struct Choice {
    std::optional<Proxy> proxy;
    std::optional<Error> refusal;
  };
  struct Exception {
    std::string host;        // a name and all below it, an address or a network "10.0.0.0/8"; "*": everything
    std::uint16_t port = 0;  // 0: every port
  };
  static Choice read_proxy(std::string text, const char* variable);
  static Exception read_exception(std::string_view text);
  bool is_exempt(const Endpoint& endpoint) const;

  Choice http_, https_;
  std::vector<Exception> exceptions_;
};

// Lower case wins. HTTP_PROXY in upper case is not read where REQUEST_METHOD is set: in a CGI program it is
// what the client sent (as in curl and Python).
ProxySettings proxy_settings(const std::function<const char*(const char*)>& environment);
ProxyRules proxies_of_environment();

}  // namespace s3dr::http
