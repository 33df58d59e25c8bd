// The pool against many hosts, and without file descriptors. The server answers for every name under localhost.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/system/errc.hpp>
#include <filesystem>

#include "http/descriptors.h"
#include "http/dial.h"
#include "unit/http/loopback.h"

namespace s3dr::http {
namespace {

using testing::HasSubstr;

#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

// Holds every descriptor that the process may still open, until it is destroyed.
class AllDescriptors {
 public:
  explicit AllDescriptors(std::size_t room) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = open_descriptors() + room;
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int file = 0; (file = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) held_.push_back(file);
  }
  ~AllDescriptors() {
    for (const int file : held_) ::close(file);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  AllDescriptors(const AllDescriptors&) = delete;
  AllDescriptors& operator=(const AllDescriptors&) = delete;

 private:
  rlimit before_{};
  std::vector<int> held_;
};

class PoolLimits : public Loopback {
 public:
  PoolLimits() {
    serve([this](HttpRequest request) -> Task<HttpResponse> {
      hosts.emplace_back(request.headers.get_or("Host", ""));
      HttpResponse response;
      response.body = Body(std::string("ok"));
      co_return response;
    });
  }

  Endpoint host(int number) const {
    return endpoint(false, "bucket-" + std::to_string(number) + ".localhost");
  }

  // "200 ok", or the error with its advice.
  Task<std::string> ask(Endpoint where) {
    try {
      auto response = co_await pool().send(std::move(where), request_for("/"), {});
      co_return std::to_string(response.status) + " " + co_await response.body.read_all(100);
    } catch (const Error& error) {
      co_return std::string(to_string(error.kind())) + ": " + error.message() + " / " + error.advice();
    }
  }
  static HttpRequest request_for(std::string target) { return get(std::move(target)); }

  std::vector<std::string> hosts;
};

TEST_F(PoolLimits, TheOldestIdleConnectionOfAllHostsMakesRoom) {
  PoolOptions options;
  options.connections_max = 8;
  pool(options);
  run([](PoolLimits* t) -> Task<> {
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 40; ++i) EXPECT_EQ(co_await t->ask(t->host(i)), "200 ok");
    // A descriptor at either end of each connection; the server may still be at closing one or two.
    EXPECT_LE(open_descriptors() - before, 2u * 8 + 4);
    EXPECT_EQ(t->hosts.size(), 40u);
  }(this));
}

TEST_F(PoolLimits, TheLastUsedHostsKeepTheirConnections) {
  PoolOptions options;
  options.connections_max = 2;
  pool(options);
  run([](PoolLimits* t) -> Task<> {
    for (const int i : {1, 2, 1, 3, 1}) EXPECT_EQ(co_await t->ask(t->host(i)), "200 ok");
    const std::size_t before = open_descriptors();
    EXPECT_EQ(co_await t->ask(t->host(3)), "200 ok");  // still open: 2 was the oldest when 3 came
    EXPECT_EQ(co_await t->ask(t->host(1)), "200 ok");
    EXPECT_EQ(open_descriptors(), before);
  }(this));
}

TEST_F(PoolLimits, ConnectionsInUseAreNeverWaitedFor) {
  PoolOptions options;
  options.connections_max = 1;
  pool(options);
  serve([](HttpRequest) -> Task<HttpResponse> {
    HttpResponse response;
    response.body = Body(std::make_unique<PatternReader>(1'000'000), 1'000'000);
    co_return response;
  });
  run([](PoolLimits* t) -> Task<> {
    // A copy holds the connection of its source while it asks for one of its destination.
    auto first = co_await t->pool().send(t->host(1), t->request_for("/"), {});
    auto second = co_await t->pool().send(t->host(2), t->request_for("/"), {});
    EXPECT_EQ(co_await consume_pattern(second.body.take_reader()), 1'000'000u);
    EXPECT_EQ(co_await consume_pattern(first.body.take_reader()), 1'000'000u);
  }(this));
}

TEST_F(PoolLimits, WithoutDescriptorsIdleConnectionsGiveTheirs) {
  if (sanitized) GTEST_SKIP() << "the sanitizer's own checks take descriptors, and there are none";
  run([](PoolLimits* t) -> Task<> {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(co_await t->ask(t->host(i)), "200 ok");
    const AllDescriptors held(5);
    EXPECT_EQ(co_await t->ask(t->host(10)), "200 ok");
  }(this));
}

TEST_F(PoolLimits, WithoutDescriptorsAndIdleConnectionsTheErrorSaysSoAndTheNextRequestSucceeds) {
  if (sanitized) GTEST_SKIP() << "the sanitizer's own checks take descriptors, and there are none";
  run([](PoolLimits* t) -> Task<> {
    {
      const AllDescriptors held(5);
      const std::string said = co_await t->ask(t->host(1));
      EXPECT_THAT(said, HasSubstr("unavailable: no file descriptor is free for a connection"));
      EXPECT_THAT(said, HasSubstr("ulimit -n"));
    }
    EXPECT_EQ(co_await t->ask(t->host(1)), "200 ok");
  }(this));
}

// When another socket closes right after the failed attempt, opening one tells nothing any more.
TEST(Descriptors, TheErrorOfTheFailedCallTellsThatNoneIsFree) {
  namespace errc = boost::system::errc;
  EXPECT_TRUE(means_no_descriptor(errc::make_error_code(errc::too_many_files_open)));
  EXPECT_TRUE(means_no_descriptor(errc::make_error_code(errc::too_many_files_open_in_system)));
  EXPECT_TRUE(means_no_descriptor(boost::asio::error::no_descriptors));
  EXPECT_FALSE(means_no_descriptor(errc::make_error_code(errc::connection_refused)));
  EXPECT_FALSE(means_no_descriptor({}));
}

TEST_F(PoolLimits, AConnectionThatFoundNoDescriptorSaysSoWhateverIsFreeAfterwards) {
  if (sanitized) GTEST_SKIP() << "the sanitizer's own checks take descriptors, and there are none";
  run([](PoolLimits* t) -> Task<> {
    bool told = false;
    {
      const AllDescriptors held(0);
      try {
        co_await dial(t->endpoint(false), std::nullopt, nullptr);
      } catch (const NoDescriptorFree&) {
        told = true;
      }
    }
    EXPECT_TRUE(told);
    EXPECT_FALSE(descriptors_exhausted());
  }(this));
}

}  // namespace
}  // namespace s3dr::http
