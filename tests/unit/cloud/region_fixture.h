// Two regions of the embedded cloud in one thread, in memory, with two accounts and a clock moved by hand.
// Requests are signed in any of S3's ways; the regions reach each other's internal doors through a transport
// that can be cut.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aws/chunked.h"
#include "aws/sigv4.h"
#include "base/encoding.h"
#include "cloud/door/access_log.h"
#include "cloud/process/region.h"
#include "support/manual_clock.h"
#include "support/run_task.h"

namespace s3dr::cloud {

enum class Signing { header, query, signed_chunks, signed_trailer, unsigned_trailer };
inline constexpr Signing all_signings[] = {Signing::header, Signing::query, Signing::signed_chunks,
                                           Signing::signed_trailer, Signing::unsigned_trailer};

struct Account {
  std::string id, access_key_id, secret;
  std::string token = {};  // of a session
};
inline const Account alice = {"111122223333", "AKIDALICE", "alice-canary-secret"};
inline const Account bob = {"444455556666", "AKIDBOB", "bob-canary-secret"};

struct Call {
  std::string method = "GET";
  std::string target = "/";
  std::string body = {};
  Headers headers = {};
  Account account = alice;
  Signing signing = Signing::header;
};

struct Reply {
  int status = 0;
  Headers headers;
  std::string body;

  std::string header(std::string_view name) const { return std::string(headers.get_or(name, "")); }
  // The text of the first element of that name.
  std::string element(std::string_view name) const {
    const std::string open = "<" + std::string(name) + ">";
    const std::size_t begin = body.find(open);
    if (begin == std::string::npos) return "";
    const std::size_t end = body.find("</" + std::string(name) + ">", begin);
    return body.substr(begin + open.size(), end - begin - open.size());
  }
  std::string code() const { return element("Code"); }
};

class KeptAccessLog : public AccessLog {
 public:
  void write(const AccessRecord& record) override { records.push_back(record); }
  std::vector<AccessRecord> records;
};

class Wires : public http::HttpTransport {
 public:
  Task<HttpResponse> send(Endpoint endpoint, HttpRequest request, http::SendOptions) override {
    if (cut.contains(endpoint.host)) throw Error(ErrorKind::unavailable, "the wire is cut");
    if (endpoint.host.ends_with("serve.test")) {  // the intake of s3dr serve; other API destinations
      event_hosts.push_back(endpoint.host + request.target);
      events.push_back(co_await request.body.read_all(1 << 20));
      event_headers = request.headers;
      HttpResponse response;
      response.status = event_status(events.back());
      co_return response;
    }
    co_return co_await regions.at(endpoint.host)->handle_internal(std::move(request));
  }
  std::map<std::string, Region*> regions;
  std::set<std::string> cut;
  std::vector<std::string> events, event_hosts;
  Headers event_headers;
  std::function<int(const std::string&)> event_status = [](const std::string&) { return 202; };
};

class RegionTest : public testing::Test {
 protected:
  RegionTest() {
    for (const Account& account : {alice, bob}) {
      global.add_account(s3::AccountId::parse(account.id));
      AccessKey key;
      key.access_key_id = account.access_key_id;
      key.secret_access_key = Secret(account.secret);
      key.account = s3::AccountId::parse(account.id);
      global.add_access_key(key);
    }
    start("us-west-2");
    start("us-east-2");
  }

  RegionOptions options_of(const std::string& name) {
    RegionOptions options;
    options.region = s3::Region::parse(name);
    for (const char* peer : {"us-west-2", "us-east-2"}) {
      if (peer != name) options.peers.emplace_back(s3::Region::parse(peer), Endpoint{false, peer, 80});
    }
    options.event_endpoint = Endpoint{false, "serve.test", 80};
    options.event_secret = Secret("event-canary-secret");
    options.access_log = access_log;
    options.makes_trail = makes_trail;
    return options;
  }

  // Also restarts: the storage stays.
  Region& start(const std::string& name) {
    auto& storage = storages[name];
    if (!storage) storage = make_memory_storage(name, *random);
    regions[name].reset();
    regions[name] = std::make_unique<Region>(io.get_executor(), options_of(name), *storage, global, wires,
                                             clock, *random, *log, services);
    wires.regions[name] = regions[name].get();
    return *regions[name];
  }

  Region& west() { return *regions.at("us-west-2"); }
  Region& east() { return *regions.at("us-east-2"); }

