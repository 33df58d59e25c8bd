// The book-keeping of the client pool: the idle connections of each endpoint, how many are in use, who waits in
// line, and which idle connection is closed when there are too many over all endpoints. It knows nothing of
// HTTP. A Lease is one place of an endpoint, and later also a connection.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/http_message.h"
#include "base/task.h"
#include "http/pool.h"
#include "http/wire.h"

namespace s3dr::http {

class PoolLines;

// Gives its place back when destroyed. The connection then closes, unless give_back() kept it for the next
// request.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  bool pooled() const { return pooled_; }  // the connection has served a request before
  bool holds() const { return lines_ != nullptr; }
  Wire& wire() { return *wire_; }
  // Takes a good idle connection if there is one, else opens a new one. Raises unavailable, also after
  // `connect_max`.
  Task<> connect(bool fresh_only, milliseconds connect_max);
  void give_back();
  void drop();

 private:
  friend class PoolLines;
  std::shared_ptr<PoolLines> lines_;
  Endpoint endpoint_;
  std::unique_ptr<Wire> wire_;
  bool pooled_ = false;
};

// Shared by the pool and by response bodies, which may outlive the pool. One thread.
class PoolLines : public std::enable_shared_from_this<PoolLines> {
 public:
  PoolLines(boost::asio::any_io_executor executor, Clock& clock, PoolOptions options);

  // Waits in line (first come, first served) while connections_per_endpoint_max places of the endpoint are in
  // use.
  Task<Lease> enter(Endpoint endpoint);
  // nullopt: directly. Raises invalid.
  std::optional<Proxy> proxy_for(const Endpoint& endpoint) const {
    return options_.proxies.proxy_for(endpoint);
  }
  // Closes idle connections. A connection in use closes when it comes back. The clock is not used after this
  // call.
  void close();

 private:
  friend class Lease;
  struct Waiter {
    explicit Waiter(const boost::asio::any_io_executor& executor)
        : turn(executor, boost::asio::steady_timer::time_point::max()) {}
    boost::asio::steady_timer turn;
    bool granted = false;
  };
  struct Place;
  struct Idle {
    Endpoint endpoint;
    std::unique_ptr<Wire> wire;
    milliseconds since;
  };
  using IdleList = std::list<Idle>;
  struct Line {
    std::size_t out = 0;                  // places, with a connection or without one yet
    std::deque<IdleList::iterator> idle;  // the most recently used at the back
    std::list<std::shared_ptr<Waiter>> waiting;
  };

  Task<std::unique_ptr<Wire>> open(Endpoint endpoint, milliseconds connect_max);
  std::unique_ptr<Wire> take_idle(const Endpoint& endpoint);
  void close_oldest();
  void close_stale();
  // Closes the oldest idle ones until the places and the idle connections together are `total` at most.
  void make_room(std::size_t total);
  void leave(const Endpoint& endpoint, std::unique_ptr<Wire> reusable);
  void forget_if_unused(const Endpoint& endpoint);

  boost::asio::any_io_executor executor_;
  Clock& clock_;
  PoolOptions options_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::map<Endpoint, Line> lines_;
  IdleList idle_;  // of all endpoints, the most recently used at the back
  std::size_t out_ = 0;
  bool closed_ = false;
};

}  // namespace s3dr::http
