// Proxies of the environment: which requests take them, and how a request travels through one.
#include "http/proxy.h"

#include <boost/asio/read_until.hpp>
#include <map>

#include "http/certificate.h"
#include "http/dial.h"
#include "unit/http/loopback.h"

namespace s3dr::http {
namespace {

using asio::ip::tcp;
using testing::HasSubstr;
using testing::Not;

std::string way(const ProxyRules& rules, const std::string& url) {
  const auto proxy = rules.proxy_for(Endpoint::parse(url));
  return proxy ? proxy->endpoint.url() : "directly";
}

ProxyRules rules_of(std::map<std::string, std::string> environment) {
  return ProxyRules::parse(proxy_settings([&](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  }));
}

TEST(ProxyRules, OneProxyForEachScheme) {
  const ProxyRules rules = rules_of({{"HTTP_PROXY", "http://plain:3128/"}, {"HTTPS_PROXY", "secure:8080"}});
  EXPECT_EQ(way(rules, "http://s3.example.org"), "http://plain:3128");
  EXPECT_EQ(way(rules, "https://s3.example.org"), "http://secure:8080");
  EXPECT_EQ(way(ProxyRules(), "https://s3.example.org"), "directly");
  EXPECT_EQ(way(rules_of({{"HTTP_PROXY", "plain"}}), "http://s3.example.org"), "http://plain");
  EXPECT_EQ(way(rules_of({{"HTTP_PROXY", "plain"}}), "https://s3.example.org"), "directly");
}

TEST(ProxyRules, TheLowerCaseVariableWins) {
  EXPECT_EQ(way(rules_of({{"HTTPS_PROXY", "upper"}, {"https_proxy", "lower"}}), "https://a.example"),
            "http://lower");
  EXPECT_EQ(way(rules_of({{"HTTPS_PROXY", "upper"}, {"https_proxy", ""}}), "https://a.example"), "directly");
  EXPECT_EQ(way(rules_of({{"HTTPS_PROXY", "p"}, {"NO_PROXY", "b.example"}, {"no_proxy", "a.example"}}),
                "https://a.example"),
            "directly");
}

TEST(ProxyRules, WhatAClientOfACgiProgramSentIsNoProxy) {
  EXPECT_EQ(way(rules_of({{"HTTP_PROXY", "evil"}, {"REQUEST_METHOD", "GET"}}), "http://a.example"),
            "directly");
}

TEST(ProxyRules, ThisMachineAndTheMetadataServicesAreReachedDirectly) {
  const ProxyRules rules = rules_of({{"HTTP_PROXY", "p"}, {"HTTPS_PROXY", "p"}});
  for (const char* url :
       {"http://localhost:9101", "https://bucket.s3.us-west-2.localhost:9201", "http://127.0.0.1:9101",
        "http://127.8.9.1", "http://[::1]:80", "http://LOCALHOST", "http://169.254.169.254",
        "http://169.254.170.2", "http://169.254.170.23", "http://[fd00:ec2::254]", "http://[fd00:ec2::23]"})
    EXPECT_EQ(way(rules, url), "directly") << url;
  EXPECT_EQ(way(rules, "http://notlocalhost"), "http://p");
  EXPECT_EQ(way(rules, "http://10.0.0.1"), "http://p");
}

TEST(ProxyRules, NoProxyNamesDomainsAddressesAndNetworks) {
  struct Row {
    const char *none, *url;
    bool direct;
  };
  const Row rows[] = {{"example.org", "https://example.org", true},
                      {"example.org", "https://s3.example.org", true},
                      {"example.org", "https://notexample.org", false},
                      {"example.org", "https://example.org.evil.test", false},
                      {".example.org", "https://s3.example.org", true},
                      {".example.org", "https://example.org", true},
                      {"*.example.org", "https://s3.example.org", true},
                      {"EXAMPLE.ORG", "https://s3.Example.org", true},
                      {"example.org.", "https://s3.example.org", true},
                      {"a.test, example.org", "https://s3.example.org", true},
                      {"a.test example.org", "https://s3.example.org", true},
                      {"*", "https://s3.example.org", true},
                      {"", "https://s3.example.org", false},
                      {",,", "https://s3.example.org", false},
                      {"example.org:8443", "https://example.org:8443", true},
                      {"example.org:8443", "https://example.org", false},
                      {"10.1.2.3", "https://10.1.2.3", true},
                      {"10.1.2.3", "https://10.1.2.30", false},
                      {"2.3", "https://10.1.2.3", false},
                      {"10.1.0.0/16", "https://10.1.2.3", true},
                      {"10.1.0.0/16", "https://10.2.2.3", false},
                      {"10.1.0.0/16", "https://10.1.2.3.example.org", false},
                      {"10.1.0.0/99", "https://10.1.2.3", false},
                      {"fd12::/16", "https://[fd12::1]", true},
                      {"fd12::/16", "https://[fd13::1]", false},
                      {"::/0", "https://10.1.2.3", false},
                      {"[fd12::1]", "https://[fd12:0:0::1]", true},
                      {"fd12::1", "https://[fd12::1]", true}};
  for (const Row& row : rows)
    EXPECT_EQ(way(rules_of({{"HTTPS_PROXY", "p"}, {"NO_PROXY", row.none}}), row.url),
              row.direct ? "directly" : "http://p")
        << row.none << " " << row.url;
}

TEST(ProxyRules, WhatIsNotSupportedIsRefusedInWordsWhereItIsNeeded) {
  for (const auto& [proxy, word] :
       std::map<std::string, std::string>{{"socks5://user:canary@p:1080", "\"socks5\""},
                                          {"https://user:canary@p", "\"https\""},
                                          {"http://user:canary@p:x", "HTTPS_PROXY"},
                                          {"http://user:canary@", "HTTPS_PROXY"}}) {
    const ProxyRules rules = rules_of({{"HTTPS_PROXY", proxy}, {"NO_PROXY", "b.example"}});
    EXPECT_EQ(way(rules, "https://b.example"), "directly");
    EXPECT_EQ(way(rules, "https://127.0.0.1:9201"), "directly");
    try {
      (void)way(rules, "https://a.example");
      ADD_FAILURE() << "taken: " << proxy;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_THAT(error.message(), HasSubstr(word));
      EXPECT_FALSE(error.advice().empty());
      EXPECT_THAT(std::string(error.what()) + error.message() + error.advice() + error.resource(),
                  Not(HasSubstr("canary")));
    }
  }
}

// Reads the head of each connection, keeps it, and answers as told; "" tunnels to the server.
class ProxiedLoopback : public Loopback {
 public:
  ProxiedLoopback() : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  HttpTransport& proxied_pool(const std::string& user = "", std::string ca_pem = "") {
    const std::string url =
        "http://" + user + "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    PoolOptions options;
    options.ca_pem = std::move(ca_pem);
    options.proxies = ProxyRules::parse({url, url, ""});
    return pool(std::move(options));
  }

