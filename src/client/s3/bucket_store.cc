#include "client/s3/bucket_store.h"

#include <utility>

#include "aws/arn.h"
#include "base/encoding.h"
#include "client/s3/answers.h"
#include "client/s3/bucket_settings.h"
#include "client/s3/object_store.h"
#include "s3/xml_bucket.h"
#include "s3/xml_object.h"

namespace s3dr::client {
namespace {

constexpr const char* xml_type = "application/xml";
constexpr const char* json_type = "application/json";
constexpr const char* us_east_1 = "us-east-1";

std::string arn_of(const S3Client& client, const s3::BucketName& bucket) {
  const std::string& region = client.region().text();
  const std::string_view partition = region.starts_with("cn-")       ? "aws-cn"
                                     : region.starts_with("us-gov-") ? "aws-us-gov"
                                     : region.starts_with("eusc-")   ? "aws-eusc"
                                                                     : "aws";
  return aws::bucket_arn(partition, bucket.text());
}

class HttpBucketStore : public ports::BucketStore {
 public:
  HttpBucketStore(S3Client& client, s3::AccountId account) : client_(client), account_(std::move(account)) {}

  s3::Region region() const override { return client_.region(); }
  s3::AccountId account() const override { return account_; }

  Task<std::optional<s3::BucketHead>> head_bucket(s3::BucketName bucket) override {
    return client::head_bucket(client_, std::move(bucket), account_);
  }

  Task<s3::BucketPage> list_buckets(std::string continuation_token) override {
    return list_buckets_page(std::move(continuation_token), "");
  }

  // Those whose names begin with `prefix`; a store may ignore it.
  Task<s3::BucketPage> list_buckets_page(std::string continuation_token, std::string prefix) {
    S3Call call;
    call.method = "GET";
    call.needs_document = true;
    call.query = {{"max-buckets", "1000"}};  // only with a parameter AWS also names the regions
    if (!prefix.empty()) call.query.emplace_back("prefix", prefix);
    if (!continuation_token.empty()) call.query.emplace_back("continuation-token", continuation_token);
    const S3Answer answer = co_await client_.require(std::move(call));
    s3::BucketPage page = understood(answer, "s3:", s3::parse_list_buckets_result);
    // A store that ignores the token would give the first page for ever.
    if (!continuation_token.empty() && page.continuation_token == continuation_token) {
      throw Error(ErrorKind::corrupt, "the list of buckets does not advance").with_resource("s3:");
    }
    co_return page;
  }

  Task<std::optional<Instant>> bucket_created(s3::BucketName bucket) override {
    std::string token;
    do {
      const s3::BucketPage page = co_await list_buckets_page(token, bucket.text());
      for (const s3::BucketSummary& listed : page.buckets) {
        if (listed.name == bucket) co_return listed.created;
      }
      token = page.continuation_token;
    } while (!token.empty());
    co_return std::nullopt;
  }

  Task<std::optional<Instant>> version_created(s3::BucketName bucket, s3::ObjectKey key,
                                               s3::VersionId version) override {
    const auto objects = make_object_store(client_, account_);
    s3::VersionListOptions options;
    options.prefix = key.bytes();
    while (true) {
      const s3::VersionPage page = co_await objects->list_object_versions(bucket, options);
      for (const s3::ObjectVersion& listed : page.versions) {
        if (key < listed.key) co_return std::nullopt;
        if (listed.key == key && listed.version_id == version) co_return listed.last_modified;
      }
      if (!page.is_truncated) co_return std::nullopt;
      if (page.next_key_marker == options.key_marker &&
          page.next_version_id_marker == options.version_id_marker)
        throw Error(ErrorKind::corrupt, "the listing says it is truncated but does not move on");
      options.key_marker = page.next_key_marker;
      options.version_id_marker = page.next_version_id_marker;
    }
  }

  Task<std::optional<s3::TagSet>> get_bucket_tagging(s3::BucketName bucket) override {
    const std::string resource = s3::bucket_url(bucket);
    const S3Outcome outcome = co_await client_.call(read_call(std::move(bucket), "tagging"));
    if (!outcome) {
      if (outcome.error().code() == "NoSuchTagSet") co_return std::nullopt;
      throw outcome.error();
    }
    co_return understood(*outcome, resource, s3::parse_tagging);
  }

  Task<s3::Versioning> get_bucket_versioning(s3::BucketName bucket) override {
    const std::string resource = s3::bucket_url(bucket);
    const S3Answer answer = co_await client_.require(read_call(std::move(bucket), "versioning"));
    co_return understood(answer, resource, s3::parse_versioning);
  }

