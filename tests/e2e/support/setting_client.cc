// Our client's view of one setting of a bucket at a store of others: what test_settings_strangers.py holds against boto3's.
// Prints {"sight": "set", "document": …}, {"sight": "absent"}, or the kind of the failure with its words.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <string>

#include "app/run_task.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "client/credentials/credential_chain.h"
#include "client/s3/bucket_store.h"
#include "dr/settings/kinds/kinds.h"
#include "http/pool.h"

namespace s3dr {
namespace {

struct Options {
  std::string endpoint, region, account, what, kind, bucket, document;
};

Task<> answer(boost::asio::any_io_executor executor, Options given, boost::json::object& result) {
  const auto clock = make_real_clock();
  const auto random = make_system_random();
  const auto transport = http::make_pool(std::move(executor), *clock, {});
  const auto credentials = client::make_credentials({}, {}, {*transport, *clock, *random});
  client::S3ClientOptions options;
  options.region = s3::Region::parse(given.region);
  options.endpoints.set(options.region, Endpoint::parse(given.endpoint));
  options.retry.attempts_max = 1;
  client::S3Client client(*transport, *clock, *random, *credentials, options);
  const auto store = client::make_bucket_store(client, s3::AccountId::parse(given.account));
  const auto bucket = s3::BucketName::parse(given.bucket);
  const auto kind = s3::parse_setting_kind(given.kind);
  if (!kind) throw Error(ErrorKind::invalid, "no such kind: " + given.kind);
  const dr::Setting& row = dr::setting_of(*kind);
  try {
    if (given.what == "put") co_await store->put_bucket_setting(bucket, *kind, given.document);
    if (given.what == "unset") co_await store->put_bucket_setting(bucket, *kind, std::nullopt);
    const auto text = co_await store->get_bucket_setting(bucket, *kind);
    const auto document = text ? row.normal_form(*text) : std::nullopt;
    result["sight"] = document ? "set" : "absent";
    if (document) result["document"] = *document;
  } catch (const Error& error) {
    result["sight"] = to_string(error.kind());
    result["why"] = error.what();
  }
}

int main_of(int argc, char** argv) {
  CLI::App app("one setting of a bucket, as our client sees it");
  Options options;
  app.add_option("--endpoint", options.endpoint)->required();
  app.add_option("--region", options.region)->required();
  app.add_option("--account", options.account)->required();
  app.add_option("what", options.what)->check(CLI::IsMember({"get", "put", "unset"}))->required();
  app.add_option("kind", options.kind)->required();
  app.add_option("bucket", options.bucket)->required();
  app.add_option("--document", options.document, "of `put`: as the store answers it");
  CLI11_PARSE(app, argc, argv);
  try {
    boost::json::object result;
    app::run_task([&](boost::asio::any_io_executor executor) { return answer(executor, options, result); });
    fmt::print("{}\n", boost::json::serialize(result));
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "setting_client: {}\n", failure.what());
    return 1;
  }
}

}  // namespace
}  // namespace s3dr

int main(int argc, char** argv) {
  return s3dr::main_of(argc, argv);
}
