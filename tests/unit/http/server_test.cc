// The server against raw sockets: attacks, pipelines, 100-continue, cut connections, limits, stopping.
#include <fstream>
#include <iterator>

#include "unit/http/loopback.h"

namespace s3dr::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Answers "METHOD target body"; /unread answers without reading; /throw throws; /late waits first.
Task<HttpResponse> handler(HttpRequest request) {
  HttpResponse response;
  if (request.target == "/throw") throw Error(ErrorKind::corrupt, "a secret detail");
  if (request.target == "/odd") throw 42;  // NOLINT: not even an exception object
  if (request.target == "/late") {
    asio::steady_timer timer(co_await asio::this_coro::executor, 100ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (request.target == "/empty") {
    response.status = 204;
  } else if (request.target == "/split") {
    response.headers.add("X", "a\r\nSet-Cookie: b");
  } else if (request.target == "/fail-at-once") {
    response.body = Body(std::make_unique<PatternReader>(1000, 0), 1000);
  } else if (request.target == "/fail-half-way") {
    response.body = Body(std::make_unique<PatternReader>(1'000'000, 500'000), 1'000'000);
  } else if (request.target == "/fail-half-way-chunked") {
    response.body = Body(std::make_unique<PatternReader>(1'000'000, 500'000), std::nullopt);
  } else if (request.target == "/stream") {
    response.body = Body(std::make_unique<PatternReader>(300'000), std::nullopt);
  } else if (request.target == "/short") {
    response.body = Body(std::make_unique<PatternReader>(10), 20);
  } else if (request.target == "/long") {
    response.body = Body(std::make_unique<PatternReader>(30), 20);
  } else if (request.target == "/head") {
    response.headers.add("Content-Length", "12345");
  } else if (request.target == "/unread") {
    response.body = Body("unread");
  } else {
    response.body =
        Body(request.method + " " + request.target + " " + co_await request.body.read_all(1 << 24));
  }
  co_return response;
}

class ServerSocket : public Loopback {
 public:
  void start(ServerOptions options = {}) { serve(handler, std::move(options)); }
};

std::string request_text(const std::string& line, const std::string& fields = "",
                         const std::string& body = "") {
  return line + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
const std::string closing = "Connection: close\r\n";

TEST_F(ServerSocket, AttacksAreAnsweredAndTheConnectionIsClosed) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::vector<std::pair<std::string, std::string>> attacks = {
        {request_text("POST /", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                      "0\r\n\r\n" + smuggled),
         "400"},
        {request_text("POST /", "Content-Length: 0\r\nContent-Length: 44\r\n", smuggled), "400"},
        {request_text("POST /", "Transfer-Encoding: chunked, identity\r\n", smuggled), "400"},
        {request_text("POST /", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + smuggled), "400"},
        {"GET / HTTP/1.1\nHost: a\n\n" + smuggled, "400"},
        {"GET / HTTP/1.1\r\nX: a\n\nHost: a\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\n\r\n" + smuggled, "400"},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n" + smuggled, "505"},
        {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, "400"},
        {"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled, "400"},
        {"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled, "400"},
        {"\x16\x03\x01\x02 TLS client hello\n", "400"},
        {"GET / HTTP/1.1\r\nX: " + std::string(40'000, 'a') + "\r\nHost: a\r\n\r\n" + smuggled, "431"},
    };
    for (const auto& [bytes, status] : attacks) {
      const std::string answer = co_await t->raw(bytes, true);
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + status)) << bytes.substr(0, 200);
      EXPECT_THAT(answer, HasSubstr("Connection: close"));
      EXPECT_THAT(answer, Not(HasSubstr("smuggled"))) << bytes.substr(0, 200);
    }
  }(this));
}

// The bytes of tests/data/http-1.0.txt behind its first line, which says what has to come of them.
std::string health_check() {
  std::ifstream file(S3DR_TEST_DATA "/http-1.0.txt", std::ios::binary);
  std::string expectation;
  std::getline(file, expectation);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(ServerSocket, AHealthCheckInHttp10IsAnsweredAndTheConnectionEnds) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const std::string answer = co_await t->raw(health_check());
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nGET /readyz "));
    // As Apache's bench and old clients ask; and nothing behind it is a request.
    const std::string again = co_await t->raw(
        "GET /once HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        true);
    EXPECT_THAT(again, EndsWith("GET /once "));
  }(this));
}

TEST_F(ServerSocket, AnHttp10ClientGetsNeitherChunksNorInterimAnswers) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const std::string stream = co_await t->raw("GET /stream HTTP/1.0\r\n\r\n");
    EXPECT_THAT(stream, Not(HasSubstr("Transfer-Encoding")));
    EXPECT_THAT(stream, Not(HasSubstr("Content-Length")));
    EXPECT_EQ(stream.size() - stream.find("\r\n\r\n") - 4, 300'000u);
    const std::string body =
        co_await t->raw("PUT /body HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_THAT(body, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(body, EndsWith("PUT /body abc"));
    // Half of it must not look like all of it.
    EXPECT_THAT(co_await t->raw("GET /fail-half-way-chunked HTTP/1.0\r\n\r\n"), EndsWith("<reset>"));
  }(this));
}

TEST_F(ServerSocket, MalformedChunksEndTheConnection) {
  start();
  run([](ServerSocket* t) -> Task<> {
    for (const std::string body : {"zz\r\n", "5\r\nabcdeXX", "-1\r\n\r\n", "5 \nabcde\r\n0\r\n\r\n"}) {
      const auto answer = co_await t->raw(
          request_text("PUT /", "Transfer-Encoding: chunked\r\n", body) + request_text("GET /next"), true);
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 400")) << body;
      EXPECT_THAT(answer, Not(HasSubstr("/next"))) << body;
    }
  }(this));
}

TEST_F(ServerSocket, PipelinedRequestsAreAnsweredInOrder) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const auto answer =
        co_await t->raw(request_text("GET /1") + request_text("PUT /2", "Content-Length: 3\r\n", "abc") +
                        request_text("PUT /3", "Transfer-Encoding: chunked\r\n",
                                     "2;x=y\r\nde\r\n1\r\nf\r\n0\r\nTrailer: t\r\n\r\n") +
                        request_text("GET /4", closing));
    const auto at = [&](const char* text) { return answer.find(text); };
    EXPECT_LT(at("GET /1 "), at("PUT /2 abc"));
    EXPECT_LT(at("PUT /2 abc"), at("PUT /3 def"));
    EXPECT_LT(at("PUT /3 def"), at("GET /4 "));
    EXPECT_THAT(answer, EndsWith("GET /4 "));
  }(this));
}

TEST_F(ServerSocket, AnUnreadBodyIsReadAwayAndTheConnectionGoesOn) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const auto answer =
        co_await t->raw(request_text("PUT /unread", "Content-Length: 200000\r\n", std::string(200'000, 'x')) +
                        request_text("GET /next", closing));
    EXPECT_THAT(answer, HasSubstr("unread"));
    EXPECT_THAT(answer, EndsWith("GET /next "));
  }(this));
}

TEST_F(ServerSocket, AHugeUnreadBodyEndsTheConnectionAfterTheAnswer) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const auto answer =
        co_await t->raw(request_text("PUT /unread", "Content-Length: 2000000\r\n", "begin"), true);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_THAT(answer, EndsWith("unread"));
  }(this));
}

