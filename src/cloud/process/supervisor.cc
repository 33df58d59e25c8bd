#include "cloud/process/supervisor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/task_group.h"
#include "cloud/process/child_process.h"
#include "cloud/process/supervisor_socket.h"
#include "http/pool.h"

namespace s3dr::cloud {
namespace asio = boost::asio;
namespace json = boost::json;
using Local = asio::local::stream_protocol;
namespace {

constexpr milliseconds ready_max(20'000);
constexpr milliseconds stop_grace(5'000);
constexpr milliseconds look_every(200);
constexpr milliseconds request_max(60'000);
constexpr milliseconds answer_max(1'000);  // of a region that is asked whether it lives
constexpr milliseconds alive_max(20'000);  // for a region that does not answer to end, or to answer

class FolderLock {
 public:
  explicit FolderLock(const Installation& installation)
      : descriptor_(
            ::open((installation.folder + "/supervisor.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (descriptor_ >= 0) ::close(descriptor_);
      throw Error(ErrorKind::precondition_failed, "this cloud is already running")
          .with_resource(installation.folder)
          .with_advice("see it with: s3dr cloud status --data " + installation.folder);
    }
  }
  ~FolderLock() { ::close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

std::string refusal(const Error& error) {
  return json::serialize(
      json::object{{"ok", false},
                   {"kind", error.kind() == ErrorKind::invalid ? "invalid" : "unavailable"},
                   {"message", error.message()},
                   {"resource", error.resource()}});
}

}  // namespace

struct Supervisor::State {
  State(Installation given, Clock& a_clock, Log& a_log)
      : installation(std::move(given)), clock(a_clock), log(a_log), lock(installation) {}

  Installation installation;
  Clock& clock;
  Log& log;
  FolderLock lock;
  SupervisorNews news;
  std::map<s3::Region, std::unique_ptr<ChildProcess>> children;
  std::map<s3::Region, std::string> endings;  // of regions that are not running
  std::set<s3::Region> changing;              // being started or stopped just now

  void tell(const s3::Region& region, const std::string& what) {
    log.info("region", {{"region", region.text()}, {"what", what}});
    if (news.region_changed) news.region_changed(region, what);
  }

  void require_region(const s3::Region& region) const {
    if (installation.find(region) == nullptr)
      throw Error(ErrorKind::invalid, "this cloud has no region " + region.text());
  }

  void launch(const s3::Region& region);
  Task<> until_ready(s3::Region region);
  Task<> stop(s3::Region region);
  void look();
  Task<> watch();
  Task<bool> is_alive(s3::Region region);
  Task<std::string> obey(std::string line);
  Task<> serve(Local::socket peer);
  Task<> listen(TaskGroup& peers);
  Task<> work();
  Task<> stop_all();
  std::string status() const;
};

void Supervisor::State::launch(const s3::Region& region) {
  ChildOptions options;
  options.arguments = {"region", "--data", installation.folder, region.text()};
  options.log_path = installation.region_folder(region) + "/region.log";
  options.reports_ready = true;
  make_region_folder(installation, region);
  children[region] = std::make_unique<ChildProcess>(options);
  changing.insert(region);
}

Task<> Supervisor::State::until_ready(s3::Region region) {
  ChildProcess& child = *children.at(region);
  std::optional<Error> failure;
  try {
    co_await child.wait_ready(clock, ready_max);
  } catch (const Error& error) {
    failure = error;
  }
  changing.erase(region);
  if (!failure) {
    endings.erase(region);
    co_return;
  }
  child.kill();
  endings[region] = child.ending();
  children.erase(region);
  throw Error(failure->kind(), "region " + region.text() + " " + failure->message())
      .with_resource(failure->resource());
}

Task<> Supervisor::State::stop(s3::Region region) {
  const auto found = children.find(region);
  if (found == children.end()) co_return;
  changing.insert(region);
  co_await found->second->stop(clock, stop_grace);
  changing.erase(region);
  children.erase(region);
  endings[region] = "stopped";
}

// Notices the dead.
void Supervisor::State::look() {
  for (auto child = children.begin(); child != children.end();) {
    if (changing.contains(child->first) || child->second->running()) {
      ++child;
      continue;
    }
    const s3::Region region = child->first;
    const std::string ending = child->second->ending();
    child = children.erase(child);
    endings[region] = ending;
    tell(region, "ended: " + ending);
  }
}

Task<> Supervisor::State::watch() {
  while (true) {
    look();
    co_await clock.sleep(look_every);
  }
}

std::string Supervisor::State::status() const {
  json::array regions;
  for (const RegionPorts& ports : installation.regions) {
    const auto child = children.find(ports.region);
    const auto ending = endings.find(ports.region);
    regions.push_back({{"region", ports.region.text()},
                       {"running", child != children.end()},
                       {"pid", child != children.end() ? child->second->pid() : 0},
                       {"ending", ending != endings.end() ? ending->second : std::string()}});
  }
  return json::serialize(json::object{{"ok", true}, {"message", ""}, {"regions", std::move(regions)}});
}

namespace {

// True: the region's door answers; any answer will do.
Task<bool> answers(Clock& clock, std::uint16_t port) {
  const auto executor = co_await asio::this_coro::executor;
  const auto pool = http::make_pool(executor, clock, http::PoolOptions());
  HttpRequest request;
  request.method = "GET";
  request.target = "/";
  bool answered = false;
  try {
    Error late(ErrorKind::unavailable, "no answer");
    const http::SendOptions options;
    Task<HttpResponse> sending =
        pool->send(Endpoint::parse("http://127.0.0.1:" + std::to_string(port)), std::move(request), options);
    co_await with_deadline(clock, answer_max, std::move(sending), late);
    answered = true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
  }
  co_return answered;
}

}  // namespace

// A process that was just killed is still there for a moment, and so is its socket. It is alive when it
// answers; it is dead when it has ended. Raises unavailable when it does neither.
Task<bool> Supervisor::State::is_alive(s3::Region region) {
  const milliseconds began = clock.uptime();
  while (clock.uptime() - began < alive_max) {
    if (co_await answers(clock, installation.find(region)->http)) co_return true;
    look();
    if (!children.contains(region)) co_return false;
    co_await clock.sleep(milliseconds(20));
  }
  throw Error(ErrorKind::unavailable, region.text() + " runs, but does not answer: stop it first");
}

Task<std::string> Supervisor::State::obey(std::string line) {
  look();
  if (line == "status") co_return status();
  const auto blank = line.find(' ');
  const std::string verb = line.substr(0, blank);
  if (blank == std::string::npos || (verb != "start" && verb != "stop"))
    throw Error(ErrorKind::invalid, "not understood: " + line);
  const s3::Region region = s3::Region::parse(line.substr(blank + 1));
  require_region(region);
  if (changing.contains(region))
    throw Error(ErrorKind::unavailable, region.text() + " is being started or stopped just now");
  bool runs = children.contains(region);
  if (runs && verb == "start") {
    runs = co_await is_alive(region);
    // Somebody else may have asked for the same meanwhile.
    if (changing.contains(region))
      throw Error(ErrorKind::unavailable, region.text() + " is being started or stopped just now");
    runs = runs || children.contains(region);
  }
  std::string message = region.text() + (verb == "start" ? " is running already" : " is not running");
  if (verb == "start" && !runs) {
    launch(region);
    co_await until_ready(region);
    message = region.text() + " started";
    tell(region, "started");
  } else if (verb == "stop" && runs) {
    co_await stop(region);
    message = region.text() + " stopped";
    tell(region, "stopped");
  }
  co_return json::serialize(json::object{{"ok", true}, {"message", message}});
}

Task<> Supervisor::State::serve(Local::socket peer) {
  std::string request;
  auto [failure, length] = co_await asio::async_read_until(peer, asio::dynamic_buffer(request, 4096), '\n',
                                                           asio::as_tuple(asio::use_awaitable));
  if (failure) co_return;
  std::string answer;
  try {
    answer = co_await obey(request.substr(0, length - 1));
  } catch (const Error& error) {
    answer = refusal(error);
  }
  co_await asio::async_write(peer, asio::buffer(answer), asio::as_tuple(asio::use_awaitable));
}

Task<> serve_in_time(Clock& clock, Task<> serving) {
  try {
    co_await with_deadline(clock, request_max, std::move(serving));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;  // a peer that is slow hurts only itself
  }
}

Task<> Supervisor::State::listen(TaskGroup& peers) {
  const auto executor = co_await asio::this_coro::executor;
  Local::acceptor acceptor(executor, Local(), listen_at(installation.socket_path()));
  while (true) {
    Local::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
    peers.spawn(serve_in_time(clock, serve(std::move(peer))));
  }
}

Task<> Supervisor::State::work() {
  const auto executor = co_await asio::this_coro::executor;
  for (const RegionPorts& ports : installation.regions) launch(ports.region);
  for (const RegionPorts& ports : installation.regions) co_await until_ready(ports.region);
  if (news.all_ready) news.all_ready();
  TaskGroup peers(executor);
  peers.spawn(watch());
  std::exception_ptr failure;
  try {
    co_await listen(peers);
  } catch (...) {
    failure = std::current_exception();
  }
  peers.cancel();
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await peers.join();
  std::rethrow_exception(failure);
}

Task<> Supervisor::State::stop_all() {
  for (auto& [region, child] : children) child->terminate();
  for (auto& [region, child] : children) co_await child->stop(clock, stop_grace);
  children.clear();
  ::unlink(installation.socket_path().c_str());
}

Supervisor::Supervisor(Installation installation, Clock& clock, Log& log)
    : state_(std::make_unique<State>(std::move(installation), clock, log)) {}

Supervisor::~Supervisor() = default;

Task<> Supervisor::run(SupervisorNews news) {
  State& state = *state_;
  state.news = std::move(news);
  co_await with_clean_up(state.work(), [&state] { return state.stop_all(); });
}

namespace {

json::object ask_supervisor(const Installation& installation, const std::string& line) {
  std::string text;
  try {
    text = ask(installation.socket_path(), line);
  } catch (const Error& error) {
    throw Error(error.kind(), error.message())
        .with_resource(error.resource())
        .with_advice("start it with: s3dr cloud start --data " + installation.folder);
  }
  json::object answer;
  try {
    answer = json::parse(text).as_object();
    answer.at("message").as_string();
    if (answer.at("ok").as_bool()) return answer;
  } catch (const std::exception&) {
    throw Error(ErrorKind::corrupt, "the supervisor's answer is not understood")
        .with_resource(installation.socket_path());
  }
  const json::value* kind = answer.if_contains("kind");
  const bool invalid = kind != nullptr && *kind == "invalid";
  throw Error(invalid ? ErrorKind::invalid : ErrorKind::unavailable,
              std::string(answer.at("message").as_string()))
      .with_resource(std::string(answer.at("resource").as_string()));
}

}  // namespace

std::vector<RegionStatus> supervisor_status(const Installation& installation) {
  const json::object answer = ask_supervisor(installation, "status");
  std::vector<RegionStatus> regions;
  for (const json::value& item : answer.at("regions").as_array()) {
    const json::object& region = item.as_object();
    regions.push_back({s3::Region::parse(std::string_view(region.at("region").as_string())),
                       region.at("running").as_bool(), static_cast<int>(region.at("pid").as_int64()),
                       std::string(region.at("ending").as_string())});
  }
  return regions;
}

std::string start_region(const Installation& installation, const s3::Region& region) {
  return std::string(ask_supervisor(installation, "start " + region.text()).at("message").as_string());
}

std::string stop_region(const Installation& installation, const s3::Region& region) {
  return std::string(ask_supervisor(installation, "stop " + region.text()).at("message").as_string());
}

}  // namespace s3dr::cloud