  // With the proxy beside it; "200 text", or the error.
  std::string through_the_proxy(Endpoint where) {
    std::string outcome;
    run([](ProxiedLoopback* t, Endpoint to, std::string& result) -> Task<> {
      TaskGroup group(co_await asio::this_coro::executor);
      group.spawn(t->be_a_proxy());
      try {
        auto response = co_await t->pool().send(std::move(to), get("/harbor?versions"), {});
        result = std::to_string(response.status) + " " + co_await response.body.read_all(1000);
      } catch (const Error& error) {
        result = std::string(to_string(error.kind())) + ": " + error.message() + " / " + error.advice();
      }
      t->pool_.reset();
      t->acceptor_.close();
      group.cancel();
      co_await group.join();
    }(this, std::move(where), outcome));
    return outcome;
  }

  std::string answer;
  std::vector<std::string> heads;

 private:
  Task<> be_a_proxy() {
    auto client = co_await acceptor_.async_accept(asio::use_awaitable);
    std::string head;
    const std::size_t length =
        co_await asio::async_read_until(client, asio::dynamic_buffer(head), "\r\n\r\n", asio::use_awaitable);
    heads.push_back(head.substr(0, length));
    if (!answer.empty()) {
      co_await asio::async_write(client, asio::buffer(answer), asio::use_awaitable);
      co_return;
    }
    tcp::socket onward(client.get_executor());
    co_await onward.async_connect({asio::ip::address_v4::loopback(), server_->port()}, asio::use_awaitable);
    co_await asio::async_write(client,
                               asio::buffer(std::string("HTTP/1.1 200 Connection established\r\n\r\n")),
                               asio::use_awaitable);
    TaskGroup both(client.get_executor());
    both.spawn(pump(client, onward));
    both.spawn(pump(onward, client));
    co_await both.join();
  }
  static Task<> pump(tcp::socket& from, tcp::socket& to) {
    std::array<char, 16 * 1024> piece{};
    try {
      while (true) {
        const std::size_t count = co_await from.async_read_some(asio::buffer(piece), asio::use_awaitable);
        co_await asio::async_write(to, asio::buffer(piece.data(), count), asio::use_awaitable);
      }
    } catch (const boost::system::system_error& failure) {
      if (failure.code() == asio::error::operation_aborted) throw;
    }
    boost::system::error_code ignored;
    to.shutdown(tcp::socket::shutdown_send, ignored);
  }

