#include "http/pool_lines.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <optional>
#include <utility>

#include "base/deadline.h"
#include "base/error.h"
#include "http/descriptors.h"
#include "http/dial.h"
#include "http/tls_context.h"

namespace s3dr::http {

namespace asio = boost::asio;

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    drop();
    lines_ = std::move(other.lines_);
    endpoint_ = std::move(other.endpoint_);
    wire_ = std::move(other.wire_);
    pooled_ = other.pooled_;
  }
  return *this;
}

Lease::~Lease() {
  drop();
}

void Lease::drop() {
  wire_.reset();
  if (const auto lines = std::exchange(lines_, nullptr)) lines->leave(endpoint_, nullptr);
}

void Lease::give_back() {
  if (const auto lines = std::exchange(lines_, nullptr)) lines->leave(endpoint_, std::move(wire_));
}

Task<> Lease::connect(bool fresh_only, milliseconds connect_max) {
  S3DR_CHECK(lines_ != nullptr);
  wire_.reset();
  pooled_ = false;
  if (!fresh_only) wire_ = lines_->take_idle(endpoint_);
  if (wire_ != nullptr) {
    pooled_ = true;
    co_return;
  }
  const auto lines = lines_;
  lines->make_room(lines->options_.connections_max);
  for (bool made_room = false;; made_room = true) {
    try {
      wire_ = co_await lines->open(endpoint_, connect_max);
      co_return;
    } catch (const Error& failure) {
      // Told by the failure itself, even if a descriptor was closed meanwhile.
      const bool is_told = dynamic_cast<const NoDescriptorFree*>(&failure) != nullptr;
      if (!is_told && !descriptors_exhausted()) throw;
    }
    if (made_room || lines->idle_.empty()) break;
    lines->make_room(0);
  }
  throw Error(ErrorKind::unavailable,
              "no file descriptor is free for a connection (" + descriptor_limit_text() + ")")
      .with_resource(endpoint_.url())
      .with_advice(
          "raise the limit (ulimit -n, LimitNOFILE), or lower serve.queue.concurrency_max and "
          "serve.verify.concurrency");
}

PoolLines::PoolLines(asio::any_io_executor executor, Clock& clock, PoolOptions options)
    : executor_(std::move(executor)), clock_(clock), options_(std::move(options)) {
  if (options_.connections_per_endpoint_max == 0 || options_.connections_max == 0)
    throw Error(ErrorKind::invalid, "a pool needs at least one connection");
  // Bundles named by the user are read at once, so that a wrong path is an error before anything else is
  // started; the system's are read when the first https endpoint is asked for.
  if (!options_.ca_bundle_path.empty() || !options_.ca_pem.empty())
    tls_ = make_client_tls(options_.ca_bundle_path, options_.ca_pem);
}

// A place in line; whoever leaves the line by an exception leaves neither a ghost in it nor an unused place.
struct PoolLines::Place {
  PoolLines& lines;
  const Endpoint& endpoint;
  std::shared_ptr<Waiter> waiter;
  bool taken = false;

  ~Place() {
    if (taken) return;
    if (waiter->granted) {
      lines.leave(endpoint, nullptr);
    } else {
      lines.lines_[endpoint].waiting.remove(waiter);
      lines.forget_if_unused(endpoint);
    }
  }
};

Task<Lease> PoolLines::enter(Endpoint endpoint) {
  Line& line = lines_[endpoint];
  if (line.out < options_.connections_per_endpoint_max && line.waiting.empty()) {
    ++line.out;
    ++out_;
  } else {
    Place place{*this, endpoint, std::make_shared<Waiter>(executor_)};
    line.waiting.push_back(place.waiter);
    co_await place.waiter->turn.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!place.waiter->granted) throw boost::system::system_error(asio::error::operation_aborted);
    place.taken = true;
  }
  Lease lease;
  lease.lines_ = shared_from_this();
  lease.endpoint_ = std::move(endpoint);
  co_return std::move(lease);
}

std::unique_ptr<Wire> PoolLines::take_idle(const Endpoint& endpoint) {
  if (closed_) return nullptr;
  close_stale();
  const auto found = lines_.find(endpoint);
  if (found == lines_.end()) return nullptr;
  auto& idle = found->second.idle;
  while (!idle.empty()) {
    auto wire = std::move(idle.back()->wire);
    idle_.erase(idle.back());
    idle.pop_back();
    if (wire->quiet()) return wire;
  }
  return nullptr;
}

Task<std::unique_ptr<Wire>> PoolLines::open(Endpoint endpoint, milliseconds connect_max) {
  if (closed_) throw Error(ErrorKind::unavailable, "the connection pool is closed");
  std::optional<Proxy> proxy = options_.proxies.proxy_for(endpoint);
  if (endpoint.tls && tls_ == nullptr) tls_ = make_client_tls(options_.ca_bundle_path, options_.ca_pem);
  Error too_slow(ErrorKind::unavailable,
                 "no connection within the time limit" +
                     (proxy ? ", through the proxy " + proxy->endpoint.url() + " (" + proxy->variable + ")"
                            : std::string()));
  too_slow.with_resource(endpoint.url());
  co_return co_await with_deadline(clock_, connect_max, dial(endpoint, std::move(proxy), tls_), too_slow);
}

// The oldest of all is also the oldest of its line.
void PoolLines::close_oldest() {
  const Endpoint endpoint = std::move(idle_.front().endpoint);
  idle_.pop_front();
  lines_.at(endpoint).idle.pop_front();
  forget_if_unused(endpoint);
}

void PoolLines::close_stale() {
  const milliseconds now = clock_.uptime();
  while (!idle_.empty() && now - idle_.front().since > options_.idle_connection_max) close_oldest();
}

void PoolLines::make_room(std::size_t total) {
  while (!idle_.empty() && out_ + idle_.size() > total) close_oldest();
}

void PoolLines::leave(const Endpoint& endpoint, std::unique_ptr<Wire> reusable) {
  Line& line = lines_[endpoint];
  if (!closed_) close_stale();  // cannot forget this line: its place is still out
  if (reusable != nullptr && !closed_) {
    reusable->rest();
    line.idle.push_back(idle_.insert(idle_.end(), {endpoint, std::move(reusable), clock_.uptime()}));
  }
  if (line.waiting.empty()) {
    --line.out;
    --out_;
    make_room(options_.connections_max);
    forget_if_unused(endpoint);
    return;
  }
  // The place goes from hand to hand: `out` stays as it is.
  const auto next = line.waiting.front();
  line.waiting.pop_front();
  next->granted = true;
  next->turn.cancel();
}

void PoolLines::forget_if_unused(const Endpoint& endpoint) {
  const auto found = lines_.find(endpoint);
  if (found == lines_.end()) return;
  const Line& line = found->second;
  if (line.out == 0 && line.idle.empty() && line.waiting.empty()) lines_.erase(found);
}

void PoolLines::close() {
  closed_ = true;
  for (auto& [endpoint, line] : lines_) line.idle.clear();
  idle_.clear();
}

}  // namespace s3dr::http
