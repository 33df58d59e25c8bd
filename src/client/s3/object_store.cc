#include "client/s3/object_store.h"

#include <utility>

#include "base/encoding.h"
#include "client/s3/answers.h"
#include "client/s3/bucket_store.h"
#include "client/s3/checked_body.h"
#include "s3/http_fields.h"
#include "s3/xml_bucket.h"
#include "s3/xml_object.h"

namespace s3dr::client {
namespace {

bool says_no_such_version(const Error& error) {
  return error.code() == "NoSuchKey" || error.code() == "NoSuchVersion";
}

// A delete marker was asked for by its version id. It has no head and no body.
Error marker_refusal(const Error& error) {
  return error.status() == 405 ? with_kind(error, ErrorKind::invalid) : error;
}

s3::ObjectHead head_of(const Headers& headers, const std::string& resource) {
  try {
    return s3::parse_object_head(headers);
  } catch (const Error& error) {
    throw Error(error).with_resource(resource);
  }
}

class HttpObjectStore : public ports::ObjectStore {
 public:
  HttpObjectStore(S3Client& client, s3::AccountId account) : client_(client), account_(std::move(account)) {}

  Task<s3::VersionPage> list_object_versions(s3::BucketName bucket, s3::VersionListOptions options) override {
    return client::list_object_versions(client_, std::move(bucket), account_, std::move(options));
  }

  Task<std::optional<s3::ObjectHead>> head_object(s3::BucketName bucket, s3::ObjectKey key,
                                                  s3::VersionId version) override {
    const std::string resource = s3::object_url(bucket, key);
    S3Call call = read_call("HEAD", bucket, std::move(key), version);
    call.headers.add("x-amz-checksum-mode", "ENABLED");
    const S3Outcome outcome = co_await client_.call(std::move(call));
    if (outcome) co_return head_of(outcome->headers, resource);
    const Error& error = outcome.error();
    if (error.status() != 404) throw marker_refusal(error);
    // HEAD also answers 404 for a missing bucket, and does not say which of the two is missing. So the bucket
    // is asked.
    const auto head = co_await head_bucket(client_, bucket, account_);
    if (!head) throw Error(error).with_code("NoSuchBucket").with_resource(s3::bucket_url(bucket));
    co_return std::nullopt;
  }

  Task<std::optional<s3::TagSet>> get_object_tagging(s3::BucketName bucket, s3::ObjectKey key,
                                                     s3::VersionId version) override {
    const std::string resource = s3::object_url(bucket, key);
    S3Call call = read_call("GET", std::move(bucket), std::move(key), {});
    call.query = {{"tagging", ""}};
    if (!version.empty()) call.query.emplace_back("versionId", version.text());
    call.needs_document = true;
    const S3Outcome outcome = co_await client_.call(std::move(call));
    if (outcome) co_return understood(*outcome, resource, s3::parse_tagging);
    const Error& error = outcome.error();
    if (error.code() == "NoSuchTagSet") co_return s3::TagSet{};  // AWS sends an empty set
    if (says_no_such_version(error)) co_return std::nullopt;
    throw marker_refusal(error);
  }

  Task<std::optional<Opened>> get_object(s3::BucketName bucket, s3::ObjectKey key,
                                         s3::VersionId version) override {
    const std::string resource = s3::object_url(bucket, key);
    S3Call call = read_call("GET", std::move(bucket), std::move(key), version);
    call.headers.add("x-amz-checksum-mode", "ENABLED");
    call.streamed_answer = true;
    call.xml_answer = false;
    S3Outcome outcome = co_await client_.call(std::move(call));
    if (!outcome) {
      if (says_no_such_version(outcome.error())) co_return std::nullopt;
      throw marker_refusal(outcome.error());
    }
    Opened opened;
    opened.head = head_of(outcome->headers, resource);
    opened.body = checked_body(outcome->body.take_reader(), opened.head, resource);
    co_return std::move(opened);
  }

 private:
  S3Call read_call(const char* method, s3::BucketName bucket, s3::ObjectKey key,
                   const s3::VersionId& version) const {
    S3Call call;
    call.method = method;
    call.bucket = std::move(bucket);
    call.key = std::move(key);
    call.owner = account_;
    if (!version.empty()) call.query.emplace_back("versionId", version.text());
    return call;
  }

  S3Client& client_;
  s3::AccountId account_;
};

}  // namespace

std::unique_ptr<ports::ObjectStore> make_object_store(S3Client& client, s3::AccountId account) {
  return std::make_unique<HttpObjectStore>(client, std::move(account));
}

}  // namespace s3dr::client