  tcp::acceptor acceptor_;
};

const Endpoint plain_store{false, "s3.west.test", 9000};
const Endpoint secure_store{true, "s3.west.test", 443};

TEST_F(ProxiedLoopback, HttpNamesTheWholeUrlAndTheHostAsItWasSigned) {
  answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  proxied_pool("us%40er:pa%3Ass@");
  EXPECT_EQ(through_the_proxy(plain_store), "200 ok");
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_THAT(heads[0], testing::StartsWith("GET http://s3.west.test:9000/harbor?versions HTTP/1.1\r\n"));
  EXPECT_THAT(heads[0], HasSubstr("\r\nHost: s3.west.test:9000\r\n"));
  EXPECT_THAT(heads[0], HasSubstr("\r\nProxy-Authorization: Basic dXNAZXI6cGE6c3M=\r\n"));
}

TEST_F(ProxiedLoopback, HttpsGoesThroughATunnelAndIsVerifiedToTheEnd) {
  const Instant now = clock_->now();
  const Certificate authority = make_certificate_authority("proxy test", now, std::chrono::days(2));
  const auto leaf = make_server_certificate(authority, {"s3.west.test"}, now, std::chrono::days(1));
  ServerOptions options;
  options.tls = ServerTls{leaf.certificate_pem, leaf.private_key_pem.reveal()};
  std::string seen;
  serve(
      [&seen](HttpRequest request) -> Task<HttpResponse> {
        seen = request.target + (request.headers.has("Proxy-Authorization") ? " with the password" : "");
        HttpResponse response;
        response.body = Body(std::string("tunnelled"));
        co_return response;
      },
      std::move(options));
  proxied_pool("user:canary@", authority.certificate_pem);
  EXPECT_EQ(through_the_proxy(secure_store), "200 tunnelled");
  EXPECT_EQ(seen, "/harbor?versions");  // the password is the proxy's alone
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_EQ(heads[0],
            "CONNECT s3.west.test:443 HTTP/1.1\r\nHost: s3.west.test:443\r\n"
            "Proxy-Authorization: Basic dXNlcjpjYW5hcnk=\r\n\r\n");
}

TEST_F(ProxiedLoopback, ATunnelThatIsRefusedIsUnavailable) {
  answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
  proxied_pool("user:canary@");
  const std::string said = through_the_proxy(secure_store);
  EXPECT_THAT(said, HasSubstr("unavailable: the proxy http://127.0.0.1:"));
  EXPECT_THAT(said, HasSubstr("status 502"));
  EXPECT_THAT(said, Not(HasSubstr("canary")));
}

TEST_F(ProxiedLoopback, BytesBehindTheAnswerAreNotTakenForTheServers) {
  answer = "HTTP/1.1 200 OK\r\n\r\nsmuggled";
  proxied_pool();
  EXPECT_THAT(through_the_proxy(secure_store), HasSubstr("unavailable:"));
}

TEST_F(ProxiedLoopback, AProxyThatWantsAPasswordIsNamedAndNotAskedAgain) {
  answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
  proxied_pool();
  const std::string said = through_the_proxy(secure_store);
  EXPECT_THAT(said, HasSubstr("denied: the proxy http://127.0.0.1:"));
  EXPECT_THAT(said, HasSubstr("wants a user and a password"));
}

TEST_F(ProxiedLoopback, TheSameForHttp) {
  answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
  proxied_pool("user:canary@");
  const std::string said = through_the_proxy(plain_store);
  EXPECT_THAT(said, HasSubstr("refused the user or the password"));
  EXPECT_THAT(said, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace s3dr::http