TEST_F(ServerSocket, ContinueIsSentWhenTheHandlerReads) {
  start();
  run([](ServerSocket* t) -> Task<> {
    asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), t->server_->port()},
                                  asio::use_awaitable);
    const std::string head =
        request_text("PUT /c", "Expect: 100-continue\r\nContent-Length: 3\r\n" + closing);
    co_await asio::async_write(socket, asio::buffer(head), asio::use_awaitable);
    std::string interim(25, '\0');
    co_await asio::async_read(socket, asio::buffer(interim), asio::use_awaitable);
    EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
    co_await asio::async_write(socket, asio::buffer("abc", 3), asio::use_awaitable);
    EXPECT_THAT(co_await read_to_end(socket), EndsWith("PUT /c abc"));
  }(this));
}

TEST_F(ServerSocket, ContinueIsNotSentWhenTheHandlerDoesNotRead) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const auto answer =
        co_await t->raw(request_text("PUT /unread", "Expect: 100-continue\r\nContent-Length: 3\r\n"), true);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
  }(this));
}

TEST_F(ServerSocket, ContinueIsNotSentWhenTheBodyIsHereAlready) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const auto answer = co_await t->raw(
        request_text("PUT /c", "Expect: 100-continue\r\nContent-Length: 3\r\n" + closing, "abc"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer, EndsWith("PUT /c abc"));
  }(this));
}

TEST_F(ServerSocket, AHandlerThatThrowsGivesAnEmpty500AndALogLine) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const auto answer = co_await t->raw(request_text("GET /throw") + request_text("GET /odd") +
                                        request_text("GET /split") + request_text("GET /next", closing));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500"));
    EXPECT_THAT(answer, Not(HasSubstr("secret")));
    EXPECT_THAT(answer, Not(HasSubstr("Set-Cookie")));
    EXPECT_THAT(answer, EndsWith("GET /next "));
  }(this));
  EXPECT_EQ(log_.errors, 3);
  EXPECT_THAT(log_.lines, testing::Contains(HasSubstr("a secret detail")));
}

