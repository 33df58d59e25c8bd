// Certificates of our own making, and what the pool accepts of them.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/pseudo_header.h"
#include "http/certificate.h"
#include "unit/http/loopback.h"

namespace s3dr::http {
namespace {

using std::chrono::days;

Instant today() {
  return make_real_clock()->now();
}

Task<HttpResponse> says_tls(HttpRequest request) {
  HttpResponse response;
  response.body =
      Body(std::string(request.tls ? "tls " : "plain ") + co_await request.body.read_all(1 << 20));
  co_return response;
}

Task<HttpResponse> says_version(HttpRequest request) {
  HttpResponse response;
  response.body = Body(std::string(request.headers.get_or(tls_version_field, "none")));
  co_return response;
}

class Tls : public Loopback {
 public:
  void serve_tls(std::vector<std::string> names, Handler handler = says_tls) {
    authority = make_certificate_authority("s3dr test authority", today(), days(2));
    const auto leaf = make_server_certificate(authority, names, today(), days(1));
    serve_with(leaf, std::move(handler));
  }
  void serve_with(const Certificate& leaf, Handler handler = says_tls) {
    ServerOptions options;
    options.tls = ServerTls{leaf.certificate_pem, leaf.private_key_pem.reveal()};
    serve(std::move(handler), std::move(options));
  }
  HttpTransport& trusting_pool() {
    PoolOptions options;
    options.ca_pem = authority.certificate_pem;
    return pool(std::move(options));
  }
  Task<std::string> fetch_as(std::string host) {
    auto response = co_await trusting_pool().send(endpoint(true, host), put("/", Body("x")), {});
    co_return co_await response.body.read_all(100);
  }
  // The kind and text of the refusal, or the body.
  Task<std::string> outcome_as(std::string host) {
    try {
      co_return co_await fetch_as(host);
    } catch (const Error& error) {
      co_return std::string(to_string(error.kind())) + ": " + error.message();
    }
  }
  Certificate authority;
};

TEST_F(Tls, NamesAndAddressesOfTheCertificateAreAccepted) {
  serve_tls({"localhost", "*.s3.localhost", "111122223333.localhost", "127.0.0.1"});
  run([](Tls* t) -> Task<> {
    for (const std::string host : {"localhost", "bucket.s3.localhost", "111122223333.localhost", "127.0.0.1"})
      EXPECT_EQ(co_await t->outcome_as(host), "tls x") << host;
  }(this));
}

TEST_F(Tls, TheHandlerLearnsTheVersion) {
  serve_tls({"localhost"}, says_version);
  run([](Tls* t) -> Task<> { EXPECT_EQ(co_await t->outcome_as("localhost"), "1.3"); }(this));
}

TEST_F(Tls, AnotherHostNameIsRefusedBeforeAnythingIsSent) {
  serve_tls({"one.localhost"});
  run([](Tls* t) -> Task<> {
    EXPECT_THAT(co_await t->outcome_as("two.localhost"),
                testing::AllOf(testing::StartsWith("unavailable"), testing::HasSubstr("hostname mismatch")));
    EXPECT_THAT(
        co_await t->outcome_as("127.0.0.1"),
        testing::AllOf(testing::StartsWith("unavailable"), testing::HasSubstr("IP address mismatch")));
  }(this));
}

TEST_F(Tls, ANameThatLooksLikeAnAddressIsNoAddress) {
  // Only an iPAddress entry speaks for an address; the common name never does.
  serve_tls({"x.localhost", "localhost"});
  run([](Tls* t) -> Task<> {
    EXPECT_THAT(co_await t->outcome_as("127.0.0.1"), testing::HasSubstr("IP address mismatch"));
  }(this));
}

TEST_F(Tls, AnUnknownAuthorityIsRefused) {
  serve_tls({"localhost"});
  authority = make_certificate_authority("s3dr test authority", today(), days(2));  // same name, another key
  run([](Tls* t) -> Task<> {
    EXPECT_THAT(
        co_await t->outcome_as("localhost"),
        testing::AllOf(testing::StartsWith("unavailable"), testing::HasSubstr("certificate was refused")));
  }(this));
}

TEST_F(Tls, TheSystemsAuthoritiesDoNotKnowOurs) {
  serve_tls({"localhost"});
  run([](Tls* t) -> Task<> {
    EXPECT_EQ(co_await failure_of(t->pool().send(t->endpoint(true, "localhost"), get("/"), {})),
              "unavailable");
  }(this));
}

TEST_F(Tls, AnExpiredCertificateIsRefused) {
  authority = make_certificate_authority("s3dr test authority", today() - days(10), days(20));
  serve_with(make_server_certificate(authority, {"localhost"}, today() - days(10), days(5)));
  run([](Tls* t) -> Task<> {
    EXPECT_THAT(co_await t->outcome_as("localhost"), testing::HasSubstr("expired"));
  }(this));
}

TEST_F(Tls, ACertificateNotYetValidIsRefused) {
  authority = make_certificate_authority("s3dr test authority", today(), days(20));
  serve_with(make_server_certificate(authority, {"localhost"}, today() + days(2), days(5)));
  run([](Tls* t) -> Task<> {
    EXPECT_THAT(co_await t->outcome_as("localhost"), testing::HasSubstr("not yet valid"));
  }(this));
}

TEST_F(Tls, ALeafCannotSignForOthers) {
  const auto root = make_certificate_authority("s3dr test authority", today(), days(2));
  const auto leaf = make_server_certificate(root, {"attacker.localhost"}, today(), days(1));
  auto forged = make_server_certificate(leaf, {"localhost"}, today(), days(1));
  forged.certificate_pem += leaf.certificate_pem;
  authority = root;
  serve_with(forged);
  run([](Tls* t) -> Task<> {
    EXPECT_THAT(co_await t->outcome_as("localhost"), testing::StartsWith("unavailable"));
  }(this));
}

TEST_F(Tls, APlainServerBehindAnHttpsEndpointIsUnavailable) {
  authority = make_certificate_authority("s3dr test authority", today(), days(2));
  serve(says_tls);
  run([](Tls* t) -> Task<> {
    EXPECT_THAT(co_await t->outcome_as("localhost"), testing::StartsWith("unavailable"));
  }(this));
}

TEST_F(Tls, APlainRequestToATlsServerIsNotAnswered) {
  serve_tls({"localhost"});
  run([](Tls* t) -> Task<> {
    EXPECT_THAT(co_await t->raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                testing::Not(testing::HasSubstr("HTTP/1.1 200")));
  }(this));
}

Task<HttpResponse> tls_pattern(HttpRequest request) {
  HttpResponse response;
  const auto count = co_await consume_pattern(request.body.take_reader());
  response.body = Body(std::make_unique<PatternReader>(count), count);
  co_return response;
}

TEST_F(Tls, LargeBodiesPassBothWays) {
  serve_tls({"localhost"}, tls_pattern);
  run([](Tls* t) -> Task<> {
    constexpr std::uint64_t bytes = 32ULL * 1024 * 1024 + 7;
    auto response = co_await t->trusting_pool().send(
        t->endpoint(true, "localhost"), put("/", Body(std::make_unique<PatternReader>(bytes), bytes)), {});
    EXPECT_EQ(co_await consume_pattern(response.body.take_reader()), bytes);
  }(this));
}

TEST_F(Tls, TheBundleMayBeAFile) {
  serve_tls({"localhost"});
  std::string path = testing::TempDir() + "s3dr_ca_XXXXXX";
  const int file = ::mkstemp(path.data());
  ASSERT_GE(file, 0);
  std::ofstream(path) << authority.certificate_pem;
  PoolOptions options;
  options.ca_bundle_path = path;
  pool(options);
  std::remove(path.c_str());  // it was read when the pool was made
  run([](Tls* t) -> Task<> { EXPECT_EQ(co_await t->outcome_as("localhost"), "tls x"); }(this));
}

TEST_F(Tls, AMissingOrBrokenBundleIsInvalidAtOnce) {
  PoolOptions missing;
  missing.ca_bundle_path = "/nowhere/ca.pem";
  EXPECT_THROW(make_pool(io_.get_executor(), *clock_, missing), Error);
  PoolOptions broken;
  broken.ca_pem = "not a certificate";
  EXPECT_THROW(make_pool(io_.get_executor(), *clock_, broken), Error);
}

TEST_F(Tls, AServerKeyMustBelongToItsCertificate) {
  authority = make_certificate_authority("s3dr test authority", today(), days(2));
  auto leaf = make_server_certificate(authority, {"localhost"}, today(), days(1));
  leaf.private_key_pem = authority.private_key_pem;
  EXPECT_THROW(serve_with(leaf), Error);
  leaf.certificate_pem = "no certificate";
  EXPECT_THROW(serve_with(leaf), Error);
}

TEST(Certificate, BadNamesAndAuthoritiesAreInvalid) {
  const auto authority = make_certificate_authority("a", today(), days(1));
  EXPECT_THROW(make_certificate_authority("", today(), days(1)), Error);
  EXPECT_THROW(make_certificate_authority(std::string(65, 'a'), today(), days(1)), Error);
  EXPECT_THROW(make_server_certificate(authority, {}, today(), days(1)), Error);
  EXPECT_THROW(make_server_certificate(authority, {"a b"}, today(), days(1)), Error);
  EXPECT_THROW(make_server_certificate(authority, {std::string("a\0b", 3)}, today(), days(1)), Error);
  EXPECT_THROW(make_server_certificate(Certificate{"x", Secret("y")}, {"localhost"}, today(), days(1)),
               Error);
}

}  // namespace
}  // namespace s3dr::http
