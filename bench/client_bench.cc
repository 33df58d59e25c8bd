// Our S3 client against a store that runs elsewhere: one operation after the other, each for some seconds,
// with the processor time of this process and of the store's. Prints a JSON array; bench/run.py starts it and
// makes figures of it, bench/boto3_peer.py is its peer and asks for the same.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/run_task.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "bench/measure.h"
#include "client/credentials/credential_chain.h"
#include "client/s3/bucket_store.h"
#include "client/s3/multipart_upload.h"
#include "client/s3/object_store.h"
#include "client/s3/object_writer.h"
#include "http/pool.h"

namespace s3dr::bench {
namespace {

struct Options {
  std::string endpoint;
  std::string region = "us-west-2";
  std::string account;
  std::string profile;
  std::string bucket = "client-bench";
  std::vector<std::string> operations = {"put", "get", "head", "list"};
  int connections = 1;
  double seconds = 3;
  std::uint64_t bytes = 4096;
  std::uint64_t big_bytes = 256 * 1024 * 1024;
  int objects = 1000;
  std::vector<int> server_pids;
  bool expected_owner = true;
};

constexpr const char* big_key = "big/object";

// Bytes without end, from a block of random ones that repeats.
class PatternReader : public BodyReader {
 public:
  PatternReader(std::shared_ptr<const std::string> block, std::uint64_t offset, std::uint64_t length)
      : block_(std::move(block)), offset_(offset), left_(length) {}
  Task<std::size_t> read(std::span<char> buffer) override {
    const std::uint64_t at = offset_ % block_->size();
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>({buffer.size(), left_, block_->size() - at}));
    std::copy_n(block_->data() + at, count, buffer.data());
    offset_ += count;
    left_ -= count;
    co_return count;
  }