  HttpRequest sign(const Call& call, const std::string& region = "us-west-2",
                   const std::string& service = "s3") {
    HttpRequest request;
    request.method = call.method;
    request.target = call.target;
    request.headers = call.headers;
    request.remote_address = "127.0.0.1:4711";
    if (!request.headers.has("host")) request.headers.set("Host", "localhost:9101");
    const aws::Credentials credentials{call.account.access_key_id, Secret(call.account.secret),
                                       Secret(call.account.token)};
    const aws::SigningScope scope{region, service};
    if (!call.body.empty() && !request.headers.has("content-md5")) {
      request.headers.set("Content-MD5", to_base64(aws::md5(call.body)));
    }
    switch (call.signing) {
      case Signing::header:
        request.body = Body(call.body);
        aws::sign_header(request, credentials, scope, clock.now(), aws::sha256_hex(call.body));
        break;
      case Signing::query:
        request.body = Body(call.body);
        request.target =
            aws::presign(request, credentials, scope, clock.now(), std::chrono::seconds(60)).target;
        break;
      case Signing::signed_chunks:
        sign_chunked(request, call, credentials, scope, aws::PayloadMode::signed_chunks);
        break;
      case Signing::signed_trailer:
        sign_chunked(request, call, credentials, scope, aws::PayloadMode::signed_chunks_trailer);
        break;
      case Signing::unsigned_trailer:
        sign_chunked(request, call, credentials, scope, aws::PayloadMode::unsigned_trailer);
        break;
    }
    return request;
  }

  Reply send(Region& region, HttpRequest request) { return run(read(region.handle(std::move(request)))); }
  Reply send(Region& region, const Call& call) {
    return send(region, sign(call, region.context().options.region.text()));
  }
  Reply send(const Call& call) { return send(west(), call); }

  void create_bucket(Region& region, const std::string& name, const Account& account = alice) {
    const std::string body = "<CreateBucketConfiguration><LocationConstraint>" +
                             region.context().options.region.text() +
                             "</LocationConstraint></CreateBucketConfiguration>";
    const Reply reply = send(region, Call{"PUT", "/" + name, body, {}, account});
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  void enable_versioning(Region& region, const std::string& name, const Account& account = alice) {
    const Reply reply =
        send(region, Call{"PUT", "/" + name + "?versioning", versioning_xml("Enabled"), {}, account});
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  static std::string versioning_xml(const std::string& status) {
    return "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>" + status +
           "</Status></VersioningConfiguration>";
  }

  template <class T>
  T run(Task<T> task) {
    return test::run(io, std::move(task));
  }

  // All that requests can change, as text; events are left out.
  std::string state_of(Region& region) {
    std::string text;
    for (const std::string_view sql :
         {"SELECT name || '|' || account || '|' || versioning || '|' || tags || '|' || "
          "COALESCE(replication_xml, '-') FROM bucket ORDER BY id",
          "SELECT version_id || '|' || is_latest || '|' || etag || '|' || tags FROM object_version ORDER BY "
          "id",
          "SELECT bucket || '|' || subresource || '|' || id || '|' || document FROM bucket_setting "
          "ORDER BY bucket, subresource, id",
          "SELECT upload_id FROM upload ORDER BY id",
          "SELECT upload || '|' || number || '|' || etag FROM part",
          "SELECT id || '|' || status FROM job ORDER BY id"}) {
      auto rows = region.context().database.reader().prepare(sql);
      while (rows.step()) text += rows.text(0) + "\n";
    }
    return text;
  }

  std::vector<std::string> outbox(Region& region) {
    std::vector<std::string> bodies;
    auto rows = region.context().database.reader().prepare("SELECT body FROM event ORDER BY id");
    while (rows.step()) bodies.push_back(rows.text(0));
    return bodies;
  }

  boost::asio::io_context io;
  test::ManualClock clock;
  std::unique_ptr<Random> random = make_seeded_random(42);
  std::unique_ptr<Log> log = make_null_log();
  std::shared_ptr<KeptAccessLog> access_log = std::make_shared<KeptAccessLog>();
  Wires wires;
  std::unique_ptr<MemoryStorage> global_storage = make_memory_storage("global", *random);
  GlobalPlane global{*global_storage};
  std::map<std::string, std::unique_ptr<MemoryStorage>> storages;
  std::map<std::string, std::unique_ptr<Region>> regions;
  RegionServices services;  // what start() makes regions with
  bool makes_trail = true;

 private:
  static Task<Reply> read(Task<HttpResponse> task) {
    HttpResponse response = co_await std::move(task);
    Reply reply;
    reply.status = response.status;
    reply.headers = response.headers;
    reply.body = co_await response.body.read_all(16 << 20);
    co_return reply;
  }

  void sign_chunked(HttpRequest& request, const Call& call, const aws::Credentials& credentials,
                    const aws::SigningScope& scope, aws::PayloadMode mode) {
    const bool trailer = mode != aws::PayloadMode::signed_chunks;
    const auto checksum =
        trailer ? std::optional(aws::ChecksumAlgorithm::crc32c) : std::optional<aws::ChecksumAlgorithm>();
    aws::prepare_chunked(request, mode, call.body.size(), checksum);
    const auto details = aws::sign_header(request, credentials, scope, clock.now(), aws::payload_word(mode));
    aws::ChunkedEncoder encoder(aws::chunked_parameters(details, mode, call.body.size(), checksum));
    std::string text;
    if (!call.body.empty()) {
      text += encoder.begin_chunk(call.body) + call.body + std::string(aws::ChunkedEncoder::chunk_end);
    }
    Headers trailers;
    if (checksum) {
      trailers.add(std::string(aws::header_name(*checksum)), aws::checksum_base64(*checksum, call.body));
    }
    request.body = Body(text + encoder.end(trailers));
  }
};

}  // namespace s3dr::cloud