  Task<std::optional<s3::ReplicationConfiguration>> get_bucket_replication(s3::BucketName bucket) override {
    const std::string resource = s3::bucket_url(bucket);
    const S3Outcome outcome = co_await client_.call(read_call(std::move(bucket), "replication"));
    if (!outcome) {
      if (outcome.error().code() == "ReplicationConfigurationNotFoundError") co_return std::nullopt;
      throw outcome.error();
    }
    auto configuration = understood(*outcome, resource, s3::parse_replication_configuration);
    if (configuration.rules.empty()) co_return std::nullopt;  // Ceph RGW says "none" so
    co_return configuration;
  }

  Task<s3::VersionPage> list_object_versions(s3::BucketName bucket, s3::VersionListOptions options) override {
    return client::list_object_versions(client_, std::move(bucket), account_, std::move(options));
  }

  Task<std::optional<std::string>> get_bucket_policy(s3::BucketName bucket) override {
    const std::string resource = s3::bucket_url(bucket);
    const S3Outcome outcome = co_await client_.call(read_call(std::move(bucket), "policy"));
    if (!outcome) {
      if (outcome.error().code() == "NoSuchBucketPolicy") co_return std::nullopt;
      throw outcome.error();
    }
    // An empty answer would read as a policy without statements.
    if (!outcome->text.starts_with('{'))
      throw Error(ErrorKind::corrupt, "the answer is not a bucket policy").with_resource(resource);
    co_return outcome->text;
  }

  Task<std::optional<std::string>> get_bucket_setting(s3::BucketName bucket, s3::SettingKind kind) override {
    return client::get_bucket_setting(client_, std::move(bucket), account_, kind);
  }

  Task<bool> create_bucket(s3::BucketName bucket, s3::TagSet tags, bool object_lock) override {
    S3Call call;
    call.method = "PUT";
    call.bucket = std::move(bucket);  // no expected owner: there is none yet
    call.repeatable = Repeatable::only_unsent;
    if (!account_.empty() && bucket_is_account_regional(call.bucket))
      call.headers.add("x-amz-bucket-namespace", "account-regional");
    if (object_lock) call.headers.add("x-amz-bucket-object-lock-enabled", "true");
    s3::CreateBucketConfiguration configuration;
    // us-east-1 is the default and must not be named.
    if (region().text() != us_east_1) configuration.location_constraint = region().text();
    configuration.tags = std::move(tags);
    if (!configuration.location_constraint.empty() || !configuration.tags.empty()) {
      call.text = s3::write_create_bucket_request(configuration);
      call.headers.add("Content-Type", xml_type);
    }
    const S3Outcome outcome = co_await client_.call(std::move(call));
    if (outcome) co_return true;
    const Error& error = outcome.error();
    if (error.code() == "BucketAlreadyOwnedByYou") co_return false;
    if (error.code() == "BucketAlreadyExists") throw with_kind(error, ErrorKind::denied);
    throw error;
  }

  Task<> put_bucket_versioning(s3::BucketName bucket, s3::Versioning versioning) override {
    return put(std::move(bucket), "versioning", s3::write_versioning(versioning));
  }

  Task<> put_bucket_replication(s3::BucketName bucket, s3::ReplicationConfiguration configuration) override {
    return put(std::move(bucket), "replication", s3::write_replication_configuration(configuration));
  }

  Task<> put_bucket_policy(s3::BucketName bucket, std::string text) override {
    return put(std::move(bucket), "policy", std::move(text), json_type);
  }

  Task<> put_bucket_setting(s3::BucketName bucket, s3::SettingKind kind,
                            std::optional<std::string> document) override {
    return client::put_bucket_setting(client_, std::move(bucket), account_, kind, std::move(document));
  }

  Task<> put_bucket_tagging(s3::BucketName bucket, s3::TagSet tags) override {
    return put(std::move(bucket), "tagging", s3::write_tagging(tags));
  }

  Task<> tag_resource(s3::BucketName bucket, s3::TagSet tags) override {
    S3Call call = control_call("POST", bucket);
    call.text = s3::write_tag_resource_request(tags);
    call.headers.add("Content-Type", xml_type);
    co_await client_.require(std::move(call));
  }

  Task<> untag_resource(s3::BucketName bucket, std::vector<std::string> keys) override {
    S3Call call = control_call("DELETE", bucket);
    for (std::string& key : keys) call.query.emplace_back("tagKeys", std::move(key));
    co_await client_.require(std::move(call));
  }

 private:
  bool bucket_is_account_regional(const s3::BucketName& bucket) const {
    return bucket.text().ends_with(s3::account_regional_ending(account_, region()));
  }

  S3Call read_call(s3::BucketName bucket, const char* sub_resource) const {
    S3Call call;
    call.method = "GET";
    call.bucket = std::move(bucket);
    call.query = {{sub_resource, ""}};
    call.owner = account_;
    call.needs_document = true;
    return call;
  }