TEST_F(ServerSocket, ABodyThatFailsAtOnceIsA500) {
  start();
  run([](ServerSocket* t) -> Task<> {
    for (const std::string target : {"/fail-at-once", "/long"})
      EXPECT_THAT(co_await t->raw(request_text("GET " + target), true), StartsWith("HTTP/1.1 500")) << target;
  }(this));
}

TEST_F(ServerSocket, ABodyThatFailsHalfWayNeverLooksComplete) {
  start();
  run([](ServerSocket* t) -> Task<> {
    for (const std::string target : {"/fail-half-way", "/fail-half-way-chunked", "/short"}) {
      const auto answer = co_await t->raw(request_text("GET " + target));
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 200")) << target;
      EXPECT_THAT(answer, EndsWith("<reset>")) << target;
      EXPECT_THAT(answer, Not(HasSubstr("\r\n0\r\n\r\n"))) << target;
      EXPECT_LT(answer.size(), 900'000U) << target;
    }
  }(this));
}

TEST_F(ServerSocket, BodilessAnswers) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const auto head = co_await t->raw(request_text("HEAD /head", closing));
    EXPECT_THAT(head, HasSubstr("Content-Length: 12345\r\n"));
    EXPECT_THAT(head, EndsWith("\r\n\r\n"));
    const auto implied = co_await t->raw(request_text("HEAD /text", closing));
    EXPECT_THAT(implied, HasSubstr("Content-Length: 11\r\n"));
    EXPECT_THAT(implied, EndsWith("\r\n\r\n"));
    const auto empty = co_await t->raw(request_text("GET /empty", closing));
    EXPECT_THAT(empty, StartsWith("HTTP/1.1 204"));
    EXPECT_THAT(empty, Not(HasSubstr("Content-Length")));
  }(this));
}

TEST_F(ServerSocket, ABodyCutOffReachesTheHandlerAsAnError) {
  start();
  run([](ServerSocket* t) -> Task<> {
    const auto answer = co_await t->raw(request_text("PUT /cut", "Content-Length: 10\r\n", "abc"), true);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400"));
    const auto chunked =
        co_await t->raw(request_text("PUT /cut", "Transfer-Encoding: chunked\r\n", "5\r\nab"), true);
    EXPECT_THAT(chunked, StartsWith("HTTP/1.1 400"));
  }(this));
  EXPECT_THAT(log_.lines, testing::Contains(HasSubstr("middle of a body")));
}

TEST_F(ServerSocket, SilentAndSlowConnectionsAreClosed) {
  ServerOptions options;
  options.idle_max = 100ms;
  options.header_max = 100ms;
  start(options);
  run([](ServerSocket* t) -> Task<> {
    EXPECT_EQ(co_await t->raw(""), "");
    EXPECT_EQ(co_await t->raw("GET / HTTP/1.1\r\nHo"), "");
    EXPECT_THAT(co_await t->raw(request_text("PUT /slow", "Content-Length: 10\r\n", "abc")),
                Not(HasSubstr("HTTP/1.1 200")));
  }(this));
}

Task<> one_at_a_time(ServerSocket* t, int* answered) {
  EXPECT_THAT(co_await t->raw(request_text("GET /late", closing)), EndsWith("GET /late "));
  ++*answered;
}

TEST_F(ServerSocket, ConnectionsOverTheLimitWaitTheirTurn) {
  ServerOptions options;
  options.connections_max = 2;
  start(options);
  int answered = 0;
  run([](ServerSocket* t, int* answered) -> Task<> {
    TaskGroup group(co_await asio::this_coro::executor);
    for (int i = 0; i < 6; ++i) group.spawn(one_at_a_time(t, answered));
    co_await group.join();
  }(this, &answered));
  EXPECT_EQ(answered, 6);
}

// Strangers who connect and say nothing, or half a header, or are refused: they keep nobody out.
TEST_F(ServerSocket, IdleStrangersMakeRoomForAKnownPeerAndForNewOnes) {
  ServerOptions options;
  options.connections_max = 16;
  options.stranger_time = 20ms;
  start(options);
  run(
      [](ServerSocket* t) -> Task<> {
        const auto executor = co_await asio::this_coro::executor;
        const asio::ip::tcp::endpoint server{asio::ip::address_v4::loopback(), t->server_->port()};
        asio::ip::tcp::socket known(executor);
        co_await known.async_connect(server, asio::use_awaitable);
        const auto ask = [](asio::ip::tcp::socket& socket, std::string text,
                            std::string end) -> Task<std::string> {
          co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
          std::string answer;
          co_await asio::async_read_until(socket, asio::dynamic_buffer(answer), end, asio::use_awaitable);
          co_return answer;
        };
        EXPECT_THAT(co_await ask(known, request_text("GET /first"), "/first "), StartsWith("HTTP/1.1 200"));
        std::vector<asio::ip::tcp::socket> strangers;
        for (int i = 0; i < 64; ++i) {
          asio::ip::tcp::socket& stranger = strangers.emplace_back(executor);
          co_await stranger.async_connect(server, asio::use_awaitable);
          boost::system::error_code ended_already;
          if (i % 3 == 1) stranger.write_some(asio::buffer("GET / HT", 8), ended_already);
        }
        // Long before anybody's idle time (60 s) or the time for a header (10 s) is over.
        EXPECT_THAT(co_await t->raw(request_text("GET /new", closing)), EndsWith("GET /new "));
        EXPECT_THAT(co_await ask(known, request_text("GET /again"), "/again "), StartsWith("HTTP/1.1 200"));
        EXPECT_EQ(co_await read_to_end(strangers.front()), "") << "the first to come is the first to go";
      }(this),
      8s);
}

