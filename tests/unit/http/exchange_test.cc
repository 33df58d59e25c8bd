// Pool and server together over loopback: bodies both ways, flat memory, limits, failures on either side.
#include <cstdio>

#include "unit/http/loopback.h"

namespace s3dr::http {
namespace {

using Exchange = Loopback;

Task<HttpResponse> echo(HttpRequest request) {
  HttpResponse response;
  response.headers.add("X-Method", request.method);
  response.headers.add("X-Target", request.target);
  response.headers.add("X-Remote", request.remote_address);
  const auto length = request.body.length();
  response.body = Body(request.body.take_reader(), length);
  co_return response;
}

long resident_kib() {
  long pages_total = 0;
  long pages_resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld %ld", &pages_total, &pages_resident) != 2) pages_resident = 0;
  if (file != nullptr) std::fclose(file);
  return pages_resident * 4;
}

TEST_F(Exchange, EchoesTextBothWays) {
  serve(echo);
  run([](Exchange* t) -> Task<> {
    auto response = co_await t->pool().send(t->endpoint(), put("/b/k%20x?versions", Body("hello")), {});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.get("x-target"), "/b/k%20x?versions");
    EXPECT_EQ(response.headers.get("x-remote"), "127.0.0.1");
    EXPECT_EQ(response.body.length(), 5U);
    EXPECT_EQ(co_await response.body.read_all(100), "hello");
  }(this));
}

constexpr std::uint64_t big_bytes = 256ULL * 1024 * 1024;

// PUT: checks the pattern and answers how many bytes there were. GET /N: N bytes of the pattern.
Task<HttpResponse> pattern_store(HttpRequest request) {
  HttpResponse response;
  if (request.method == "PUT") {
    response.body = Body(std::to_string(co_await consume_pattern(request.body.take_reader())));
  } else {
    const std::uint64_t bytes = std::stoull(request.target.substr(1));
    response.body = Body(std::make_unique<PatternReader>(bytes), bytes);
  }
  co_return response;
}

TEST_F(Exchange, AnUploadArrivesByteForByteInFlatMemory) {
  serve(pattern_store);
  run([](Exchange* t) -> Task<> {
    const long before = resident_kib();
    EXPECT_EQ(co_await t->fetch(put("/", Body(std::make_unique<PatternReader>(big_bytes), big_bytes))),
              std::to_string(big_bytes));
    EXPECT_LT(resident_kib() - before, 32 * 1024);
  }(this));
}

TEST_F(Exchange, ADownloadArrivesByteForByteInFlatMemory) {
  serve(pattern_store);
  run([](Exchange* t) -> Task<> {
    const long before = resident_kib();
    auto response = co_await t->pool().send(t->endpoint(), get("/" + std::to_string(big_bytes)), {});
    EXPECT_EQ(response.body.length(), big_bytes);
    EXPECT_EQ(co_await consume_pattern(response.body.take_reader()), big_bytes);
    EXPECT_LT(resident_kib() - before, 32 * 1024);
  }(this));
}

TEST_F(Exchange, StreamsOfUnknownLengthTravelChunkedBothWays) {
  serve(echo);
  run([](Exchange* t) -> Task<> {
    for (const std::uint64_t bytes : {0ULL, 1ULL, 131'071ULL, 131'072ULL, 131'073ULL, 500'000ULL}) {
      auto response = co_await t->pool().send(
          t->endpoint(), put("/c", Body(std::make_unique<PatternReader>(bytes), std::nullopt)), {});
      EXPECT_EQ(response.headers.get_or("Transfer-Encoding", ""), "chunked");
      EXPECT_EQ(response.body.length(), std::nullopt);
      EXPECT_EQ(co_await consume_pattern(response.body.take_reader(), 1000), bytes);
    }
  }(this));
}

}  // namespace
}  // namespace s3dr::http
