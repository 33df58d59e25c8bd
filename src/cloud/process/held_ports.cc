#include "cloud/process/held_ports.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace s3dr::cloud {
namespace {

// Returns 0 or errno. On success the socket in `handle` is open and bound.
int bind_loopback(std::uint16_t port, std::vector<int>& handles) {
  const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return errno;
  handles.push_back(handle);
  const auto share = [handle] {
    const int yes = 1;
    ::setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  };
  // A given port counts as free even if old connections to it are still closing, so it is shared at once. A
  // port of the kernel's choice must be unused; it is shared after it was bound.
  if (port != 0) share();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::bind(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return errno;
  share();
  return 0;
}

}  // namespace

HeldPorts::~HeldPorts() {
  for (const int handle : handles_) ::close(handle);
}

std::uint16_t HeldPorts::take_free() {
  int reason = bind_loopback(0, handles_);
  sockaddr_in address{};
  socklen_t length = sizeof address;
  if (reason == 0 && ::getsockname(handles_.back(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    reason = errno;
  if (reason != 0) throw Error(ErrorKind::unavailable, std::string("no free port: ") + std::strerror(reason));
  return ntohs(address.sin_port);
}

bool HeldPorts::take_if_free(std::uint16_t port) {
  return bind_loopback(port, handles_) == 0;
}

void HeldPorts::take(std::uint16_t port, const std::string& what) {
  const int reason = bind_loopback(port, handles_);
  if (reason == 0) return;
  throw Error(ErrorKind::unavailable,
              fmt::format("the port for {} cannot be used: {}", what, std::strerror(reason)))
      .with_resource(fmt::format("127.0.0.1:{}", port))
      .with_advice("free it, or leave --ports out (other ports are chosen then), or --ports 0 for free ones");
}

}  // namespace s3dr::cloud
