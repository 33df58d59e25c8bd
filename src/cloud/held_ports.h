// Ports of the loopback interface, picked for an installation that keeps them for good: held until all are
// picked, so that no two are the same and none is somebody else's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace s3dr::cloud {

// Another process may take a port between our letting go and the start; then the start fails with "address in
// use".
class HeldPorts {
 public:
  HeldPorts() = default;
  HeldPorts(const HeldPorts&) = delete;
  HeldPorts& operator=(const HeldPorts&) = delete;
  ~HeldPorts();

  std::uint16_t take_free();  // the kernel's choice. Raises unavailable.
  // `what` it is for, in the error: raises unavailable, with advice, when somebody listens there.
  void take(std::uint16_t port, const std::string& what);

 private:
  std::vector<int> handles_;
};

}  // namespace s3dr::cloud