  // Replaces a configuration as a whole, so that repeating it does no harm.
  Task<> put(s3::BucketName bucket, const char* sub_resource, std::string text, const char* type = xml_type) {
    S3Call call;
    call.method = "PUT";
    call.bucket = std::move(bucket);
    call.query = {{sub_resource, ""}};
    call.owner = account_;
    call.text = std::move(text);
    call.headers.add("Content-Type", type);
    co_await client_.require(std::move(call));
  }

  S3Call control_call(const char* method, const s3::BucketName& bucket) const {
    S3Call call;
    call.method = method;
    call.owner = account_;
    call.control_path = "/v20180820/tags/" + uri_encode(arn_of(client_, bucket));
    return call;
  }

  S3Client& client_;
  s3::AccountId account_;
};

// Asks with a method whose answer has a body: only NoSuchBucket is a "no".
Task<bool> is_said_to_be_missing(S3Client& client, s3::BucketName bucket, s3::AccountId owner) {
  S3Call call;
  call.method = "GET";
  call.bucket = std::move(bucket);
  call.owner = std::move(owner);
  call.query = {{"location", ""}};
  const S3Outcome outcome = co_await client.call(std::move(call));
  co_return !outcome && outcome.error().code() == "NoSuchBucket";
}

// A HEAD has no body that would say what is missing.
Error denied_head(const Error& error, const S3Client& client, const s3::BucketName& bucket,
                  const s3::AccountId& owner) {
  Error result(ErrorKind::denied, "refused without a reason: the bucket is not of " +
                                      (owner.empty() ? "this account" : "account " + owner.text()) +
                                      ", or the caller is not authorized to perform: s3:ListBucket on "
                                      "resource: " +
                                      arn_of(client, bucket));
  result.with_code(error.code()).with_status(error.status()).with_request_id(error.request_id());
  result.with_region(error.region()).with_resource(s3::bucket_url(bucket));
  return result;
}

}  // namespace

Task<s3::VersionPage> list_object_versions(S3Client& client, s3::BucketName bucket, s3::AccountId owner,
                                           s3::VersionListOptions options) {
  const std::string resource = s3::bucket_url(bucket);
  S3Call call;
  call.method = "GET";
  call.bucket = std::move(bucket);
  call.owner = std::move(owner);
  call.needs_document = true;
  call.query = {{"versions", ""}, {"encoding-type", "url"}, {"max-keys", std::to_string(options.keys_max)}};
  if (!options.prefix.empty()) call.query.emplace_back("prefix", options.prefix);
  if (!options.key_marker.empty()) call.query.emplace_back("key-marker", options.key_marker.bytes());
  if (!options.version_id_marker.empty()) {
    call.query.emplace_back("version-id-marker", options.version_id_marker.text());
  }
  const S3Answer answer = co_await client.require(std::move(call));
  s3::VersionPage page = understood(answer, resource, s3::parse_list_versions_result);
  if (const auto date = answer.headers.get("Date")) page.served_at = from_http_date(*date);
  // Without this a store that forgets its markers would be read for ever, or only in part.
  const bool stays =
      page.next_key_marker == options.key_marker && page.next_version_id_marker == options.version_id_marker;
  if (page.is_truncated && (page.next_key_marker.empty() || stays)) {
    throw Error(ErrorKind::corrupt, "the list of versions is cut off and says no place to go on from")
        .with_resource(resource);
  }
  co_return page;
}

Task<std::optional<s3::BucketHead>> head_bucket(S3Client& client, s3::BucketName bucket,
                                                s3::AccountId owner) {
  S3Call call;
  call.method = "HEAD";
  call.bucket = bucket;
  call.owner = owner;
  const S3Outcome outcome = co_await client.call(std::move(call));
  s3::BucketHead head;
  const auto named = [](std::string_view region) {
    try {
      return s3::Region::parse(region);
    } catch (const Error&) {
      return s3::Region();
    }
  };
  if (outcome) {
    head.region = named(outcome->headers.get_or("x-amz-bucket-region", ""));
    if (head.region.empty() && outcome->redirected) head.region = outcome->region;
    co_return head;
  }
  const Error& error = outcome.error();
  if (error.status() == 404) {
    // A HEAD has no body to say what is missing: a 404 without a store's request id may be a proxy's.
    if (!error.request_id().empty() || co_await is_said_to_be_missing(client, bucket, owner))
      co_return std::nullopt;
    throw Error(ErrorKind::unavailable,
                "404 without a request id, and the bucket answers: whose answer was that?")
        .with_status(404)
        .with_resource(s3::bucket_url(bucket));
  }
  if (error.status() == 301 || error.status() == 307) {
    head.region = named(error.region());
    if (!head.region.empty()) co_return head;
  }
  if (error.status() == 403 && error.kind() == ErrorKind::denied)
    throw denied_head(error, client, bucket, owner);
  throw error;
}

std::unique_ptr<ports::BucketStore> make_bucket_store(S3Client& client, s3::AccountId account) {
  return std::make_unique<HttpBucketStore>(client, std::move(account));
}

}  // namespace s3dr::client
