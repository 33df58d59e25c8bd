#include "cloud/process/supervisor_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.h"

namespace s3dr::cloud {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }
  int release() {
    const int value = value_;
    value_ = -1;
    return value;
  }

 private:
  int value_;
};

Error failed(const char* what, const std::string& path) {
  return Error(ErrorKind::unavailable, std::string(what) + ": " + std::generic_category().message(errno))
      .with_resource(path);
}

// The socket's name seen through an open folder: short, however long the path is.
sockaddr_un short_address(const Descriptor& folder, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(folder.value()) + "/" + name;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

}  // namespace

int listen_at(const std::string& path) {
  const auto slash = path.rfind('/');
  const Descriptor folder(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder.value() < 0) throw failed("the folder cannot be opened", path);
  ::unlink(path.c_str());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = short_address(folder, path.substr(slash + 1));
  const mode_t before = ::umask(0177);
  const bool bound = socket.value() >= 0 &&
                     ::bind(socket.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::umask(before);
  if (!bound || ::listen(socket.value(), 16) != 0)
    throw failed("the supervisor's socket cannot be made", path);
  return socket.release();
}

std::string ask(const std::string& path, const std::string& line) {
  const auto slash = path.rfind('/');
  const Descriptor folder(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = short_address(folder, path.substr(slash + 1));
  if (folder.value() < 0 || socket.value() < 0 ||
      ::connect(socket.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw failed("no supervisor runs here", path);
  }
  const std::string request = line + "\n";
  if (::send(socket.value(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    throw failed("the supervisor went away", path);
  }
  std::string answer;
  char buffer[4096];
  ssize_t count = 0;
  while ((count = ::read(socket.value(), buffer, sizeof buffer)) != 0) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw failed("the supervisor went away", path);
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  if (answer.empty()) throw Error(ErrorKind::unavailable, "the supervisor went away").with_resource(path);
  return answer;
}

}  // namespace s3dr::cloud
