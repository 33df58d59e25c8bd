// AWS gives each bucket a host of its own: one client asks for thousands of them.
#include <filesystem>
#include <fstream>
#include <set>

#include "base/random.h"
#include "client/s3/bucket_store.h"
#include "client/s3/s3_client.h"
#include "unit/http/loopback.h"

namespace s3dr::client {
namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

class ManyBuckets : public http::Loopback {
 public:
  ManyBuckets() {
    serve([this](HttpRequest request) -> Task<HttpResponse> {
      hosts.emplace(request.headers.get_or("Host", ""));
      targets.insert(request.target);
      HttpResponse response;
      response.body =
          Body(std::string("<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                           "<Status>Enabled</Status></VersioningConfiguration>"));
      co_return response;
    });
    S3ClientOptions options;
    options.region = s3::Region::parse("us-west-2");
    options.endpoints.set(options.region, endpoint(false, "s3.us-west-2.localhost"));
    options.endpoints.set_addressing(options.region, Addressing::virtual_host);
    client = std::make_unique<S3Client>(pool(), *clock_, *random, *credentials, options);
    buckets = make_bucket_store(*client, s3::AccountId::parse("111122223333"));
  }

  Task<> ask(int first, int end) {
    for (int i = first; i < end; ++i) {
      const auto bucket = s3::BucketName::parse("bucket-" + std::to_string(i));
      (void)co_await buckets->get_bucket_versioning(bucket);
    }
  }

  std::set<std::string> hosts, targets;
  std::unique_ptr<Random> random = make_seeded_random(1);
  std::unique_ptr<CredentialsProvider> credentials =
      make_fixed_credentials({"AKIDEXAMPLE", Secret("canary-secret"), Secret("")});
  std::unique_ptr<S3Client> client;
  std::unique_ptr<ports::BucketStore> buckets;
};

TEST_F(ManyBuckets, FiveThousandLeaveDescriptorsAndMemoryFlat) {
  run([](ManyBuckets* t) -> Task<> {
    co_await t->ask(0, 1'000);
    const std::size_t descriptors = open_descriptors();
    const std::size_t memory_kib = resident_kib();
    co_await t->ask(1'000, 5'000);
    // The set of names that the test itself keeps is well below a MiB.
    EXPECT_LE(open_descriptors(), descriptors + 4);
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
    const bool keeps_freed_memory = true;  // its quarantine
#else
    const bool keeps_freed_memory = false;
#endif
#else
    const bool keeps_freed_memory = false;
#endif
    if (!keeps_freed_memory) EXPECT_LE(resident_kib(), memory_kib + 4'096);
    EXPECT_EQ(t->hosts.size(), 5'000u);
    EXPECT_TRUE(
        t->hosts.contains("bucket-4999." + t->endpoint(false, "s3.us-west-2.localhost").host_header()));
    EXPECT_EQ(t->targets, std::set<std::string>{"/?versioning"});
  }(this));
}

}  // namespace
}  // namespace s3dr::client