TEST_F(ServerSocket, IdleKnownPeersMakeRoomWhenNobodyElseCan) {
  ServerOptions options;
  options.connections_max = 2;
  options.stranger_time = 20ms;
  start(options);
  run(
      [](ServerSocket* t) -> Task<> {
        const auto executor = co_await asio::this_coro::executor;
        std::vector<asio::ip::tcp::socket> kept;
        for (int i = 0; i < 3; ++i) {
          asio::ip::tcp::socket& socket = kept.emplace_back(executor);
          co_await socket.async_connect({asio::ip::address_v4::loopback(), t->server_->port()},
                                        asio::use_awaitable);
          const std::string text = request_text("GET /kept");
          co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
          std::string answer;
          co_await asio::async_read_until(socket, asio::dynamic_buffer(answer), "/kept ",
                                          asio::use_awaitable);
        }
      }(this),
      8s);
}

TEST_F(ServerSocket, StopLetsTheRunningRequestEndAndClosesIdleConnections) {
  start();
  run(
      [](ServerSocket* t) -> Task<> {
        TaskGroup group(co_await asio::this_coro::executor);
        int answered = 0;
        group.spawn(one_at_a_time(t, &answered));
        // An idle keep-alive connection must not hold up the stop.
        asio::ip::tcp::socket idle(co_await asio::this_coro::executor);
        co_await idle.async_connect({asio::ip::address_v4::loopback(), t->server_->port()},
                                    asio::use_awaitable);
        asio::steady_timer timer(co_await asio::this_coro::executor, 50ms);
        co_await timer.async_wait(asio::use_awaitable);
        t->server_->stop(10s);
        co_await group.join();
        EXPECT_EQ(answered, 1);
        EXPECT_EQ(co_await read_to_end(idle), "");
      }(this),
      5s);
}

Task<HttpResponse> never(HttpRequest) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  co_await timer.async_wait(asio::use_awaitable);
  co_return HttpResponse{};
}

Task<> expect_no_answer(ServerSocket* t) {
  EXPECT_THAT(co_await t->raw(request_text("GET /")), Not(HasSubstr("HTTP/1.1 200")));
}

TEST_F(ServerSocket, StopEndsWhatOutlastsTheGrace) {
  serve(never);
  run(
      [](ServerSocket* t) -> Task<> {
        TaskGroup group(co_await asio::this_coro::executor);
        group.spawn(expect_no_answer(t));
        asio::steady_timer timer(co_await asio::this_coro::executor, 50ms);
        co_await timer.async_wait(asio::use_awaitable);
        t->server_->stop(100ms);
        co_await group.join();
      }(this),
      5s);
}

TEST_F(ServerSocket, CancellingRunJoinsEveryConnection) {
  serve(never);
  auto server = std::move(server_);
  bool ended = false;
  asio::co_spawn(
      io_,
      [](Server* listening, bool* done) -> Task<> {
        TaskGroup group(co_await asio::this_coro::executor);
        group.spawn(listening->run());
        asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
        co_await socket.async_connect({asio::ip::address_v4::loopback(), listening->port()},
                                      asio::use_awaitable);
        const std::string text = request_text("GET /");
        co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
        asio::steady_timer timer(co_await asio::this_coro::executor, 50ms);
        co_await timer.async_wait(asio::use_awaitable);
        group.cancel();
        co_await group.join();
        *done = true;
      }(server.get(), &ended),
      [](std::exception_ptr) {});
  io_.run_for(5s);
  EXPECT_TRUE(ended);
}

TEST_F(ServerSocket, APortInUseAndABadAddressAreErrorsAtOnce) {
  start();
  ServerOptions taken;
  taken.port = server_->port();
  EXPECT_THROW(make_server(io_.get_executor(), taken, handler, log_), Error);
  ServerOptions bad;
  bad.address = "somewhere";
  EXPECT_THROW(make_server(io_.get_executor(), bad, handler, log_), Error);
}

}  // namespace
}  // namespace s3dr::http
