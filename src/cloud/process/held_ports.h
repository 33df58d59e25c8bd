// Ports of the loopback interface that are bound but not listened on. A server that sets SO_REUSEADDR, as
// ours do, can listen on a held port. The kernel does not use a held port for outgoing connections.
// An installation chooses its ports with this class,
// so that no two are the same and none belongs to another program.
// It holds them while it is open.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace s3dr::cloud {

class HeldPorts {
 public:
  HeldPorts() = default;
  HeldPorts(const HeldPorts&) = delete;
  HeldPorts& operator=(const HeldPorts&) = delete;
  ~HeldPorts();

  std::uint16_t take_free();  // a free port of the kernel's choice. Raises unavailable.
  // Raises unavailable, with advice, when another program listens there.
  // `what`: the port's use, for the message.
  void take(std::uint16_t port, const std::string& what);
  bool take_if_free(std::uint16_t port);  // false: another program listens there

 private:
  std::vector<int> handles_;
};

}  // namespace s3dr::cloud
