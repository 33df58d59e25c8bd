// The pool against servers that misbehave, byte by byte as a script says.
#include <algorithm>
#include <deque>

#include "base/deadline.h"
#include "unit/http/loopback.h"

namespace s3dr::http {
namespace {

using asio::ip::tcp;
using testing::HasSubstr;

// What a scripted server does with its next connection: for each request head that arrives, one answer.
// "<close>" closes, "<reset>" resets, "<hang>" waits, "<read N>" reads N bytes of body first.
using Script = std::vector<std::string>;

class Scripted {
 public:
  explicit Scripted(asio::io_context& io)
      : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}
  Endpoint endpoint() const { return {false, "127.0.0.1", acceptor_.local_endpoint().port()}; }
  void stop() { acceptor_.close(); }

  Task<> run() {
    TaskGroup group(co_await asio::this_coro::executor);
    try {
      while (true) {
        auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
        Script script = scripts.empty() ? Script{} : scripts.front();
        if (!scripts.empty()) scripts.pop_front();
        ++connections;
        group.spawn(serve(std::move(socket), std::move(script)));
      }
    } catch (const boost::system::system_error&) {
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    group.cancel();
    co_await group.join();
  }

  std::deque<Script> scripts;
  int connections = 0;
  int requests = 0;
  std::string received;

 private:
  Task<> serve(tcp::socket socket, Script script) {
    try {
      std::string pending;
      for (const std::string& step : script) {
        if (step.starts_with("<read ")) {
          const std::size_t wanted = std::stoul(step.substr(6));
          while (pending.size() < wanted) co_await more(socket, pending);
          pending.erase(0, wanted);
        } else if (step == "<close>") {
          break;
        } else if (step == "<reset>") {
          socket.set_option(asio::socket_base::linger(true, 0));
          break;
        } else if (step == "<hang>") {
          asio::steady_timer timer(socket.get_executor(), 1h);
          co_await timer.async_wait(asio::use_awaitable);
        } else if (step == "<head>") {
          std::size_t end = 0;
          while ((end = pending.find("\r\n\r\n")) == std::string::npos) co_await more(socket, pending);
          pending.erase(0, end + 4);
          ++requests;
        } else {
          co_await asio::async_write(socket, asio::buffer(step), asio::use_awaitable);
        }
      }
    } catch (const boost::system::system_error&) {
    }
  }

  Task<> more(tcp::socket& socket, std::string& pending) {
    char piece[16 * 1024];
    const std::size_t count = co_await socket.async_read_some(asio::buffer(piece), asio::use_awaitable);
    pending.append(piece, count);
    received.append(piece, count);
  }

  tcp::acceptor acceptor_;
};

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class PoolScript : public Loopback {
 public:
  PoolScript() : scripted(io_) {}

  void with_scripts(std::deque<Script> scripts, Task<> work, milliseconds limit = 10s) {
    scripted.scripts = std::move(scripts);
    run(around(std::move(work)), limit);
  }
  Task<> around(Task<> work) {
    TaskGroup group(io_.get_executor());
    group.spawn(scripted.run());
    std::exception_ptr failure;
    try {
      co_await std::move(work);
    } catch (...) {
      failure = std::current_exception();
    }
    scripted.stop();
    group.cancel();
    co_await group.join();
    if (failure) std::rethrow_exception(failure);
  }

  // "status body" or "error kind: text"
  Task<std::string> outcome(HttpRequest request, SendOptions options = {}) {
    try {
      auto response = co_await pool().send(scripted.endpoint(), std::move(request), options);
      co_return std::to_string(response.status) + " " + co_await response.body.read_all(1 << 20);
    } catch (const Error& error) {
      co_return std::string(to_string(error.kind())) + ": " + error.message();
    }
  }

  Scripted scripted;
};

TEST_F(PoolScript, AConnectionServesManyRequests) {
  with_scripts(
      {{"<head>", ok, "<head>", ok, "<head>", "HTTP/1.1 204 No Content\r\n\r\n", "<head>",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1;x\r\nb\r\n0\r\nT: t\r\n\r\n",
        "<head>", ok}},
      [](PoolScript* t) -> Task<> {
        EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
        EXPECT_EQ(co_await t->outcome(put("/", Body("x"))), "200 ok");
        EXPECT_EQ(co_await t->outcome(get("/")), "204 ");
        EXPECT_EQ(co_await t->outcome(get("/")), "200 ab");
        EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
        EXPECT_EQ(t->scripted.connections, 1);
        EXPECT_EQ(t->scripted.requests, 5);
      }(this));
}

TEST_F(PoolScript, HeadHasALengthButNoBody) {
  with_scripts({{"<head>", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "<head>", ok}},
               [](PoolScript* t) -> Task<> {
                 HttpRequest request = get("/");
                 request.method = "HEAD";
                 auto response = co_await t->pool().send(t->scripted.endpoint(), std::move(request), {});
                 EXPECT_EQ(response.headers.get("Content-Length"), "99");
                 EXPECT_EQ(co_await response.body.read_all(10), "");
                 EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
                 EXPECT_EQ(t->scripted.connections, 1);
               }(this));
}

TEST_F(PoolScript, InterimAnswersAreSkipped) {
  with_scripts({{"<head>", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + ok}},
               [](PoolScript* t) -> Task<> { EXPECT_EQ(co_await t->outcome(get("/")), "200 ok"); }(this));
}

TEST_F(PoolScript, ABodyWithoutLengthEndsWithTheConnection) {
  with_scripts({{"<head>", "HTTP/1.1 200 OK\r\n\r\nabc", "<close>"}, {"<head>", ok}},
               [](PoolScript* t) -> Task<> {
                 EXPECT_EQ(co_await t->outcome(get("/")), "200 abc");
                 EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
                 EXPECT_EQ(t->scripted.connections, 2);
               }(this));
}

TEST_F(PoolScript, ConnectionCloseIsHonoured) {
  with_scripts({{"<head>", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", "<hang>"},
                {"<head>", ok}},
               [](PoolScript* t) -> Task<> {
                 EXPECT_EQ(co_await t->outcome(get("/")), "200 a");
                 EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
                 EXPECT_EQ(t->scripted.connections, 2);
               }(this));
}

TEST_F(PoolScript, BytesBehindAnAnswerSpoilTheConnection) {
  // A smuggled second answer must never be taken for the next request's.
  with_scripts(
      {{"<head>", ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "<hang>"}, {"<head>", ok}},
      [](PoolScript* t) -> Task<> {
        EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
        EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
        EXPECT_EQ(t->scripted.connections, 2);
      }(this));
}

TEST_F(PoolScript, TruncatedBodiesAreUnavailable) {
  with_scripts({{"<head>", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "<close>"},
                {"<head>", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "<close>"},
                {"<head>", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "<close>"},
                {"<head>", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc", "<reset>"}},
               [](PoolScript* t) -> Task<> {
                 for (int i = 0; i < 4; ++i)
                   EXPECT_THAT(co_await t->outcome(get("/")), HasSubstr("unavailable:")) << i;
               }(this));
}

TEST_F(PoolScript, MalformedChunksAreCorrupt) {
  with_scripts(
      {{"<head>", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", "<hang>"},
       {"<head>", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(100'000, '1'),
        "<hang>"}},
      [](PoolScript* t) -> Task<> {
        EXPECT_THAT(co_await t->outcome(get("/")), HasSubstr("corrupt:"));
        EXPECT_THAT(co_await t->outcome(get("/")), HasSubstr("corrupt:"));
      }(this));
}

TEST_F(PoolScript, MalformedAndOversizedHeadsAreOfUnknownOutcome) {
  with_scripts({{"<head>", "SSH-2.0-OpenSSH\r\n\r\n", "<hang>"},
                {"<head>", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "<hang>"},
                {"<head>", "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", "<hang>"},
                {"<head>", "HTTP/1.1 200 OK\r\nCont", "<close>"},
                {"<head>", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "<hang>"}},
               [](PoolScript* t) -> Task<> {
                 for (int i = 0; i < 5; ++i)
                   EXPECT_THAT(co_await t->outcome(get("/")), HasSubstr("outcome unknown:")) << i;
                 EXPECT_EQ(t->scripted.connections, 5);
               }(this));
}

TEST_F(PoolScript, ADeadPooledConnectionIsReplacedOnceForReads) {
  with_scripts({{"<head>", ok, "<head>", "<close>"}, {"<head>", ok}}, [](PoolScript* t) -> Task<> {
    EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
    EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
    EXPECT_EQ(t->scripted.connections, 2);
    EXPECT_EQ(t->scripted.requests, 3);
  }(this));
}

TEST_F(PoolScript, ADeadPooledConnectionIsNotReplacedForWrites) {
  with_scripts({{"<head>", ok, "<head>", "<close>"}, {"<head>", ok}}, [](PoolScript* t) -> Task<> {
    EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
    EXPECT_THAT(co_await t->outcome(put("/", Body("x"))), HasSubstr("outcome unknown:"));
    EXPECT_EQ(t->scripted.requests, 2);
  }(this));
}

TEST_F(PoolScript, AFreshConnectionThatDiesIsNotTriedAgain) {
  with_scripts({{"<head>", "<close>"}, {"<head>", ok}}, [](PoolScript* t) -> Task<> {
    EXPECT_THAT(co_await t->outcome(get("/")), HasSubstr("outcome unknown:"));
    EXPECT_EQ(t->scripted.connections, 1);
  }(this));
}

TEST_F(PoolScript, AnIdleConnectionTheServerClosedIsNotUsed) {
  with_scripts({{"<head>", ok, "<close>"}, {"<head>", ok}}, [](PoolScript* t) -> Task<> {
    EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
    co_await t->clock_->sleep(50ms);
    EXPECT_EQ(co_await t->outcome(put("/", Body("x"))), "200 ok");
    EXPECT_EQ(t->scripted.connections, 2);
  }(this));
}

TEST_F(PoolScript, AnOldIdleConnectionIsNotUsed) {
  PoolOptions options;
  options.idle_connection_max = 20ms;
  pool(options);
  with_scripts({{"<head>", ok, "<hang>"}, {"<head>", ok}}, [](PoolScript* t) -> Task<> {
    EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
    co_await t->clock_->sleep(60ms);
    EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
    EXPECT_EQ(t->scripted.connections, 2);
  }(this));
}

TEST_F(PoolScript, NobodyListeningIsUnavailable) {
  const Endpoint nobody = scripted.endpoint();
  scripted.stop();
  run([](PoolScript* t, Endpoint gone) -> Task<> {
    EXPECT_EQ(co_await failure_of(t->pool().send(gone, put("/", Body("x")), {})), "unavailable");
  }(this, nobody));
}

TEST_F(PoolScript, ASilentServerIsOfUnknownOutcomeAfterTheLimit) {
  with_scripts({{"<head>", "<hang>"},
                {"<head>", "<hang>"},
                {"<head>", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "<hang>"}},
               [](PoolScript* t) -> Task<> {
                 SendOptions options;
                 options.idle_max = 100ms;
                 EXPECT_THAT(co_await t->outcome(get("/"), options), HasSubstr("outcome unknown: no answer"));
                 EXPECT_THAT(co_await t->outcome(put("/", Body(text_reader("abc"), 3)), options),
                             HasSubstr("outcome unknown: no answer"));
                 EXPECT_THAT(co_await t->outcome(get("/"), options), HasSubstr("unavailable:"));
               }(this));
}

TEST_F(PoolScript, AServerThatTakesNothingIsOfUnknownOutcome) {
  with_scripts({{"<hang>"}}, [](PoolScript* t) -> Task<> {
    SendOptions options;
    options.idle_max = 200ms;
    constexpr std::uint64_t bytes = 64ULL * 1024 * 1024;
    EXPECT_THAT(co_await t->outcome(put("/", Body(std::make_unique<PatternReader>(bytes), bytes)), options),
                HasSubstr("outcome unknown:"));
  }(this));
}

const std::string refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\nConnection: close\r\n\r\ndenied";

TEST_F(PoolScript, AnEarlyRefusalIsTheAnswerOfAnUpload) {
  with_scripts({{"<head>", refused, "<close>"},
                {"<head>", refused, "<hang>"},
                {"<head>", "<read 100000>", refused, "<close>"}},
               [](PoolScript* t) -> Task<> {
                 constexpr std::uint64_t bytes = 64ULL * 1024 * 1024;
                 for (int i = 0; i < 3; ++i)
                   EXPECT_EQ(
                       co_await t->outcome(put("/", Body(std::make_unique<PatternReader>(bytes), bytes))),
                       "403 denied");
                 EXPECT_EQ(t->scripted.connections, 3);
               }(this));
}

TEST_F(PoolScript, AnEarlyRefusalOfATextBodyToo) {
  with_scripts({{"<head>", refused, "<close>"}}, [](PoolScript* t) -> Task<> {
    EXPECT_EQ(co_await t->outcome(put("/", Body(std::string(20 * 1024 * 1024, 'x')))), "403 denied");
  }(this));
}

TEST_F(PoolScript, AnEarlySuccessStillGetsTheWholeBody) {
  with_scripts({{"<head>", ok, "<read 3000000>", "<head>", ok}}, [](PoolScript* t) -> Task<> {
    EXPECT_EQ(co_await t->outcome(put("/", Body(std::make_unique<PatternReader>(3'000'000), 3'000'000))),
              "200 ok");
    EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
    EXPECT_EQ(t->scripted.connections, 1);
  }(this));
}

TEST_F(PoolScript, AnUploadCutOffIsOfUnknownOutcome) {
  with_scripts({{"<head>", "<read 100000>", "<reset>"}}, [](PoolScript* t) -> Task<> {
    constexpr std::uint64_t bytes = 64ULL * 1024 * 1024;
    EXPECT_THAT(co_await t->outcome(put("/", Body(std::make_unique<PatternReader>(bytes), bytes))),
                HasSubstr("outcome unknown:"));
  }(this));
}

TEST_F(PoolScript, AFailingSourceIsToldAsItIsAndNeverLooksComplete) {
  with_scripts({{"<head>", "<read 900000>", ok}, {"<head>", "<hang>"}, {"<head>", "<read 20>", ok}},
               [](PoolScript* t) -> Task<> {
                 EXPECT_THAT(co_await t->outcome(
                                 put("/", Body(std::make_unique<PatternReader>(900'000, 500'000), 900'000))),
                             HasSubstr("corrupt: planted"));
                 EXPECT_THAT(co_await t->outcome(put(
                                 "/", Body(std::make_unique<PatternReader>(900'000, 500'000), std::nullopt))),
                             HasSubstr("corrupt: planted"));
                 EXPECT_THAT(co_await t->outcome(put("/", Body(std::make_unique<PatternReader>(30), 20))),
                             HasSubstr("invalid:"));
               }(this));
  EXPECT_THAT(scripted.received, testing::Not(HasSubstr("\r\n0\r\n\r\n")));
}

HttpRequest expecting(std::string body) {
  HttpRequest request = Loopback::put("/", Body(std::move(body)));
  request.headers.add("Expect", "100-continue");
  return request;
}

TEST_F(PoolScript, ExpectWaitsForTheContinue) {
  with_scripts({{"<head>", "HTTP/1.1 100 Continue\r\n\r\n", "<read 3>", ok, "<head>", refused, "<hang>"}},
               [](PoolScript* t) -> Task<> {
                 EXPECT_EQ(co_await t->outcome(expecting("abc")), "200 ok");
                 EXPECT_THAT(t->scripted.received, testing::EndsWith("abc"));
                 EXPECT_EQ(co_await t->outcome(expecting("body-never-sent")), "403 denied");
                 EXPECT_THAT(t->scripted.received, testing::Not(HasSubstr("body-never-sent")));
               }(this));
}

TEST_F(PoolScript, ExpectGoesOnWhenNoContinueComes) {
  with_scripts({{"<head>", "<read 3>", ok}}, [](PoolScript* t) -> Task<> {
    EXPECT_EQ(co_await t->outcome(expecting("abc")), "200 ok");
  }(this));
}

Task<> one_of_many(PoolScript* t, int* done) {
  EXPECT_EQ(co_await t->fetch(Loopback::get("/")), "hi");
  ++*done;
}

int running_now = 0;
int running_most = 0;
Task<HttpResponse> counts_concurrency(HttpRequest) {
  running_most = std::max(running_most, ++running_now);
  asio::steady_timer timer(co_await asio::this_coro::executor, 2ms);
  co_await timer.async_wait(asio::use_awaitable);
  --running_now;
  HttpResponse response;
  response.body = Body("hi");
  co_return response;
}

TEST_F(PoolScript, RequestsBeyondTheLimitWaitInLine) {
  running_now = running_most = 0;
  serve(counts_concurrency);
  PoolOptions options;
  options.connections_per_endpoint_max = 5;
  pool(options);
  int done = 0;
  run([](PoolScript* t, int* count) -> Task<> {
    TaskGroup group(co_await asio::this_coro::executor);
    for (int i = 0; i < 200; ++i) group.spawn(one_of_many(t, count));
    co_await group.join();
  }(this, &done));
  EXPECT_EQ(done, 200);
  EXPECT_EQ(running_most, 5);
}

TEST_F(PoolScript, CancelledInLineOrOnTheWayGivesThePlaceBack) {
  PoolOptions options;
  options.connections_per_endpoint_max = 1;
  pool(options);
  with_scripts({{"<head>", "<hang>"}, {"<head>", ok}}, [](PoolScript* t) -> Task<> {
    TaskGroup second(co_await asio::this_coro::executor);
    second.spawn([](PoolScript* owner) -> Task<> { (void)co_await owner->outcome(get("/")); }(t));
    second.spawn([](PoolScript* owner) -> Task<> { (void)co_await owner->outcome(get("/")); }(t));
    co_await t->clock_->sleep(50ms);
    EXPECT_EQ(t->scripted.connections, 1);
    second.cancel();
    co_await second.join();
    EXPECT_EQ(co_await t->outcome(get("/")), "200 ok");
    EXPECT_EQ(t->scripted.connections, 2);
  }(this));
}

TEST_F(PoolScript, ABodyMayOutliveThePoolAndAnAbandonedOneFreesItsPlace) {
  PoolOptions options;
  options.connections_per_endpoint_max = 1;
  pool(options);
  const std::string large = "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x');
  with_scripts({{"<head>", large}, {"<head>", large}}, [](PoolScript* t) -> Task<> {
    {
      auto abandoned = co_await t->pool().send(t->scripted.endpoint(), get("/"), {});
    }
    auto kept = co_await t->pool().send(t->scripted.endpoint(), get("/"), {});
    t->pool_.reset();
    EXPECT_EQ((co_await kept.body.read_all(400'000)).size(), 300'000U);
  }(this));
}

// The server's stream is asked for no more than what the reader's slowness and the socket buffers allow.
std::uint64_t produced = 0;
class CountingReader : public BodyReader {
 public:
  Task<std::size_t> read(std::span<char> buffer) override {
    produced += buffer.size();
    std::fill(buffer.begin(), buffer.end(), 'x');
    co_return buffer.size();
  }
};
Task<HttpResponse> endless(HttpRequest) {
  HttpResponse response;
  response.body = Body(std::make_unique<CountingReader>(), std::nullopt);
  co_return response;
}

TEST_F(PoolScript, ASlowReaderHoldsTheSenderBack) {
  produced = 0;
  serve(endless);
  run([](PoolScript* t) -> Task<> {
    auto response = co_await t->pool().send(t->endpoint(), get("/"), {});
    const auto reader = response.body.take_reader();
    char buffer[1024];
    for (int i = 0; i < 5; ++i) {
      EXPECT_GT(co_await reader->read(buffer), 0U);
      co_await t->clock_->sleep(30ms);
    }
    EXPECT_LT(produced, 32U * 1024 * 1024);
  }(this));
}

}  // namespace
}  // namespace s3dr::http
