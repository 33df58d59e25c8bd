// HTTP requests and responses as plain values. The signer signs them, the transport carries them, the
// embedded cloud answers them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/body.h"

namespace s3dr {

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

// Header fields in the order of arrival. Names compare without case. Duplicates are kept.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields) : fields_(fields) {}

  // The first value of that name. The view lives as long as the field.
  std::optional<std::string_view> get(std::string_view name) const;
  std::string_view get_or(std::string_view name, std::string_view otherwise) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  void add(std::string name, std::string value);
  void set(std::string name, std::string value);  // replaces every field of that name
  void remove(std::string_view name);
  const std::vector<Header>& fields() const { return fields_; }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Header> fields_;
};

bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);

// Where a request goes. Only http and https exist.
struct Endpoint {
  bool tls = true;
  std::string host;        // name or address, IPv6 without brackets
  std::uint16_t port = 0;  // always explicit: 80 or 443 unless given

  // Parses "https://host[:port]"; no user, path or query. Raises invalid.
  static Endpoint parse(std::string_view url);
  std::string url() const;          // "https://host:port", port left out when it is the default one
  std::string host_header() const;  // as it must stand in `Host`: the port only if it is not the default one
  auto operator<=>(const Endpoint&) const = default;
};

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // as on the wire: "/bucket/key%20x?versions&prefix=a"; never decoded or normalised
  Headers headers;
  Body body;
  bool tls = false;            // server side: arrived over TLS
  std::string remote_address;  // server side: who sent it
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  Body body;
};

}  // namespace s3dr
