// Ports of the loopback interface that are bound and not listened on. Whoever sets SO_REUSEADDR, as our
// servers do, can listen there meanwhile; the kernel gives a held port to no outgoing connection. An
// installation picks its ports with one, so that no two are the same and none is somebody else's, and holds
// them while it is open.
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

  std::uint16_t take_free();  // the kernel's choice. Raises unavailable.
  // `what` it is for, in the error: raises unavailable, with advice, when somebody listens there.
  void take(std::uint16_t port, const std::string& what);
  bool take_if_free(std::uint16_t port);  // false: somebody listens there

 private:
  std::vector<int> handles_;
};

}  // namespace s3dr::cloud
