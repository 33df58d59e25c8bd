#include "app/commands/as_if_tagged.h"

#include <utility>

#include "base/error.h"
#include "functions/observe.h"

namespace s3dr::app {
namespace {

// The source as it would answer with the tag set. For looking only.
class AsIfTagged : public ports::BucketStore {
 public:
  AsIfTagged(ports::BucketStore& real, s3::Tag tag) : real_(real), tag_(std::move(tag)) {}

  s3::Region region() const override { return real_.region(); }
  s3::AccountId account() const override { return real_.account(); }
  Task<std::optional<s3::BucketHead>> head_bucket(s3::BucketName bucket) override {
    return real_.head_bucket(std::move(bucket));
  }
  Task<s3::BucketPage> list_buckets(std::string token) override {
    return real_.list_buckets(std::move(token));
  }
  Task<std::optional<Instant>> bucket_created(s3::BucketName bucket) override {
    return real_.bucket_created(std::move(bucket));
  }
  Task<std::optional<Instant>> version_created(s3::BucketName bucket, s3::ObjectKey key,
                                               s3::VersionId version) override {
    return real_.version_created(std::move(bucket), std::move(key), std::move(version));
  }
  Task<std::optional<s3::TagSet>> get_bucket_tagging(s3::BucketName bucket) override {
    s3::TagSet tags = (co_await real_.get_bucket_tagging(std::move(bucket))).value_or(s3::TagSet{});
    std::erase_if(tags, [this](const s3::Tag& tag) { return tag.key == tag_.key; });
    tags.push_back(tag_);
    co_return tags;
  }
  Task<s3::Versioning> get_bucket_versioning(s3::BucketName bucket) override {
    return real_.get_bucket_versioning(std::move(bucket));
  }
  Task<std::optional<s3::ReplicationConfiguration>> get_bucket_replication(s3::BucketName bucket) override {
    return real_.get_bucket_replication(std::move(bucket));
  }
  Task<s3::VersionPage> list_object_versions(s3::BucketName bucket, s3::VersionListOptions options) override {
    return real_.list_object_versions(std::move(bucket), std::move(options));
  }
  Task<std::optional<std::string>> get_bucket_policy(s3::BucketName bucket) override {
    return real_.get_bucket_policy(std::move(bucket));
  }
  Task<std::optional<std::string>> get_bucket_setting(s3::BucketName bucket, s3::SettingKind kind) override {
    return real_.get_bucket_setting(std::move(bucket), kind);
  }
  Task<bool> create_bucket(s3::BucketName, s3::TagSet, bool) override { throw read_only(); }
  Task<> put_bucket_versioning(s3::BucketName, s3::Versioning) override { throw read_only(); }
  Task<> put_bucket_replication(s3::BucketName, s3::ReplicationConfiguration) override { throw read_only(); }
  Task<> put_bucket_policy(s3::BucketName, std::string) override { throw read_only(); }
  Task<> put_bucket_setting(s3::BucketName, s3::SettingKind, std::optional<std::string>) override {
    throw read_only();
  }
  Task<> put_bucket_tagging(s3::BucketName, s3::TagSet) override { throw read_only(); }
  Task<> tag_resource(s3::BucketName, s3::TagSet) override { throw read_only(); }
  Task<> untag_resource(s3::BucketName, std::vector<std::string>) override { throw read_only(); }

 private:
  static Error read_only() { return Error(ErrorKind::invalid, "this view of the store is for looking only"); }

  ports::BucketStore& real_;
  s3::Tag tag_;
};

}  // namespace

Task<std::optional<ports::Document>> UnwrittenDocuments::read(std::string key) {
  const auto found = written_.find(key);
  if (found == written_.end()) co_return co_await real_.read(std::move(key));
  ports::Document document{found->second, "unwritten"};
  co_return document;
}

Task<std::optional<std::string>> UnwrittenDocuments::write(std::string key, std::string text,
                                                           std::optional<std::string>) {
  written_[std::move(key)] = std::move(text);
  co_return "unwritten";
}

Task<ports::DocumentPage> UnwrittenDocuments::list(std::string prefix, std::string continuation_token) {
  return real_.list(std::move(prefix), std::move(continuation_token));
}

Task<dr::ObservedPair> observe_as_if_tagged(World& world, s3::BucketName bucket,
                                            ports::DocumentStore& records) {
  AsIfTagged source(world.source(), world.config().policy.match_tags.front());
  functions::Context real = world.context();
  const functions::Context context{source,
                                   real.destination,
                                   records,
                                   real.jobs,
                                   real.to_destination_bucket_check,
                                   real.to_enable_replication,
                                   real.clock,
                                   real.random,
                                   real.log,
                                   real.policy};
  co_return co_await functions::observe_pair(context, std::move(bucket));
}

}  // namespace s3dr::app
