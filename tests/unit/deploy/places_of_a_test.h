// The clients of a deployment of one destination, over a transport that the test answers for.
#pragma once

#include <memory>

#include "base/random.h"
#include "client/credentials.h"
#include "client/s3/bucket_store.h"
#include "client/s3/object_store.h"
#include "client/s3/s3_client.h"
#include "deploy/kinds/kinds.h"

namespace s3dr::deploy::test {

class PlacesOfATest {
 public:
  // All arguments outlive it.
  PlacesOfATest(http::HttpTransport& transport, Clock& clock, const Settings& settings)
      : source_(transport, clock, *random_, *credentials_, in(settings.source.region)),
        destination_(transport, clock, *random_, *credentials_,
                     in(settings.protections.front().destination.region)),
        s3_(transport, clock, *random_, *credentials_, s3_in(settings.source.region)),
        buckets_(client::make_bucket_store(s3_, settings.source.account)),
        objects_(client::make_object_store(s3_, settings.source.account)) {}

  Places places() {
    return {{source_, s3_, *buckets_, *objects_, {&destination_}},
            {{destination_, s3_, *buckets_, *objects_, {&source_}}}};
  }

 private:
  static client::ServiceClientOptions in(const s3::Region& region) {
    client::ServiceClientOptions options;
    options.region = region;
    return options;
  }
  static client::S3ClientOptions s3_in(const s3::Region& region) {
    client::S3ClientOptions options;
    options.region = region;
    return options;
  }

  std::unique_ptr<Random> random_ = make_seeded_random(1);
  std::unique_ptr<client::CredentialsProvider> credentials_ =
      client::make_fixed_credentials({"AKIDEXAMPLE", Secret("secret"), Secret()});
  client::ServiceClient source_, destination_;
  client::S3Client s3_;
  std::unique_ptr<ports::BucketStore> buckets_;
  std::unique_ptr<ports::ObjectStore> objects_;
};

}  // namespace s3dr::deploy::test