 private:
  std::shared_ptr<const std::string> block_;
  std::uint64_t offset_;
  std::uint64_t left_;
};

std::string random_bytes(Random& random, std::size_t length) {
  std::string bytes(length, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

client::BodySource big_source(Random& random, std::uint64_t length) {
  const auto block = std::make_shared<const std::string>(random_bytes(random, 1024 * 1024 + 7));
  return {length, [block](std::uint64_t offset, std::uint64_t count) -> std::unique_ptr<BodyReader> {
            return std::make_unique<PatternReader>(block, offset, count);
          }};
}

client::S3ClientOptions client_options(const Options& options) {
  client::S3ClientOptions result;
  result.region = s3::Region::parse(options.region);
  result.endpoints.set(result.region, Endpoint::parse(options.endpoint));
  result.expected_owner = options.expected_owner;
  result.retry.attempts_max = 1;  // a repeated request would be counted as one
  return result;
}

client::CredentialChoice choice_of(const Options& options) {
  client::CredentialChoice choice;
  if (!options.profile.empty()) choice.profile = options.profile;
  choice.region = options.region;
  return choice;
}

http::PoolOptions pool_options(const Options& options) {
  http::PoolOptions pool;
  pool.connections_per_endpoint_max = static_cast<std::size_t>(options.connections) + 8;
  if (const char* bundle = std::getenv("AWS_CA_BUNDLE")) pool.ca_bundle_path = bundle;
  return pool;
}

// The client as a command has it, with everything the operations work on.
struct Session {
  Session(boost::asio::any_io_executor executor, const Options& given)
      : options(given),
        clock(make_real_clock()),
        random(make_system_random()),
        transport(http::make_pool(std::move(executor), *clock, pool_options(given))),
        credentials(client::make_credentials(choice_of(given), {}, {*transport, *clock, *random})),
        client(*transport, *clock, *random, *credentials, client_options(given)),
        account(s3::AccountId::parse(given.account)),
        bucket(s3::BucketName::parse(given.bucket)),
        writer(client, account),
        buckets(client::make_bucket_store(client, account)),
        objects(client::make_object_store(client, account)),
        small(client::text_source(random_bytes(*random, given.bytes))),
        big(big_source(*random, given.big_bytes)),
        buffer(256 * 1024) {}

  s3::ObjectKey key(const char* folder, std::uint64_t number) const {
    return s3::ObjectKey(fmt::format("{}/{:08}", folder, number));
  }
  s3::ObjectKey known_key(std::uint64_t number) const {
    return key("data", number % static_cast<std::uint64_t>(options.objects));
  }

  Options options;
  std::unique_ptr<Clock> clock;
  std::unique_ptr<Random> random;
  std::unique_ptr<http::HttpTransport> transport;
  std::unique_ptr<client::CredentialsProvider> credentials;
  client::S3Client client;
  s3::AccountId account;
  s3::BucketName bucket;
  client::ObjectWriter writer;
  std::unique_ptr<ports::BucketStore> buckets;
  std::unique_ptr<ports::ObjectStore> objects;
  client::BodySource small, big;
  std::vector<char> buffer;  // what was read is not looked at: all workers read into it
};

Error missing(const std::string& what) {
  return Error(ErrorKind::not_found, "the store does not know what was written before").with_resource(what);
}

Task<std::uint64_t> put(Session& session, std::uint64_t number) {
  co_await session.writer.put_object(session.bucket, session.key("put", number), session.small);
  co_return session.small.length;
}

Task<std::uint64_t> read_through(Session& session, s3::ObjectKey key) {
  auto opened = co_await session.objects->get_object(session.bucket, key, {});
  if (!opened) throw missing(s3::object_url(session.bucket, key));
  std::uint64_t bytes = 0;
  while (const std::size_t count = co_await opened->body->read(session.buffer)) bytes += count;
  co_return bytes;
}

Task<std::uint64_t> get(Session& session, std::uint64_t number) {
  co_return co_await read_through(session, session.known_key(number));
}

Task<std::uint64_t> head(Session& session, std::uint64_t number) {
  const s3::ObjectKey key = session.known_key(number);
  const auto found = co_await session.objects->head_object(session.bucket, key, {});
  if (!found) throw missing(s3::object_url(session.bucket, key));
  co_return 0;
}

Task<std::uint64_t> list(Session& session, std::uint64_t) {
  client::ObjectListOptions options;
  options.prefix = "data/";
  const s3::ObjectPage page = co_await session.writer.list_objects(session.bucket, options);
  if (page.objects.size() != static_cast<std::size_t>(std::min(session.options.objects, 1000)))
    throw missing(s3::object_url(session.bucket, s3::ObjectKey("data/")));
  co_return 0;
}

Task<std::uint64_t> upload(Session& session, std::uint64_t) {
  co_await client::upload(session.writer, session.bucket, s3::ObjectKey(big_key), session.big);
  co_return session.big.length;
}

Task<std::uint64_t> upload_single(Session& session, std::uint64_t) {
  co_await session.writer.put_object(session.bucket, s3::ObjectKey(big_key), session.big);
  co_return session.big.length;
}

Task<std::uint64_t> download(Session& session, std::uint64_t) {
  co_return co_await read_through(session, s3::ObjectKey(big_key));
}

using Operation = Task<std::uint64_t> (*)(Session&, std::uint64_t);

struct NamedOperation {
  const char* name;
  Operation operation;
  bool wants_known_objects;
};

constexpr NamedOperation all_operations[] = {
    {"put", put, false},           {"get", get, true},        {"head", head, true},
    {"list", list, true},          {"upload", upload, false}, {"upload-single", upload_single, false},
    {"download", download, false},
};

const NamedOperation& named(const std::string& name) {
  for (const NamedOperation& operation : all_operations) {
    if (name == operation.name) return operation;
  }
  throw Error(ErrorKind::invalid, "there is no operation " + name);
}

Task<> write_known(Session& session, int& next) {
  while (next < session.options.objects) {
    const s3::ObjectKey key = session.known_key(static_cast<std::uint64_t>(next++));
    co_await session.writer.put_object(session.bucket, key, session.small);
  }
}

Task<> write_all_known(Session& session) {
  constexpr int writers = 16;
  int next = 0;
  TaskGroup group(co_await boost::asio::this_coro::executor);
  for (int i = 0; i < writers; ++i) group.spawn(write_known(session, next));
  co_await group.join();
}

Task<> run(boost::asio::any_io_executor executor, const Options& options, boost::json::array& results) {
  Session session(std::move(executor), options);
  bool wants_known_objects = false;
  for (const std::string& name : options.operations)
    wants_known_objects = wants_known_objects || named(name).wants_known_objects;
  co_await session.buckets->create_bucket(session.bucket, {});
  if (wants_known_objects) co_await write_all_known(session);
  for (const std::string& name : options.operations) {
    const auto request = [operation = named(name).operation, &session](std::uint64_t number) {
      return operation(session, number);
    };
    results.emplace_back(
        co_await measure(name, request, options.connections, options.seconds, options.server_pids));
  }
}

int main_of(int argc, char** argv) {
  Options options;
  CLI::App app("Our S3 client against a store: requests, seconds and processor time of each operation.");
  app.add_option("--endpoint", options.endpoint, "http://host:port or https://host:port")->required();
  app.add_option("--account", options.account, "who owns the bucket")->required();
  app.add_option("--region", options.region)->capture_default_str();
  app.add_option("--profile", options.profile, "AWS profile; else the environment's keys");
  app.add_option("--bucket", options.bucket, "made if it is not there")->capture_default_str();
  app.add_option("--operations", options.operations,
                 "of: put get head list upload upload-single download (after an upload)")
      ->delimiter(',');
  app.add_option("--connections", options.connections, "requests under way at a time")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "of each operation")->capture_default_str();
  app.add_option("--bytes", options.bytes, "of a small object")->capture_default_str();
  app.add_option("--big-bytes", options.big_bytes, "of upload and download")->capture_default_str();
  app.add_option("--objects", options.objects, "that get, head and list work on")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--server-pid", options.server_pids, "whose processor time is the store's");
  app.add_flag("!--no-expected-owner", options.expected_owner, "for stores that refuse the header");
  CLI11_PARSE(app, argc, argv);
  try {
    boost::json::array results;
    app::run_task([&](boost::asio::any_io_executor executor) { return run(executor, options, results); });
    fmt::print("{}\n", boost::json::serialize(results));
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "client_bench: {}\n", failure.what());
    return 1;
  }
}

}  // namespace
}  // namespace s3dr::bench

int main(int argc, char** argv) {
  return s3dr::bench::main_of(argc, argv);
}
