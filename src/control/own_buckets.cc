#include "control/own_buckets.h"

#include "base/error.h"

namespace s3dr::control {
namespace {

Task<> ensure(ports::BucketStore& store, s3::BucketName bucket) {
  auto head = co_await store.head_bucket(bucket);
  if (!head) {
    co_await store.create_bucket(bucket, {});
    head = co_await store.head_bucket(bucket);
    if (!head) {
      throw Error(ErrorKind::unavailable, "the bucket was created but is not to be seen yet")
          .with_resource(s3::bucket_url(bucket));
    }
  }
  if (!head->region.empty() && head->region != store.region()) {
    throw Error(ErrorKind::invalid,
                "the bucket is in " + head->region.text() + ", it must be in " + store.region().text())
        .with_resource(s3::bucket_url(bucket))
        .with_advice("name another one in the configuration (control_bucket, reports_bucket)");
  }
  if (co_await store.get_bucket_versioning(bucket) != s3::Versioning::enabled) {
    co_await store.put_bucket_versioning(bucket, s3::Versioning::enabled);
  }
}

}  // namespace

Task<> ensure_own_buckets(ports::BucketStore& source, ports::BucketStore& destination,
                          const dr::Policy& policy) {
  co_await ensure(destination, policy.control_bucket);
  co_await ensure(source, policy.reports_bucket);
}

}  // namespace s3dr::control
