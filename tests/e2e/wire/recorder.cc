// Writes down what a server says and hears, from beside it: loaded before the C library and OpenSSL (LD_PRELOAD), it sees the plain bytes of
// every connection that the process accepts, of HTTP as of HTTPS, and passes them on unchanged. recording.py reads what is written here.
//
// It is no proxy: addresses, host names, certificates and the moment of each byte stay what they are without it.
// Connections that the process opens itself are not recorded. It does nothing if S3DR_WIRE_FOLDER is not set.
//
// The file is a row of entries: `Entry`, then `stored` bytes. Of what one side says before the other one answers, the first MiB is
// kept: bodies of that length are objects. The entry counts the rest.

#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <unordered_map>

namespace {

enum class Kind : std::uint8_t { open, heard, said, closed };

struct Entry {
  std::uint32_t connection;
  std::uint32_t stored;  // bytes that follow
  std::uint32_t size;    // bytes that there were
  std::uint16_t port;    // where it was accepted; 0: HTTPS
  Kind kind;
  std::uint8_t reserved = 0;
};
static_assert(sizeof(Entry) == 16);

struct Connection {
  std::uint32_t number = 0;  // 0: none
  std::uint32_t kept = 0;    // of this side's turn
  std::uint16_t port = 0;
  Kind turn = Kind::open;
  bool encrypted = false;
};

constexpr std::uint32_t kept_of_a_turn_max = 1U << 20U;
constexpr std::size_t descriptors_max = 1U << 16U;

// Never destroyed: other threads may still be closing connections while the process ends.
struct Recorder {
  std::mutex mutex;
  std::array<Connection, descriptors_max> by_descriptor;
  std::unordered_map<void*, Connection> by_session;  // of TLS
  std::uint32_t last_number = 0;
  int file = -1;
};

Recorder& recorder() {
  static auto* const one = new Recorder;
  return *one;
}

const char* folder() {
  static const char* const name = std::getenv("S3DR_WIRE_FOLDER");
  return name;
}

// A child between fork and exec closes its parent's connections: they are none of its business, and another thread of the parent may have
// held the lock.
bool looks_on() {
  static const pid_t owner = getpid();
  return folder() != nullptr && getpid() == owner;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

void put(Recorder& to, const Connection& connection, Kind kind, const void* bytes, std::uint32_t stored,
         std::uint32_t size) {
  if (to.file < 0) {
    std::array<char, 4096> path{};
    std::snprintf(path.data(), path.size(), "%s/%d.wire", folder(), static_cast<int>(getpid()));
    to.file = open(path.data(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (to.file < 0) return;
  }
  Entry entry{connection.number, stored, size, connection.port, kind};
  std::array<iovec, 2> parts{iovec{&entry, sizeof(entry)}, iovec{const_cast<void*>(bytes), stored}};
  static auto* const real = next<ssize_t (*)(int, const iovec*, int)>("writev");
  [[maybe_unused]] const ssize_t written = real(to.file, parts.data(), stored == 0 ? 1 : 2);
}

void begin(Recorder& to, Connection& connection, std::uint16_t port) {
  connection = {++to.last_number, 0, port, Kind::open, false};
  put(to, connection, Kind::open, nullptr, 0, 0);
}

void record(Recorder& to, Connection& connection, Kind kind, const void* bytes, std::size_t count) {
  if (connection.turn != kind) {
    connection.turn = kind;
    connection.kept = 0;
  }
  const auto size = static_cast<std::uint32_t>(count);
  const std::uint32_t room = kept_of_a_turn_max - connection.kept;
  const std::uint32_t stored = size < room ? size : room;
  connection.kept += stored;
  put(to, connection, kind, bytes, stored, size);
}

Connection* plain_connection(Recorder& of, int descriptor) {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= descriptors_max) return nullptr;
  Connection& found = of.by_descriptor.at(static_cast<std::size_t>(descriptor));
  return found.number == 0 || found.encrypted ? nullptr : &found;
}

void plain(int descriptor, Kind kind, const iovec* parts, std::size_t part_count, ssize_t result) {
  if (result <= 0 || !looks_on()) return;
  Recorder& to = recorder();
  const std::lock_guard lock(to.mutex);
  Connection* connection = plain_connection(to, descriptor);
  auto left = static_cast<std::size_t>(result);
  for (std::size_t i = 0; connection != nullptr && i < part_count && left > 0; ++i) {
    const std::size_t count = parts[i].iov_len < left ? parts[i].iov_len : left;
    if (count == 0) continue;
    constexpr char tls_handshake = 0x16;
    if (connection->turn == Kind::open && *static_cast<const char*>(parts[i].iov_base) == tls_handshake) {
      connection->encrypted = true;  // seen where OpenSSL reads and writes
      return;
    }
    record(to, *connection, kind, parts[i].iov_base, count);
    left -= count;
  }
}

void session(void* tls, Kind kind, const void* bytes, int result) {
  if (result <= 0 || !looks_on()) return;
  static auto* const is_server = next<int (*)(const void*)>("SSL_is_server");
  if (is_server == nullptr || is_server(tls) == 0) return;
  Recorder& to = recorder();
  const std::lock_guard lock(to.mutex);
  Connection& connection = to.by_session[tls];
  if (connection.number == 0) begin(to, connection, 0);
  record(to, connection, kind, bytes, static_cast<std::size_t>(result));
}

}  // namespace

extern "C" {

int accept(int listener, sockaddr* address, socklen_t* length) {
  static auto* const real = next<int (*)(int, sockaddr*, socklen_t*)>("accept");
  const int made = real(listener, address, length);
  if (made < 0 || !looks_on() || static_cast<std::size_t>(made) >= descriptors_max) return made;
  sockaddr_in here{};
  socklen_t size = sizeof(here);
  if (getsockname(made, reinterpret_cast<sockaddr*>(&here), &size) == 0 && here.sin_family == AF_INET) {
    Recorder& to = recorder();
    const std::lock_guard lock(to.mutex);
    begin(to, to.by_descriptor.at(static_cast<std::size_t>(made)), ntohs(here.sin_port));
  }
  return made;
}

int close(int descriptor) {
  static auto* const real = next<int (*)(int)>("close");
  if (looks_on()) {
    Recorder& to = recorder();
    const std::lock_guard lock(to.mutex);
    if (Connection* connection = plain_connection(to, descriptor))
      put(to, *connection, Kind::closed, nullptr, 0, 0);
    if (descriptor >= 0 && static_cast<std::size_t>(descriptor) < descriptors_max)
      to.by_descriptor.at(static_cast<std::size_t>(descriptor)) = {};
  }
  return real(descriptor);
}

ssize_t recv(int descriptor, void* bytes, size_t size, int flags) {
  static auto* const real = next<ssize_t (*)(int, void*, size_t, int)>("recv");
  const ssize_t result = real(descriptor, bytes, size, flags);
  const iovec part{bytes, size};
  if ((flags & MSG_PEEK) == 0) plain(descriptor, Kind::heard, &part, 1, result);
  return result;
}

ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
  static auto* const real = next<ssize_t (*)(int, msghdr*, int)>("recvmsg");
  const ssize_t result = real(descriptor, message, flags);
  if ((flags & MSG_PEEK) == 0) plain(descriptor, Kind::heard, message->msg_iov, message->msg_iovlen, result);
  return result;
}

ssize_t send(int descriptor, const void* bytes, size_t size, int flags) {
  static auto* const real = next<ssize_t (*)(int, const void*, size_t, int)>("send");
  const ssize_t result = real(descriptor, bytes, size, flags);
  const iovec part{const_cast<void*>(bytes), size};
  plain(descriptor, Kind::said, &part, 1, result);
  return result;
}

ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
  static auto* const real = next<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
  const ssize_t result = real(descriptor, message, flags);
  plain(descriptor, Kind::said, message->msg_iov, message->msg_iovlen, result);
  return result;
}

int SSL_read(void* tls, void* bytes, int size) {
  static auto* const real = next<int (*)(void*, void*, int)>("SSL_read");
  const int result = real(tls, bytes, size);
  session(tls, Kind::heard, bytes, result);
  return result;
}

int SSL_write(void* tls, const void* bytes, int size) {
  static auto* const real = next<int (*)(void*, const void*, int)>("SSL_write");
  const int result = real(tls, bytes, size);
  session(tls, Kind::said, bytes, result);
  return result;
}

void SSL_free(void* tls) {
  static auto* const real = next<void (*)(void*)>("SSL_free");
  if (looks_on()) {
    Recorder& to = recorder();
    const std::lock_guard lock(to.mutex);
    const auto found = to.by_session.find(tls);
    if (found != to.by_session.end()) {
      put(to, found->second, Kind::closed, nullptr, 0, 0);
      to.by_session.erase(found);
    }
  }
  real(tls);
}

}  // extern "C"
